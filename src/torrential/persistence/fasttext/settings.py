"""The settings of a fastText model, at the beginning of its file."""

from dataclasses import dataclass

from torrential.errors import ModelFileError
from torrential.kernels.fasttext.model import MOST_NGRAMS
from torrential.persistence.fasttext.beginning import MAGIC
from torrential.persistence.fasttext.reader import Reader

NEWEST = 12

SUPERVISED = 3
UNSUPERVISED = {1: "cbow", 2: "skipgram"}

LOSSES = {1: "hs", 2: "ns", 3: "softmax", 4: "ova"}
"""Names of the losses, as fastText's options have them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings that a model was trained with, by the names of fastText's options.

    Attributes
    ----------
    version : int
        Version of the format.
    dim, epoch, min_count, word_ngrams, bucket, minn, maxn : int
    loss : str
        "hs", "ns", "softmax" or "ova".
    """

    version: int
    dim: int
    epoch: int
    min_count: int
    word_ngrams: int
    loss: str
    bucket: int
    minn: int
    maxn: int


def read_settings(reader: Reader) -> Settings:
    """Read the settings of a supervised model.

    Raises
    ------
    ModelFileError
        If the file is of another kind or version, or has settings that no model can have.
    """
    magic, version = reader.numbers("ii")
    if magic != MAGIC:
        raise ModelFileError(f"{reader.path} is not a fastText model: check the path.")
    if not 0 < version <= NEWEST:
        raise ModelFileError(
            f"{reader.path} is a fastText model of format version {version}, and the newest known "
            f"one is {NEWEST}: upgrade torrential."
        )
    numbers = reader.numbers("12id")
    dim, _, epoch, min_count, _, word_ngrams, loss, model, bucket, minn, maxn = numbers[:11]
    if model in UNSUPERVISED:
        raise ModelFileError(
            f"{reader.path} holds word vectors ({UNSUPERVISED[model]}), which have no labels to "
            "predict: give a model that fastText trained with 'supervised'."
        )
    if model != SUPERVISED:
        reader.fail(f"its kind of model is {model}")
    if loss not in LOSSES:
        reader.fail(f"its loss is number {loss}")
    if dim < 1:
        reader.fail(f"its vectors have {dim} dimensions")
    if max(maxn, word_ngrams) > MOST_NGRAMS:
        reader.fail(f"its n-grams are of up to {max(maxn, word_ngrams)}")
    if version < NEWEST:
        maxn = 0  # older ones have no n-grams of characters
    if bucket < 1 and (bucket < 0 or maxn > 0 or word_ngrams > 1):
        reader.fail(f"it has {bucket} buckets for its n-grams")
    return Settings(version, dim, epoch, min_count, word_ngrams, LOSSES[loss], bucket, minn, maxn)
