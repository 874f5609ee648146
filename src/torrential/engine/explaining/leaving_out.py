"""Leave each word out of a text, and predict what is left."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from torrential.engine.scoring.contract import Predictor, Wanted
from torrential.evaluation.left_out import LeftOutWord, LeftOutWords
from torrential.types import Float64, Int32, text_columns

SPACE = re.compile(rb"[ \t\n\v\f\r\0]+")

PIECE = 8 << 20
"""Bytes of texts that are made at a time."""

ADDED = 1e-5
"""What fastText adds to probabilities, but for the hierarchical softmax."""

LEAST = 1e-12
"""Least probability of all other labels."""


def leave_out(predictor: Predictor, text: str, added: float, *, is_shared: bool) -> LeftOutWords:
    """Return what each word of a text adds to the log odds of the predicted label.

    Parameters
    ----------
    predictor : Predictor
    text : str
    added : float
        What the probabilities are too high by.
    is_shared : bool
        Whether the labels share the probability of 1, as with a softmax.
    """
    tokens = [token for token in SPACE.split(text.encode()) if token]
    words = Counter(tokens)
    predictor.prepare()
    parts = [_predict(predictor, texts) for texts in _texts(tokens, list(words))]
    codes = np.concatenate([codes for codes, _ in parts])
    probabilities = np.concatenate([each for _, each in parts])
    best = int(codes[0])
    log_odds = _log_odds(probabilities - added, best, is_shared=is_shared)
    changes = (log_odds[0] - log_odds[1:]).tolist()
    found = [
        LeftOutWord(
            word.decode(), count, change, float(probabilities[row, best]), predictor.labels[code]
        )
        for row, (word, count), change, code in zip(
            range(1, len(words) + 1), words.items(), changes, codes[1:].tolist(), strict=True
        )
    ]
    found.sort(key=lambda each: -abs(each.change))
    return LeftOutWords(predictor.labels[best], float(probabilities[0, best]), found)


def _texts(tokens: Sequence[bytes], words: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield the text, and then the text without each word, in pieces."""
    piece, size = [b" ".join(tokens)], 0
    for word in words:
        piece.append(b" ".join([token for token in tokens if token != word]))
        size += len(piece[-1])
        if size > PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _predict(predictor: Predictor, texts: list[bytes]) -> tuple[Int32, Float64]:
    """Return the predicted label of each text, and the probabilities of all labels."""
    everything = Wanted(1, tuple(range(len(predictor.labels))))
    features = predictor.features(text_columns(pa.array(texts, pa.large_binary())))
    predictions = predictor.predict(features, everything)
    return predictions.codes[:, 0], predictions.of_codes.astype(np.float64)


def _log_odds(probabilities: Float64, code: int, *, is_shared: bool) -> Float64:
    """Return the log odds of a label: exact near 1, too, where the others have what is left."""
    own = np.maximum(probabilities[:, code], LEAST)
    if is_shared:
        others = np.maximum(np.delete(probabilities, code, axis=1), 0.0).sum(axis=1)
    else:
        others = 1.0 - own
    odds: Float64 = np.log(own) - np.log(np.maximum(others, LEAST))
    return odds
