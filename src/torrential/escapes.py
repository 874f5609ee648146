"""Text from data, made safe to show: what would steer a terminal is shown as an escape."""

import re
from math import isfinite

_UNSAFE = (
    r"\x00-\x1f\x7f-\x9f"  # control characters, among them the beginning of escape sequences
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # these change the direction of what follows
    r"\u2028\u2029\ufeff"  # line separators, and a mark that nobody sees
    r"\ud800-\udfff"  # bytes that are not UTF-8, as Python holds them in file names
)
_ALL = re.compile(f"[{_UNSAFE}]")
_ALL_BUT_LINE_ENDS = re.compile(f"(?!\n)[{_UNSAFE}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(value: object) -> str:
    r"""Return a value as text without characters that control a terminal.

    Printable text in any script is left as it is.

    >>> print(visible("red: \x1b[31m, a line\nand a turn \u202e"))
    red: \x1b[31m, a line\nand a turn \u202e
    """
    return _ALL.sub(_escape, str(value))


def visible_lines(value: object) -> str:
    """Return text of several lines as `visible` does, but keep the line ends."""
    return _ALL_BUT_LINE_ENDS.sub(_escape, str(value))


def safe_json(text: str) -> str:
    r"""Return equivalent JSON without characters that control a terminal.

    >>> import json
    >>> print(safe_json(json.dumps("\x1b \u202e \x9b", ensure_ascii=False)))
    "\u001b \u202e \u009b"
    """
    return _ALL_BUT_LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain_json(value: object) -> str:
    r"""Return a value as JSON for people: numbers that JSON lacks are null.

    Printable text in any script is left as it is, and what is not plain is written as text.

    >>> print(plain_json({"mean": float("nan"), 1: ("é", "\x1b")}))
    {"mean": null, "1": ["é", "\u001b"]}
    """
    from json import dumps  # light commands write none

    return safe_json(dumps(_without_nan(value), default=str, ensure_ascii=False))


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
