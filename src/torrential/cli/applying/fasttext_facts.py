"""What a fastText model is, as ``torrential inspect`` shows it."""

from typing import TYPE_CHECKING, Any

from torrential.cli.show import size

if TYPE_CHECKING:
    from torrential.estimators.fasttext.facts import FastTextFacts
    from torrential.estimators.fasttext.model import FastTextModel

LOSSES = {
    "softmax": "softmax",
    "hs": "hs (hierarchical softmax)",
    "ova": "ova (one against all)",
    "ns": "ns (negative sampling)",
}


def facts_as_json(path: str, model: "FastTextModel") -> dict[str, Any]:
    """Return the facts of a model for programs."""
    facts = model.facts_.to_dict()
    return {
        "model": path,
        "kind": "fastText",
        "bytes": facts.pop("n_bytes"),
        "format_version": facts.pop("version"),
        **facts,
        "n_classes": facts["n_labels"],
        "classes": model.classes_.tolist(),
    }


def facts_as_lines(path: str, facts: "FastTextFacts", classes: str) -> list[tuple[str, str]]:
    """Return the facts of a model for people.

    Parameters
    ----------
    path : str
    facts : FastTextFacts
    classes : str
        Some or all of them.
    """
    return [
        ("Model", f"{path}: fastText, {size(facts.n_bytes)}"),
        ("Format", f"version {facts.version}"),
        ("Loss", LOSSES[facts.loss]),
        ("Dimensions", f"{facts.dim:,}"),
        ("Words", f"{facts.n_words:,}"),
        ("N-grams", _ngrams(facts)),
        ("Quantized", _quantized(facts)),
        ("Classes", f"{facts.n_labels:,}: {classes}"),
    ]


def _ngrams(facts: "FastTextFacts") -> str:
    kinds = []
    if facts.word_ngrams > 1:
        kinds.append(f"of up to {facts.word_ngrams} words")
    if facts.char_ngrams is not None:
        kinds.append("of {} to {} characters".format(*facts.char_ngrams))
    if not kinds:
        return "none"
    kept = "" if facts.n_kept is None else f", of which {facts.n_kept:,} are kept"
    return f"{' and '.join(kinds)}, in {facts.bucket:,} buckets{kept}"


def _quantized(facts: "FastTextFacts") -> str:
    if not facts.is_quantized:
        return "no"
    return "words and labels" if facts.is_output_quantized else "words"
