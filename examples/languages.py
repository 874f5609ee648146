"""
Languages of short texts
========================

Learn to name the language of a text of a few words, among more than a hundred: by words, by
n-grams of characters, and by both. The labels come from the translations that two packages ship:
sentences and phrases of Django, and names of countries, currencies, scripts and languages in
pycountry. The guide has the :doc:`figures </guide/languages>`.

.. code-block:: console

   $ pip install torrential Django==5.2.19 pycountry==26.2.16
   $ python languages.py FOLDER

The tables of texts to learn and to hold out are written to the folder, and read from there. All
translations of a message are in the same table, so no model has learned a translation of a text
that it is asked for.
"""

import gettext
import importlib
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

import torrential as tor

PACKAGES = ["django", "pycountry"]
LEFT_OUT = ["iso3166-2"]  # names of provinces, which most languages take as they are
SPELLINGS = {
    "nb_NO": "nb",
    "sr@latin": "sr_Latn",
    "tt@iqtelif": "tt_Latn",
    "zh_CN": "zh_Hans",
    "zh_HK": "zh_Hant",
    "zh_TW": "zh_Hant",
}
LEAST_LANGUAGES = 20  # of a message: the names of most languages are translated to a few only
LEAST_TEXTS = 200  # of a language
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{[^}]*\}|<[^>]+>|&\w+;")

VIEWS = [
    "word",
    "word:1-2",
    "char_wb:1-2",
    "char_wb:1-3",
    "char_wb:1-4",
    "char_wb:2-5",
    "char:1-4",
    "word+char_wb:1-4",
]
SETTINGS = {
    "n_features": 2**20,
    "idf": "running",
    "C": 1.0,
    "max_iter": 5,
    "average": "last-pass",
}
LENGTHS = {"under 10": 0, "10-19": 10, "20-39": 20, "40-79": 40, "80 or more": 80}


def language_of(locale: str) -> str:
    """Return the language of a locale, with its script, and without its country but for pt_BR."""
    locale = SPELLINGS.get(locale, locale)
    return locale if locale == "pt_BR" else re.sub("_[A-Z]{2}$", "", locale)


def plain(text: str) -> str:
    """Return a text without placeholders, tags and line ends, which are of no language."""
    return " ".join(PLACEHOLDER.sub(" ", text).split())


def translations() -> Iterator[tuple[str, str, str]]:
    """Yield each message with a language and its text there."""
    for package in PACKAGES:
        folder = Path(str(importlib.import_module(package).__file__)).parent
        for path in sorted(folder.rglob("LC_MESSAGES/*.mo")):
            if path.stem in LEFT_OUT:
                continue
            with path.open("rb") as file:
                catalog = gettext.GNUTranslations(file)._catalog  # it has no public list
            for key, text in catalog.items():
                message = key if isinstance(key, str) else key[0]  # of a plural
                if message:  # else it is the head of the file
                    message = message.rpartition("\x04")[2]  # without its context
                    yield plain(message), language_of(path.parent.parent.name), plain(text)


def rows() -> list[tuple[str, str, bool]]:
    """Return texts in an order by chance, with their language and whether to hold them out."""
    texts: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for message, language, text in translations():
        if text != message and language != "en":
            texts[message].add((text, language))
    found: dict[tuple[str, str], bool] = {}
    for message, pairs in texts.items():
        if len({language for _, language in pairs}) >= LEAST_LANGUAGES:
            is_test = zlib.crc32(message.encode()) % 5 == 0
            for text, language in sorted({*pairs, (message, "en")}):
                if sum(map(str.isalpha, text)) >= 3:
                    found.setdefault((text, language), is_test)
    n_texts = Counter(language for _, language in found)
    kept = [(*pair, test) for pair, test in found.items() if n_texts[pair[1]] >= LEAST_TEXTS]
    return [kept[i] for i in np.random.default_rng(0).permutation(len(kept))]


def write_tables(folder: Path) -> None:
    """Write the texts to learn and to hold out."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = rows()
    for name, held_out in (("train", False), ("test", True)):
        texts, languages, _ = zip(*(row for row in everything if row[2] == held_out))
        table = pa.table({"text": texts, "language": languages})
        parquet.write_table(table, folder / f"{name}.parquet")
        print(f"{name}: {len(texts):,} texts of {len(set(languages))} languages")


def best_possible(texts: list[str], languages: np.ndarray) -> np.ndarray:
    """Return for each text the language that has it most often, as some texts are of several."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text, language in zip(texts, languages):
        counts[text][language] += 1
    return np.array([counts[text].most_common(1)[0][0] for text in texts])


def show(name: str, cells: Iterable[str]) -> None:
    """Print a row of a table."""
    print(f"{name:18}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


def main(folder: Path) -> None:
    """Print the accuracy of each choice of views for each length of text."""
    print(", ".join(f"{package} {version(package)}" for package in PACKAGES))
    write_tables(folder)
    train = tor.read(folder / "train.parquet", text="text", target="language")
    test = parquet.read_table(folder / "test.parquet")
    texts, languages = test["text"].to_pylist(), np.array(test["language"].to_pylist())
    edges = [*LENGTHS.values()]
    place = np.searchsorted(edges, [len(text) for text in texts], side="right") - 1
    parts = [*(place == i for i in range(len(edges))), place >= 0]

    def show_accuracy(name: str, found: np.ndarray) -> None:
        show(name, (f"{100 * np.mean((found == languages)[part]):.1f}" for part in parts))

    show("\ncharacters", [*LENGTHS, "all"])
    show("texts", (f"{part.sum():,}" for part in parts))
    show_accuracy("best possible", best_possible(texts, languages))
    for views in VIEWS:
        model = tor.TextClassifier(views=views, **SETTINGS, n_jobs=2).fit(train)
        found = model.predict(texts)
        show_accuracy(views, found)

    print("\nlanguages with the most texts that have no word:")
    without = np.diff(tor.HashingVectorizer().transform(texts).indptr) == 0
    shares = {name: np.mean(without[languages == name]) for name in set(languages)}
    for language in sorted(shares, key=lambda name: (-shares[name], name))[:8]:
        print(f"{language:>8} {shares[language]:4.0%}")

    print(f"\nwith {VIEWS[-1]}, most often a text of the first language was taken as the second:")
    wrong = Counter(pair for pair in zip(languages, found) if pair[0] != pair[1])
    for (language, other), n in wrong.most_common(20):
        print(f"{language:>8} {other:8} {n:3} of {np.sum(languages == language)}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "languages"))
