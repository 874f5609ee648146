"""Accuracy and collisions against the number of columns."""

import matplotlib as mpl
import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor
from torrential.data import from_arrays

mpl.use("agg")

TEXTS = [f"{word} thing{i % 50} part{i % 31}" for i in range(300) for word in ("fine", "poor")]
LABELS = ["fine", "poor"] * 300


def test_more_columns_collide_less():
    curve = tor.collision_curve(from_arrays(TEXTS, LABELS), n_bits=[2, 6, 12])
    assert curve.n_bits == (2, 6, 12)
    shared = [report.shared_mass for report in curve.collisions]
    assert shared == sorted(shared, reverse=True)
    assert curve.accuracy[-1] == 1.0
    # Each is what a model of that size says of itself.
    train, _ = from_arrays(TEXTS, LABELS).split(0.25)
    for bits, report in zip(curve.n_bits, curve.collisions, strict=True):
        model = tor.TextClassifier(n_features=2**bits, terms=True).fit(train)
        itself = model.collisions()
        assert (itself.vocabulary, itself.occupied) == (report.vocabulary, report.occupied)
        assert itself.shared_mass == report.shared_mass
        assert itself.smallest_n_features == report.smallest_n_features


def test_figure_shows_both():
    ax = tor.collision_curve(from_arrays(TEXTS, LABELS), n_bits=[4, 8]).plot()
    left, right = ax.figure.axes
    assert [len(each.lines[0].get_xdata()) for each in (left, right)] == [2, 2]
    assert "accuracy" in left.get_ylabel()
    assert "shared" in right.get_ylabel()


def test_wrong_input():
    with pytest.raises(tor.ParameterError, match="has no target"):
        tor.collision_curve(from_arrays(TEXTS))
    with pytest.raises(tor.ParameterError, match="n_bits is empty"):
        tor.collision_curve(from_arrays(TEXTS, LABELS), n_bits=[])


def test_figure_on_the_command_line(run, tmp_path):
    path = tmp_path / "texts.parquet"
    parquet.write_table(pa.table({"body": TEXTS, "label": LABELS}), path)
    words = ["inspect", path, "--text", "body", "--target", "label", "--figure"]
    for suffix, beginning in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        figure = tmp_path / f"figure{suffix}"
        assert run(*words, figure)[0] == 0
        assert figure.read_bytes().startswith(beginning)
    code, _, err = run(*words, tmp_path / "figure.doc")
    assert code == 2
    assert "figure.doc" in err
    assert run(*words[:4], "--figure", tmp_path / "x.png")[0] == 2
