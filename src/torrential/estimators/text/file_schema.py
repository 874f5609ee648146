"""The parameters in files of estimators of texts, and whether they agree with what is stored."""

from typing import Any

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.model.schema import NGRAM_RANGE, STOP_WORDS
from torrential.estimators.fused.file_schema import (
    CALIBRATED,
    CLASSIFICATION,
    LEARNING,
    LEVELED,
    OF_WEIGHTS,
    REGRESSION,
    check_learned_with,
    differ,
    header_of,
)
from torrential.estimators.text.settings import hash_settings_of
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
    text,
)

PARAMETERS: dict[str, Schema] = {
    "n_features": optional(integer(1)),
    "analyzer": text(),
    "ngram_range": optional(NGRAM_RANGE),
    "lowercase": flag,
    "strip_accents": optional(text()),
    "stop_words": STOP_WORDS,
    "token_pattern": optional(text()),
    "tokenizer": one_of(None),
    "preprocessor": one_of(None),
    "binary": flag,
    "sublinear_tf": flag,
    "idf": optional(text()),
    "norm": optional(text()),
    "alternate_sign": flag,
    "hash_seed": integer(0),
    "terms": either(flag, count, text(), what="true, false, a number or a size"),
    "learning_rate": text(),
    "power_t": number(),
}

LATER: dict[str, Schema] = {
    "views": optional(list_of(text())),
    "C": optional(number(0.0)),
    "preset": text(),
}
"""Parameters that the first files do not have."""

HEADER = header_of(
    record({**LEARNING, **CLASSIFICATION, **PARAMETERS}, extra={**LATER, **CALIBRATED})
)

NUMBERS_HEADER = header_of(
    record({**LEARNING, **REGRESSION, **PARAMETERS}, extra={**LATER, **LEVELED})
)


def check_parameters(parameters: dict[str, Any], model: HashedModel) -> None:
    """Raise a DataError if a model was not made with these parameters.

    Parameters
    ----------
    parameters : dict of str to object
        With those of the preset for what is not given.
    model : HashedModel
    """
    check_learned_with(parameters, model, hash_settings_of(parameters))
    if parameters["idf"] != model.weighting.idf:
        differ("idf", parameters["idf"], model.weighting.idf, OF_WEIGHTS)
