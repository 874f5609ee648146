"""Names of hashed features by the peers: seconds with and without names.

names_of_peers.py eli5 TEXTS.parquet
names_of_peers.py vw DATA.vw

eli5's InvertableHashingVectorizer is fitted to the texts of column ``text`` and asked for its
names, compared with scikit-learn's HashingVectorizer alone. Vowpal Wabbit learns with
``--invert_hash``, compared with the same run without it.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def eli5(path: Path) -> dict[str, float]:
    import pyarrow.parquet as parquet
    from eli5.sklearn.unhashing import InvertableHashingVectorizer
    from sklearn.feature_extraction.text import HashingVectorizer

    texts = parquet.read_table(path, columns=["text"])["text"].to_pylist()
    hasher = HashingVectorizer()
    invertible = InvertableHashingVectorizer(hasher)
    plain = seconds(lambda: hasher.transform(texts))
    naming = seconds(lambda: invertible.fit(texts).get_feature_names_out())
    return {"plain": plain, "named": plain + naming}


def vw(path: Path) -> dict[str, float]:
    import vowpalwabbit

    def drive(*options: object) -> None:
        words = ["--quiet", "-b", "20", "--loss_function", "logistic", "-d", path, *options]
        vowpalwabbit.Workspace(arg_list=list(map(str, words))).finish()

    with tempfile.TemporaryDirectory() as folder:
        plain = seconds(lambda: drive("-f", Path(folder, "model")))
        named = seconds(lambda: drive("--invert_hash", Path(folder, "names")))
    return {"plain": plain, "named": named}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=["eli5", "vw"])
    parser.add_argument("path", type=Path)
    args = parser.parse_args()
    print(json.dumps({"eli5": eli5, "vw": vw}[args.peer](args.path)))
