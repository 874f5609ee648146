"""The passes of a training, as one object for people."""

from torrential.evaluation.progressive import ProgressiveValidation
from torrential.shown import Shown, number, percent


class History(list[ProgressiveValidation]):
    """The passes of a training, first to last: a list of ProgressiveValidation.

    Examples
    --------
    >>> History([ProgressiveValidation.of(100, 0.5, 0.75)])
    [<100 rows: 75.00% right>]
    """

    def _repr_html_(self) -> str:
        if not self:
            return Shown("History", ["no pass"]).html()
        rows = [
            (
                f"{place}, {'seen before' if each.learned_before else 'of new rows'}",
                f"{each.n_rows:,}",
                number(each.average_loss),
                percent(each.accuracy),
            )
            for place, each in enumerate(self, 1)
        ]
        header = ("pass", "rows", "average loss", "accuracy")
        return Shown("History", [f"{len(self)} passes"], header, rows, self[0].curve()).html()
