#!/usr/bin/env bash
# scikit-learn 1.9.1, polars 2.1.0, duckdb 2.0.1: the default pattern of words cuts Hindi, Tamil and
# Thai words to pieces.
#
# Guess: CountVectorizer() finds the words of Hindi, where spaces separate them, and r"\b\w\w+\b"
#        finds the same words in any library that knows Unicode.
# Seen:  \w of Python's re has letters and digits, but no marks: vowel signs, viramas, tone marks
#        and combining accents end a word, and letters that are alone then are dropped. The Hindi
#        word for film has no token at all; an accent that is a character of its own is dropped from
#        the end of a word. \w of Polars (Rust's regex, Unicode TS 18) has marks, and finds whole
#        words. \w of DuckDB (RE2) is ASCII: no token. With analyzer="char_wb" scikit-learn keeps
#        all characters.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 polars==2.1.0 duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import polars
from sklearn.feature_extraction.text import CountVectorizer

PATTERN = r"\b\w\w+\b"
texts = ["यह फिल्म अच्छी है", "படம் நன்றாக", "ไม่ดี", "cafe\u0301 naïve"]
analyze = CountVectorizer(token_pattern=PATTERN, lowercase=False).build_analyzer()
assert CountVectorizer().token_pattern == "(?u)" + PATTERN
seen = {
    "scikit-learn": [analyze(text) for text in texts],
    "Polars": polars.Series(texts).str.extract_all(PATTERN).to_list(),
    "DuckDB": [
        duckdb.execute("SELECT regexp_extract_all(?, ?)", [text, PATTERN]).fetchall()[0][0]
        for text in texts
    ],
}
for name, tokens in seen.items():
    print(f"{name}: {tokens}")
assert seen["scikit-learn"] == [["यह", "अच"], ["படம", "நன"], ["ไม"], ["cafe", "naïve"]]
assert seen["Polars"] == [text.split() for text in texts]
assert seen["DuckDB"][:3] == [[], [], []]
characters = CountVectorizer(analyzer="char_wb", ngram_range=(1, 1)).build_analyzer()
assert set(characters(texts[0])) == set(texts[0])
PYTHON
