"""Text analysis that is left to Python: custom analyzers, and stripping accents.

scikit-learn is imported where it is called: most texts do not need it, and it takes a second.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.errors import DataError
from torrential.features.settings import PUNCTUATION_PATTERNS, WORD_PATTERNS, HashSettings
from torrential.types import Int32, Int64, UInt8


def needs_python(settings: HashSettings) -> bool:
    r"""Return whether the settings need scikit-learn's own analyzer.

    Examples
    --------
    >>> needs_python(HashSettings(analyzer="char_wb", ngram_range=(2, 4)))
    False
    >>> needs_python(HashSettings(token_pattern=r"\S+"))
    True
    """
    if callable(settings.analyzer) or callable(settings.strip_accents):
        return True
    if settings.preprocessor is not None or settings.ngram_range[0] < 1:
        return True
    is_word = settings.analyzer == "word"
    return is_word and (
        settings.tokenizer is not None
        or settings.token_pattern not in WORD_PATTERNS + PUNCTUATION_PATTERNS
    )


def decoded(text: pa.Array) -> tuple[list[str], int]:
    r"""Decode texts; a null becomes an empty one, bytes that are not valid UTF-8 become U+FFFD.

    Parameters
    ----------
    text : pa.Array of string, large_string, binary or large_binary, shape (n_rows,)

    Returns
    -------
    documents : list of str, shape (n_rows,)
    n_invalid : int
        Texts with bytes that are not valid UTF-8.

    Examples
    --------
    >>> decoded(pa.array([b"good", None, b"caf\xe9"]))
    (['good', '', 'caf\ufffd'], 1)
    """
    is_large = pa.types.is_large_string(text.type) or pa.types.is_large_binary(text.type)
    documents, n_invalid = [], 0
    for item in text.cast(pa.large_binary() if is_large else pa.binary()):
        content = item.as_py() or b""
        try:
            documents.append(content.decode())
        except UnicodeDecodeError:
            documents.append(content.decode("utf-8", "replace"))
            n_invalid += 1
    return documents, n_invalid


def analyzed(documents: Iterable[Any], settings: HashSettings) -> tuple[UInt8, Int64, Int32, Int64]:
    """Run scikit-learn's analyzer on each document and lay out its terms.

    Parameters
    ----------
    documents : iterable of str, or of whatever the analyzer takes
    settings : HashSettings

    Returns
    -------
    terms : uint8 array
        All terms as UTF-8, one after the other.
    starts : int64 array of shape (n_terms,)
    lengths : int32 array of shape (n_terms,)
        Term j is ``terms[starts[j] : starts[j] + lengths[j]]``.
    indptr : int64 array of shape (n_documents + 1,)
        Document i has terms ``indptr[i]`` to ``indptr[i + 1]``.

    Raises
    ------
    DataError
        If a term is neither str nor bytes, or holds a lone surrogate.
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    analyze = HashingVectorizer(
        analyzer=settings.analyzer,
        ngram_range=settings.ngram_range,
        lowercase=settings.lowercase,
        strip_accents=settings.strip_accents,
        stop_words=settings.stop_words,
        token_pattern=settings.token_pattern,
        tokenizer=settings.tokenizer,
        preprocessor=settings.preprocessor,
    ).build_analyzer()
    terms: list[bytes] = []
    indptr = [0]
    for number, document in enumerate(documents):
        terms.extend(_as_bytes(term, number) for term in analyze(document))
        indptr.append(len(terms))
    lengths = np.array([len(term) for term in terms], np.int32)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    return np.frombuffer(b"".join(terms), np.uint8), starts, lengths, np.array(indptr, np.int64)


def preprocessed(documents: Iterable[str], settings: HashSettings) -> pa.Array:
    """Lower-case (if asked to) and strip the accents ('ascii' or 'unicode') of each text.

    Parameters
    ----------
    documents : iterable of str, shape (n_rows,)
    settings : HashSettings
        With ``strip_accents`` 'ascii' or 'unicode'.

    Returns
    -------
    pa.Array of large_string, shape (n_rows,)
    """
    from sklearn.feature_extraction.text import strip_accents_ascii, strip_accents_unicode

    strip = strip_accents_ascii if settings.strip_accents == "ascii" else strip_accents_unicode
    if settings.lowercase:
        documents = (document.lower() for document in documents)
    stripped = [doc if doc.isascii() else strip(doc) for doc in documents]
    return pa.array(stripped, pa.large_string())


def _as_bytes(term: Any, document: int) -> bytes:
    if isinstance(term, bytes):
        return term
    if not isinstance(term, str):
        raise DataError(
            f"The analyzer gave a term of type {type(term).__name__} for document {document}: "
            "terms must be strings."
        )
    try:
        return term.encode("utf-8")
    except UnicodeEncodeError:
        raise DataError(
            f"The analyzer gave a term with a lone surrogate for document {document}: decode the "
            "text with errors='replace'."
        ) from None
