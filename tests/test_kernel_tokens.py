r"""Word tokens of documents side by side against the pattern ``\b\w\w+\b``."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.features.text.unicode_tables import unicode_tables
from torrential.kernels.text import terms, tokens, unicode
from torrential.kernels.text.tokens import is_ascii

make_terms, normalize = terms.make_terms, unicode.normalize
mark_documents, find_tokens = tokens.mark_documents, tokens.find_tokens
drop_single_characters = tokens.drop_single_characters

CLASSES, LOWER = unicode_tables()
PATTERN = re.compile(r"(?u)\b\w\w+\b")
SIZES = st.sampled_from([1, 2, 3, 62, 63, 64, 65, 126, 127, 128, 129]) | st.integers(1, 200)
RUNS = st.lists(st.tuples(st.sampled_from("aZ_7 .\n\0é中😀"), SIZES), max_size=6).map(
    lambda runs: "".join(character * size for character, size in runs)
)
TEXTS = st.text(st.sampled_from("aZ_9 -é中，한😀") | st.characters(max_codepoint=127)) | RUNS


def tokens_of(texts):
    """Return the tokens of each of several adjacent texts."""
    encoded = [text.encode() for text in texts]
    source = np.frombuffer(b"".join(encoded) + b"x" * 200, np.uint8)
    bounds = np.cumsum([0, *map(len, encoded)])
    size = int(bounds[-1])
    target = np.zeros(3 * size + 128, np.uint8)
    words, beyond, firsts = np.full((3, size // 64 + 4), 2**64 - 1, np.uint64)
    begun = np.zeros(len(words), np.int64)
    tables = CLASSES, LOWER
    n_read, _, _ = normalize(source, 0, size, False, True, *tables, target, words, beyond)
    assert n_read == size
    tokens = make_terms(size // 2 + len(texts), len(texts))
    mark_documents(bounds, len(texts), firsts)
    find_tokens(words, firsts, begun, bounds, len(texts), tokens)
    drop_single_characters(target, beyond, words, begun, bounds, len(texts), tokens)
    places = zip(tokens.starts.tolist(), tokens.lengths.tolist())
    terms = [bytes(target[start : start + n]) for start, n in places]
    edges = pairwise(tokens.indptr)
    return [[term.decode() for term in terms[first:last]] for first, last in edges]


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_same_tokens_as_the_pattern(texts):
    assert tokens_of(texts) == [PATTERN.findall(text) for text in texts]


@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 65, 127, 128, 129, 192])
@pytest.mark.parametrize("word", ["a", "A_", "ab ", "a b ", "é", "é ", "中a", "中 "])
def test_runs_across_the_edges_of_blocks_and_documents(size, word):
    texts = [(" " * shift + word * size)[:size] for shift in range(3)]
    assert tokens_of(texts) == [PATTERN.findall(text) for text in texts]


def test_as_many_tokens_as_there_can_be():
    assert tokens_of(["ab"] * 200) == [["ab"]] * 200


@given(st.binary(max_size=200), st.data())
def test_is_ascii(text, data):
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    assert is_ascii(np.frombuffer(text, np.uint8), begin, end) == text[begin:end].isascii()
