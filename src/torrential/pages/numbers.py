"""Numbers as people read them."""

import math


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share as a percentage; as many digits more as 99.9% would else become 100%.

    >>> percent(0.8703), percent(0.99996), percent(1.0), percent(None)
    ('87.0%', '99.996%', '100%', '-')
    """
    if share is None:
        return "-"
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    shown = f"{share:.{digits}%}"
    if digits < 4 and float(shown[:-1]) in (0.0, 100.0):
        return percent(share, digits + 1)
    return shown


def amount(weight: float) -> str:
    """Write a number of rows, or a sum of their weights.

    >>> amount(12345.0), amount(0.25)
    ('12,345', '0.25')
    """
    return f"{weight:,.0f}" if weight == round(weight) else f"{weight:,.2f}"


def figure(value: float | None) -> str:
    """Write a number of any size with four digits that count.

    >>> figure(0.0123456), figure(1234567.8), figure(-3.0), figure(None), figure(2.5e-9)
    ('0.01235', '1,234,568', '-3', '-', '2.5e-09')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def change(value: float) -> str:
    """Write a number as `figure`, with its sign.

    >>> change(0.5), change(-1234.5), change(0.0)
    ('+0.5', '-1,234', '0')
    """
    return f"+{figure(value)}" if value > 0 else figure(value)


def short(number: float) -> str:
    """Write a round number with few characters.

    >>> short(12500.0), short(-3e6), short(0.25), short(1500.0), short(-0.0)
    ('12.5k', '-3M', '0.25', '1500', '0')
    """
    for power, unit in ((9, "G"), (6, "M"), (4, "k")):
        if abs(number) >= 10**power:
            return f"{number / 10 ** min(power, 3 * (power // 3)):.4g}{unit}"
    return f"{number or 0.0:.4g}"


def predicted(value: object) -> str:
    """Write a prediction: a label, several of them, or a number.

    >>> predicted("oil"), predicted(["gas", "oil"]), predicted([]), predicted(0.123456)
    ('oil', 'gas, oil', 'none', '0.1235')
    """
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return figure(value) if isinstance(value, float) else str(value)


def seconds(value: float) -> str:
    """Write a time.

    >>> seconds(0.034), seconds(12.3), seconds(754)
    ('0.03 s', '12.3 s', '12 min 34 s')
    """
    if value < 1:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign.

    >>> signed(1.5), signed(-0.25), signed(0.04, 1)
    ('+1.50', '-0.25', '+0.0')
    """
    return f"{value:+.{digits}f}"


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Return about n round numbers from low to high.

    >>> [round(tick, 2) for tick in ticks(0.62, 1.0, 4)]
    [0.7, 0.8, 0.9, 1.0]
    """
    raw = (high - low) / max(1, n)
    power = 10 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [each * step for each in range(first, math.floor(high / step + 1e-9) + 1)]
