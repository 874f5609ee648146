"""What kernels read of a model, and the memory that one thread works in."""

from typing import NamedTuple

import numpy as np

from torrential.types import Float32, Int32, Int64, UInt8

HIERARCHICAL, SAMPLED, SOFTMAX, ONE_VS_ALL = 1, 2, 3, 4
"""Losses, by their numbers in the file."""

CODEBOOK = 256
"""Centroids of each part of a quantized row."""

SIGMOID_STEPS, SIGMOID_END = 512, 8
"""The table of the sigmoid: steps between minus and plus the end."""

MOST_WORDS = 512
"""Words after which a part of a text is added up."""

MOST_NGRAMS = 100
"""Longest n-grams of words or characters that are accepted."""

MOST_ROWS = 4096
"""Rows that are listed before they are added up."""

STARTS = 1024
"""Rows that a part of a word, or a whole word that is kept, may have."""

MOST_HASHES = 1 << 16
"""Words of a text whose n-grams are added after all words, as fastText does with all of them."""

KEPT_BYTES = 32
"""Bytes of the longest word whose rows are kept."""

KEPT_ROWS = 60
"""Most rows of such a word."""


class Input(NamedTuple):
    """The matrix of words and n-grams: floats, or codes of centroids.

    Attributes
    ----------
    source : uint8 array
        The file; or floats that were made of codes.
    at : int
        First byte of the floats or codes.
    norms_at : int
        First byte of the codes of norms; -1 without norms.
    n_parts : int
        Codes of each row; 0 if it holds floats.
    part : int
        Columns of each part but the last.
    centroids : float32 array of shape (256 * n_columns,)
    norms : float32 array of shape (256,), or empty
    """

    source: UInt8
    at: int
    norms_at: int
    n_parts: int
    part: int
    centroids: Float32
    norms: Float32


class Output(NamedTuple):
    """The matrix of labels, or of the inner nodes of their tree, as floats.

    Attributes
    ----------
    source : uint8 array
    at : int
        First byte of its rows, for the tree; else of tiles of 16 rows, transposed.
    norms : float32 array of shape (n_labels,), or empty
        Factors of the products with rows that were quantized.
    """

    source: UInt8
    at: int
    norms: Float32


class Model(NamedTuple):
    """A model in a mapped file.

    Attributes
    ----------
    file : uint8 array
        All of it.
    slots : uint64 array, its length a power of two
        Words and labels: hash of the bytes, and number of the entry + 1; 0 is free.
    starts : int64 array of shape (n_words + n_labels,)
        First byte of each word and label.
    n_words, n_labels, dim : int
    end : int
        Number of the end of a line among the words; -1 if it is not there.
    bucket, least, most, n_grams : int
        Rows of n-grams; the shortest and longest ones of characters; the longest ones of words.
    pruning : int
        0: all n-grams have rows; 1: those in `kept`; 2: none.
    kept : uint64 array, its length a power of two
        Bucket + 1 and row of n-grams; 0 is free.
    input : Input
    output : Output
    loss : int
    sigmoid : float32 array of shape (513,)
    children : int32 array of shape (n_labels - 1, 2)
        Of inner nodes, for the hierarchical loss; numbers from n_labels on are inner nodes.
    """

    file: UInt8
    slots: "np.ndarray[tuple[int], np.dtype[np.uint64]]"
    starts: Int64
    n_words: int
    n_labels: int
    dim: int
    end: int
    bucket: int
    least: int
    most: int
    n_grams: int
    pruning: int
    kept: "np.ndarray[tuple[int], np.dtype[np.uint64]]"
    input: Input
    output: Output
    loss: int
    sigmoid: Float32
    children: Int32


class Scratch(NamedTuple):
    """The memory that one thread works in.

    Attributes
    ----------
    tail : uint8 array of shape (64,)
        The last bytes of a text.
    begins, ends : int32 arrays of shape (MOST_WORDS + 128,)
        Where words begin and end in their text.
    keys : int64 array of shape (MOST_WORDS + 128,)
        Hashes of those words.
    hashes : int64 array of shape (MOST_HASHES,)
        Hashes of all words of a text.
    rows : int32 array of shape (MOST_ROWS,)
        Rows to add.
    factors : float32 array of shape (MOST_ROWS,)
        Their factors, if they are quantized.
    hidden : float32 array of shape (dim,)
        Sum of rows, then their mean.
    outputs : float32 array of shape (n_labels + 63,)
    heap_scores, heap_codes : arrays of shape (k + 1,)
    nodes, node_scores : arrays of shape (n_labels + 2,)
        Nodes of the tree ahead.
    tags : uint64 array of shape (n_kept,), its length a power of two
        Hash and length of the words whose rows are kept; 0 is free.
    spelled : uint64 array of shape (n_kept, KEPT_BYTES / 8)
    counts : int32 array of shape (n_kept, 2)
        How many rows a word has, and whether it was used since another one wanted its place.
    kept_rows : int32 array of shape (n_kept, KEPT_ROWS)
    """

    tail: UInt8
    begins: Int32
    ends: Int32
    keys: Int64
    hashes: Int64
    rows: Int32
    factors: Float32
    hidden: Float32
    outputs: Float32
    heap_scores: Float32
    heap_codes: Int32
    nodes: Int32
    node_scores: Float32
    tags: "np.ndarray[tuple[int], np.dtype[np.uint64]]"
    spelled: "np.ndarray[tuple[int, int], np.dtype[np.uint64]]"
    counts: Int32
    kept_rows: Int32
