"""The fields that a model file has of a text model, and of the course of its training."""

from torrential.evaluation.probabilities import FIGURES, SKETCH
from torrential.features.table.settings import KINDS
from torrential.features.terms.term_weights import RUNNING, TWO_PASS
from torrential.features.text.checks import ACCENTS, ANALYZERS, MAX_FEATURES, MAX_SEED, NORMS
from torrential.kernels.linear.losses import LOSSES
from torrential.linear.calibration import METHODS
from torrential.linear.optimizers import LEARNING_RATES
from torrential.linear.probability_maps import FITS
from torrential.linear.settings import LAST_PASS, MULTI_CLASS, PENALTIES
from torrential.schema import (
    by_field,
    count,
    either,
    flag,
    integer,
    label,
    list_of,
    name_in,
    number,
    one_of,
    optional,
    record,
    row_of,
    text,
    values_of,
)

size = integer(1, 2**31)
length = integer(-(2**31), 2**31)  # of an n-gram

NGRAM_RANGE = row_of(length, length)
STOP_WORDS = optional(either(text(), list_of(text()), what="a name, a list of words or null"))

FEATURES = record(
    {
        "n_features": integer(1, MAX_FEATURES),
        "analyzer": one_of(*ANALYZERS),
        "ngram_range": NGRAM_RANGE,
        "lowercase": flag,
        "strip_accents": one_of(*ACCENTS),
        "stop_words": STOP_WORDS,
        "token_pattern": optional(text()),
        "tokenizer": one_of(None),
        "preprocessor": one_of(None),
        "binary": flag,
        "sublinear_tf": flag,
        "norm": one_of(*NORMS),
        "alternate_sign": flag,
        "seed": integer(0, MAX_SEED),
    },
    extra={"views": list_of(text())},
)

TABLE_FEATURES = record(
    {
        "table": list_of(row_of(text(), one_of(*KINDS), list_of(number()), list_of(text()), flag)),
        "crosses": list_of(list_of(text())),
        "n_features": integer(1, MAX_FEATURES),
        "bins": integer(1, 2**20),
        "seed": integer(0, MAX_SEED),
    }
)

AVERAGE = either(
    flag, number(0.0, 2.0**62), one_of(LAST_PASS), what="true, false, a step or 'last-pass'"
)

SETTINGS = record(
    {
        "loss": name_in(LOSSES),
        "penalty": one_of(*PENALTIES),
        "alpha": number(0.0),
        "l1_ratio": number(0.0, 1.0),
        "learning_rate": name_in(LEARNING_RATES),
        "eta0": number(0.0),
        "power_t": number(),
        "average": AVERAGE,
        "epsilon": number(0.0),
        "fit_intercept": flag,
        "multi_class": one_of(*MULTI_CLASS),
    },
    extra={
        "quantile": number(0.0, 1.0),
        "power": number(1.0, 2.0),
        "beta": number(0.0),
        "relative": flag,
        "multilabel": flag,
    },
)

CLOCK = record(
    {"step": count, "log_decay": number(high=0.0), "shrinkage": number(0.0)},
    extra={"excess": number()},
)

TILED_LINEAR = record(
    {
        "settings": SETTINGS,
        "n_classes": integer(0, 2**31),
        "layout": record(
            dict.fromkeys(
                ("n_features", "n_columns", "n_tiles", "width", "parts", "stride", "intercept"),
                size,
            )
        ),
        "clock": CLOCK,
    },
    extra={"settled": CLOCK},
)

LISTED_LINEAR = record(
    {
        "settings": SETTINGS,
        "n_classes": integer(0, 2**31),
        "lists": record(dict.fromkeys(("n_features", "n_columns", "slots"), size)),
        "clock": CLOCK,
    },
    extra={"settled": CLOCK},
)
"""A linear model of many classes."""

LINEAR = by_field({"lists": LISTED_LINEAR}, TILED_LINEAR)
"""A linear model that can learn."""

COMPACT_LINEAR = record(
    {
        "settings": SETTINGS,
        "n_classes": integer(0, 2**31),
        "compact": record({"n_features": integer(1, MAX_FEATURES), "n_columns": size}),
    }
)
"""A linear model that keeps the heaviest weights only."""

MODEL = record(
    {
        "terms": record(
            {"idf": one_of(None, TWO_PASS, RUNNING), "norm": one_of(*NORMS), "n_documents": count}
        ),
        "linear": by_field({"compact": COMPACT_LINEAR}, LINEAR),
        "labels": list_of(label),
        "calibration": record(
            {"slope": number(0.0), "offset": number(), "spacing": integer(1), "n_seen": count},
            extra={
                "ahead": optional(row_of(number(0.0), number())),
                "method": one_of(*METHODS),
                "map": one_of(*FITS),
                "thresholds": list_of(row_of(count, number(0.0, 1.0))),
                "withheld": list_of(count),
                "losses": record({}, extra=dict.fromkeys(FITS, number(0.0))),
            },
        ),
        "counts": values_of(count),
        "index": optional(
            record({"budget": integer(1, 2**40), "offset": count, "is_sampled": flag})
        ),
    },
    extra={
        "n_terms": number(0.0),  # of a compact model
        "levels": record({"values": list_of(number()), "cuts": list_of(number())}),
    },
)
"""The header of ``HashedModel.state``, without its features."""

any_number = number(finite=False, nan=True)
PLACE = row_of(count, count)

fraction = optional(number(0.0, 1.0))
LINE = count, any_number, any_number, fraction
PROBABLE = optional(number(finite=False)), fraction  # not in the first files

PROGRESS = record(
    {
        "n_rows": count,
        "loss": any_number,
        "n_correct": count,
        "knows_correct": flag,
        "last": row_of(count, any_number),
        "lines": list_of(either(row_of(*LINE), row_of(*LINE, *PROBABLE), what="a line")),
        "learnt_before": flag,
    },
    extra={
        "is_mirrored": flag,
        "has_margins": flag,
        "sketch": optional(SKETCH),
        "probabilities": FIGURES,
    },
)
"""The state of a ``ProgressiveValidation``."""

COURSE = record(
    {
        "epoch": count,
        "place": PLACE,
        "n_windows": count,
        "n_noted": count,
        "n_rows": count,
        "history": list_of(PROGRESS),
        "validation": PROGRESS,
        "is_complete": flag,
    }
)
"""The state of a ``Cursor``."""

SIDE_BY_SIDE = record(
    {
        "candidates": list_of(
            record(
                {
                    "model": record({"linear": LINEAR}),
                    "zeros": values_of(count),
                    "course": COURSE,
                    "seed": count,
                    "class_counts": list_of(count),
                    "failure": optional(text()),
                    "is_dropped": flag,
                }
            )
        ),
        "labels": list_of(label),
        "together": list_of(count),
        "n_learnt": count,
        "has_begun": flag,
    }
)
"""The state of models that learn side by side."""
