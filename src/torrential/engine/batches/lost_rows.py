"""The warning that a good part of the rows was malformed, and so is missing."""

from torrential import warned

MOST = 0.01
"""Share of the rows that may be malformed without a warning."""


FACTOR = 2
"""Times the expected number of rows, or its fraction, without a warning."""


def warn_of_other_number(n_expected: int, n_rows: int, source: object) -> None:
    """Warn if the penalty of C was for another number of rows than there were.

    Parameters
    ----------
    n_expected : int
    n_rows : int
        Rows learned.
    source : object
        What messages call the data.
    """
    if not n_expected <= FACTOR * n_rows <= FACTOR**2 * n_expected:
        warned.warn(
            f"{source} had {n_rows:,} labeled rows, but the first pass had the penalty of C "
            f"for {n_expected:,}, the number expected before it: pass alpha to choose the penalty.",
            stacklevel=3,
        )


def warn_of_lost_rows(n_malformed: int, n_rows: int, source: object) -> None:
    """Warn if more than 1 % of the rows were malformed.

    Parameters
    ----------
    n_malformed : int
    n_rows : int
        Rows read, including malformed rows.
    source : object
        What messages call the data.
    """
    if n_malformed > MOST * n_rows:
        warned.warn(
            f"{n_malformed:,} of {n_rows:,} rows of {source} were malformed and left out, which is "
            f"{n_malformed / n_rows:.1%}: check how the files are written (delimiter, quotechar "
            "and escapechar of CSV).",
            stacklevel=3,
        )
