"""A fastText model as a mapped file."""

import os
from dataclasses import dataclass

import numpy as np

from torrential.errors import enough_memory_to
from torrential.kernels.fasttext.model import SIGMOID_END, SIGMOID_STEPS, Model
from torrential.kernels.fasttext.tree import NEVER, build_tree
from torrential.persistence.fasttext.dictionary import Dictionary, kept_table, read_dictionary
from torrential.persistence.fasttext.matrices import read_matrix
from torrential.persistence.fasttext.reader import Reader
from torrential.persistence.fasttext.settings import LOSSES, Settings, read_settings
from torrential.persistence.mapped_file import mapped_file
from torrential.tracing import span
from torrential.types import Float32, Int32, Int64

NUMBERS = {name: number for number, name in LOSSES.items()}

END_OF_LINE = b"</s>"


@dataclass(frozen=True, slots=True)
class FastTextFile:
    """A fastText model, ready to predict.

    Attributes
    ----------
    path : str
    n_bytes : int
    settings : Settings
    dictionary : Dictionary
    is_quantized, is_output_quantized : bool
    model : Model
        What the kernels read; its matrices are in the mapped file.
    """

    path: str
    n_bytes: int
    settings: Settings
    dictionary: Dictionary
    is_quantized: bool
    is_output_quantized: bool
    model: Model


@enough_memory_to("open a fastText model")
def open_fasttext(path: str | os.PathLike[str]) -> FastTextFile:
    """Map a supervised model of fastText (``.bin`` or ``.ftz``).

    Nothing is mapped or allocated that the size of the file does not allow. Matrices stay in the
    mapped file: threads and processes share them.

    Raises
    ------
    MissingDataError
        If there is no such file.
    ModelFileError
        If it is not a supervised model of fastText, or is damaged or cut off.
    """
    with span("load"):
        return _open(path)


def _open(path: str | os.PathLike[str]) -> FastTextFile:
    reader = Reader(path, np.frombuffer(mapped_file(path, again="download"), np.uint8))
    settings = read_settings(reader)
    dictionary = read_dictionary(reader)
    dim, n_words, n_labels = settings.dim, dictionary.n_words, dictionary.n_labels
    is_quantized = reader.flag("whether it is quantized")
    inputs = read_matrix(reader, "input", dim, is_quantized=is_quantized)
    is_output_quantized = reader.flag("whether its output is quantized") and is_quantized
    outputs = read_matrix(reader, "output", dim, is_quantized=is_output_quantized)
    if outputs.n_rows != n_labels:
        reader.fail(f"its output matrix has {outputs.n_rows} rows for {n_labels} labels")
    has_ngrams = settings.maxn > 0 or settings.word_ngrams > 1
    n_kept = dictionary.n_kept
    if n_kept >= 0 and not is_quantized:
        reader.fail("it is pruned but not quantized")
    n_needed = n_words + (0 if n_kept >= 0 or not has_ngrams else settings.bucket)
    if inputs.n_rows < n_needed:
        reader.fail(f"its input matrix has {inputs.n_rows} rows for {n_needed} words and n-grams")
    kept = kept_table(reader, dictionary, settings.bucket, inputs.n_rows - n_words)
    model = Model(
        file=reader.file,
        slots=dictionary.slots,
        starts=dictionary.starts,
        n_words=n_words,
        n_labels=n_labels,
        dim=dim,
        end=dictionary.number_of(END_OF_LINE),
        bucket=settings.bucket,
        least=settings.minn,
        most=max(settings.maxn, 0),
        n_grams=max(settings.word_ngrams, 1),
        pruning=0 if n_kept < 0 else 1 if n_kept else 2,
        kept=kept,
        input=inputs.as_input(),
        output=outputs.as_output(is_tree=settings.loss == "hs"),
        loss=NUMBERS[settings.loss],
        sigmoid=_sigmoid_table(),
        children=_tree(reader, dictionary.counts, settings.loss),
    )
    return FastTextFile(
        str(path),
        len(reader.file),
        settings,
        dictionary,
        is_quantized,
        is_output_quantized,
        model,
    )


def _tree(reader: Reader, counts: Int64, loss: str) -> Int32:
    """Return the children of the inner nodes of the tree of a hierarchical softmax."""
    children = np.zeros((len(counts) - 1 if loss == "hs" else 0, 2), np.int32)
    if loss == "hs":
        if counts.max() >= NEVER or float(counts.sum(dtype=np.float64)) >= 2.0**62:
            reader.fail("its labels have counts that no training reaches")
        build_tree(counts, np.empty(2 * len(counts), np.int64), children)
    return children


def _sigmoid_table() -> Float32:
    """Return the sigmoid at 513 places from -8 to 8, in fastText's precision."""
    places = np.arange(SIGMOID_STEPS + 1, dtype=np.float32) * np.float32(2 * SIGMOID_END)
    x = places / np.float32(SIGMOID_STEPS) - np.float32(SIGMOID_END)
    powers = np.exp(-x.astype(np.float64)).astype(np.float32)
    return (1.0 / (1.0 + powers.astype(np.float64))).astype(np.float32)
