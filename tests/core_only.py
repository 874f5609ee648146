"""What works without the extras, and what says that it needs one: a program for any environment.

It hides the packages of the extras, runs everything, and ends with exit code 1 if a thing does not
work, or needs an extra and does not say so in one sentence with the command. `make wheel` runs it
in an environment with core dependencies only, and `test_core_only.py` in this one.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
from importlib.abc import MetaPathFinder
from pathlib import Path

HIDDEN = ("distributed", "dask", "pandas", "polars", "fsspec", "zstandard", "matplotlib", "jinja2")


class Hiding(MetaPathFinder):
    """Finds no package of an extra, as if none were installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide():
    """Hide the extras from imports, and from questions whether they are installed."""
    import importlib.util

    before = importlib.util.find_spec
    importlib.util.find_spec = lambda name, *more: None if name in HIDDEN else before(name, *more)
    sys.meta_path.insert(0, Hiding())


def rows(path):
    """Write a few rows as Parquet, and return a table of them."""
    import pyarrow as pa
    from pyarrow import parquet

    numbers = range(200)
    table = pa.table(
        {
            "text": [f"{'good' if i % 2 else 'bad'} film {i}" for i in numbers],
            "label": [["no", "yes"][i % 2] for i in numbers],
            "number": [float(i % 7) for i in numbers],
            "kind": ["ab"[i % 2] for i in numbers],
        }
    )
    parquet.write_table(table, path)
    return table


def run_command(*words):
    """Run a command in this process; return what it printed and said."""
    from torrential.cli.app import _code

    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["torrential", *words]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _code()
    finally:
        sys.argv = before
    if code:
        raise CommandError(err.getvalue().strip())
    return out.getvalue()


class CommandError(Exception):
    """What a command said that did not end well."""


def working():
    """Return what works with core dependencies, by name, in order."""
    import pyarrow as pa
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    import torrential as tor

    small = {"preset": "fast", "n_features": 2**10}
    texts = tor.read("rows.parquet", text="text", target="label")
    table = tor.read("rows.parquet", target="label", drop="text")
    numbers = tor.read("rows.parquet", target="label", columns=["number"])
    read = ["rows.parquet", "--text", "text", "--target", "label"]

    def fitted():
        return tor.TextClassifier(terms=True, **small).fit(texts)

    def saved():
        fitted().save("a.model")
        return tor.load("a.model")

    scaled = make_pipeline(StandardScaler(), SGDClassifier())
    return {
        "learn": lambda: fitted().evaluate(texts),
        "save and load": lambda: saved().predict(["good"]),
        "columns": lambda: saved().predict_arrow(pa.array(["good"])),
        "html": lambda: fitted()._repr_html_(),
        "tables": lambda: tor.TableClassifier(n_features=2**10).fit(table).score(table),
        "folds": lambda: tor.cross_validate(tor.TextClassifier(**small), texts, cv=2),
        "search": lambda: (
            tor.GridSearchCV(tor.TextClassifier(**small), {"alpha": [0, 1e-5]}, cv=2)
            .fit(texts)
            .best_params_
        ),
        "any pipeline": lambda: tor.OutOfCore(scaled).fit(numbers).score(numbers),
        "columns of sparse rows": lambda: tor.HashingVectorizer().transform(["good film"]),
        "advice": lambda: str(tor.advise(texts)),
        "to a file": lambda: tor.predict_to(saved(), texts, "predicted.parquet"),
        "train": lambda: run_command("train", *read, "-o", "b.model", "--preset", "fast", "-q"),
        "predict": lambda: run_command("predict", "b.model", "rows.parquet", "-o", "b.csv"),
        "evaluate": lambda: run_command("evaluate", "b.model", "rows.parquet", "-q"),
        "model card": lambda: run_command("report", "b.model", "rows.parquet", "-o", "b.md"),
        "help": lambda: run_command("--help"),
    }


def needing():
    """Return what needs an extra, as pairs of the extra and a function, by name."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    import torrential as tor

    texts = tor.read("rows.parquet", text="text", target="label")
    table = tor.read("rows.parquet", target="label", columns=["number", "kind"])
    read = ["rows.parquet", "--text", "text", "--target", "label"]

    def by_name():
        return make_column_transformer(
            (StandardScaler(), ["number"]),
            (OneHotEncoder(categories=[["a", "b"]], sparse_output=False), ["kind"]),
        )

    def learned(frame=None):
        steps = by_name()
        if frame:
            steps.set_output(transform=frame)
        return tor.OutOfCore(make_pipeline(steps, SGDClassifier())).fit(table)

    def figure():
        search = tor.GridSearchCV(tor.TextClassifier(preset="fast"), {"alpha": [0, 1e-5]}, cv=2)
        return search.fit(texts).learning_curves_.plot()

    return {
        "cluster": ("cluster", lambda: tor.Dask("tcp://127.0.0.1:1")),
        "cluster by a command": (
            "cluster",
            lambda: run_command("train", *read, "-o", "c.model", "--cluster", "tcp://127.0.0.1:1"),
        ),
        "columns by name": ("frames", learned),
        "pandas from a step": ("frames", lambda: learned("pandas")),
        "polars from a step": ("frames", lambda: learned("polars")),
        "to_pandas": ("frames", lambda: texts.to_pandas()),
        "url": ("remote", lambda: tor.read("memory://rows.csv", text="text", target="label")),
        "url of a hub": ("remote", lambda: tor.read("hf://datasets/a/b/c.csv", text="text")),
        "long window": ("compression", lambda: tor.read(long_window(), text="text")),
        "figure": ("figures", figure),
        "figure by a command": (
            "figures",
            lambda: run_command("inspect", *read, "--figure", "curve.png"),
        ),
        "page": ("report", lambda: tor.load("a.model").report(texts).to_html()),
        "page by a command": ("report", lambda: run_command("report", "b.model", "rows.parquet")),
    }


def long_window():
    """Write the beginning of a zstd file with a window of 256 MB, and return its name."""
    Path("long.csv.zst").write_bytes(bytes.fromhex("28b52ffd") + bytes([0b00000100, 18 << 3]))
    return "long.csv.zst"


def found():
    """Return what each thing that works gave, or failed with, and each that does not, said."""
    lines = {}
    for name, work in working().items():
        try:
            lines[name] = bool(str(work()) or name in ("train", "predict")), ""
        except Exception as error:  # a failure is a line, too
            lines[name] = False, f"{type(error).__name__}: {error}"
    for name, (extra, work) in needing().items():
        try:
            work()
            lines[name] = False, "It works, although it needs an extra."
        except Exception as error:
            lines[name] = says(error, extra), f"{type(error).__name__}: {error}"
    return lines


def says(error, extra):
    """Return whether an error is one sentence with the command that installs an extra."""
    import torrential as tor

    sentence = str(error)
    is_one = "\n" not in sentence and sentence.endswith(".")
    command = f'pip install "torrential[{extra}]"'
    return isinstance(error, (tor.TorrentialError, CommandError)) and is_one and command in sentence


def main():
    """Run everything in a folder of its own, print the outcome, and return the exit code."""
    hide()
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            rows("rows.parquet")
            lines = found()
        finally:
            os.chdir(before)
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(lines))
    else:
        for name, (is_good, said) in lines.items():
            sys.stdout.write(f"{'ok    ' if is_good else 'FAILED'} {name} {said}\n")
    return 0 if all(is_good for is_good, _ in lines.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
