"""The parameters in the files of estimators of tables."""

from torrential.estimators.fused.file_schema import (
    CALIBRATED,
    CLASSIFICATION,
    LEARNING,
    LEVELED,
    REGRESSION,
    header_of,
)
from torrential.estimators.table.settings import AUTO
from torrential.schema import (
    Schema,
    count,
    either,
    flag,
    integer,
    list_of,
    number,
    one_of,
    optional,
    record,
    row_of,
    text,
)

PARAMETERS: dict[str, Schema] = {
    "C": optional(either(integer(0), text(), what="a number")),
    "crosses": optional(
        either(
            one_of(AUTO),
            list_of(either(text(), list_of(text()), what="a cross")),
            what="'auto' or a list of crosses",
        )
    ),
    "max_crosses": integer(1),
    "kinds": optional(list_of(row_of(text(), text()))),
    "numbers": text(),
    "bins": integer(1),
    "n_features": integer(1),
    "hash_seed": integer(0),
    "terms": either(flag, count, text(), what="true, false, a number or a size"),
    "optimizer": text(),
    "beta": number(0.0),
}

HEADER = header_of(record({**LEARNING, **CLASSIFICATION, **PARAMETERS}, extra=CALIBRATED))

NUMBERS_HEADER = header_of(record({**LEARNING, **REGRESSION, **PARAMETERS}, extra=LEVELED))
