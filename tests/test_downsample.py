"""A share of the rows of a label, which weigh accordingly more."""

import numpy as np
import pyarrow as pa
import pytest

import torrential as tor
from torrential.data import from_arrays
from torrential.data.expected import expected_rows
from torrential.data.fingerprint import difference, fingerprint
from torrential.errors import ParameterError


def rows_of(dataset):
    """Return text, label and weight of each row."""
    found = []
    for batch in dataset.batches():
        weight = [None] * batch.n_rows if batch.weight is None else batch.weight.to_pylist()
        found += zip(batch.text.to_pylist(), batch.target.to_pylist(), weight, strict=True)
    return found


def table_of(n_rows=4000, part=500):
    texts, labels = [f"row {i}" for i in range(n_rows)], [i % 5 for i in range(n_rows)]
    labels[7] = None
    table = pa.table({"t": texts, "y": labels, "w": [float(i % 3) for i in range(n_rows)]})
    return [table.slice(begin, part) for begin in range(0, n_rows, part)]


def test_other_labels_stay_and_a_share_of_these():
    dataset = tor.read(table_of(), text="t", target="y")
    rows = rows_of(dataset.downsample({1: 0.25, 3: 1.0}, seed=3))
    by_label = {label: [row for row in rows if row[1] == label] for label in (0, 1, 2, 3, None)}
    assert [len(by_label[label]) for label in (0, 2, 3)] == [800, 799, 800]
    assert len(by_label[None]) == 1
    assert len(by_label[1]) == pytest.approx(200, abs=4 * np.sqrt(800 * 0.25 * 0.75))
    assert {row[2] for row in by_label[1]} == {4.0}
    assert {row[2] for label in (0, 2, 3, None) for row in by_label[label]} == {1.0}
    order = [text for text, *_ in rows_of(dataset)]
    assert [text for text, *_ in rows] == [t for t in order if t in {text for text, *_ in rows}]


def test_weights_are_multiplied():
    dataset = tor.read(table_of(), text="t", target="y", weight="w")
    own = {text: weight for text, _, weight in rows_of(dataset)}
    for text, label, weight in rows_of(dataset.downsample({1: 0.5})):
        assert weight == own[text] * (2 if label == 1 else 1)


def test_it_is_the_same_in_each_pass_and_another_for_another_seed():
    dataset = tor.read(table_of(), text="t", target="y")
    first = dataset.downsample({0: 0.5}, seed=1)
    assert rows_of(first) == rows_of(first) == rows_of(dataset.downsample({0: 0.5}, seed=1))
    kept, others = (
        {row[0] for row in rows_of(dataset.downsample({0: 0.5}, seed=seed)) if row[1] == 0}
        for seed in (1, 2)
    )
    assert len(kept & others) == pytest.approx(200, abs=60)
    assert "0.5 of 0 by seed 1" in str(first)
    said = difference(fingerprint(first), fingerprint(dataset.downsample({0: 0.25}, seed=1)))
    assert said.startswith("was made with rates=")


def test_partitions_and_equal_rows_are_drawn_independently():
    table = pa.table({"t": ["same"] * 1000, "y": [0] * 1000})
    parts = [table.slice(begin, 100) for begin in range(0, 1000, 100)]
    dataset = tor.read(parts, text="t", target="y").downsample({0: 0.5})
    kept = [batch.n_rows for batch in dataset.batches()]
    assert sum(kept) == pytest.approx(500, abs=65)
    numbered = pa.table({"t": [str(i % 100) for i in range(1000)], "y": [0] * 1000})
    parts = [numbered.slice(begin, 100) for begin in range(0, 1000, 100)]
    dataset = tor.read(parts, text="t", target="y").downsample({0: 0.5})
    places = [tuple(batch.text.to_pylist()) for batch in dataset.batches()]
    assert len(set(places)) == len(places) == 10


def test_other_views_go_with_it(tmp_path):
    dataset = tor.read(table_of(), text="t", target="y")
    train, test = dataset.split(0.2)
    sample = train.downsample({0: 0.3}).shuffle(1)
    assert not {row[0] for row in rows_of(sample)} & {row[0] for row in rows_of(test)}
    assert sample.n_rows is None
    cached = train.downsample({0: 0.3}).cache(tmp_path)
    models = [
        tor.TextClassifier(n_features=2**10, max_iter=2, tol=None).fit(data)
        for data in (cached, cached, train.downsample({0: 0.3}))
    ]
    scores = [model.decision_function(["row 1", "row 10"]) for model in models]
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(scores[0], scores[2])


def test_the_number_of_rows_is_expected():
    dataset = tor.read(table_of(), text="t", target="y").downsample({1: 0.1, 2: 0.5})
    assert expected_rows(dataset) == pytest.approx(len(rows_of(dataset)), rel=0.05)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ({}, "rates is empty"),
        ({1: 0.0}, "above 0, up to 1"),
        ({1: 1.5}, "above 0, up to 1"),
        ({1: True}, "above 0, up to 1"),
        ({"many": 0.5}, "labels in column 'y' are of type int64"),
        ({0.5: 0.5}, "name a label as it is in the data"),
    ],
)
def test_wrong_rates(rates, words):
    dataset = tor.read(table_of(100), text="t", target="y")
    with pytest.raises(ParameterError, match=words):
        dataset.downsample(rates)


def test_it_needs_labels_and_takes_them_as_text():
    with pytest.raises(ParameterError, match="needs labels"):
        from_arrays(["a"]).downsample({0: 0.5})
    dataset = tor.read(table_of(), text="t", target="y")
    assert rows_of(dataset.downsample({"1": 0.5})) == rows_of(dataset.downsample({1: 0.5}))
    flags = from_arrays(["a"] * 100, [i % 2 == 0 for i in range(100)])
    for label in (False, np.False_, "false"):
        assert len(rows_of(flags.downsample({label: 0.01}))) < 60


def clicks(n_rows, seed):
    random = np.random.default_rng(seed)
    words = random.integers(0, 30, (n_rows, 3))
    effect = np.linspace(-1.0, 1.0, 30)
    odds = effect[words].sum(axis=1) - 3.0
    y = random.random(n_rows) < 1 / (1 + np.exp(-odds))
    return [" ".join(f"w{word}" for word in row) for row in words], y


@pytest.mark.jit
def test_a_model_of_a_sample_has_the_log_loss_and_calibration_of_one_of_all_rows():
    texts, y = clicks(60_000, seed=0)
    held_out, truth = clicks(30_000, seed=1)
    settings = {"loss": "log_loss", "n_features": 2**12, "norm": None, "max_iter": 5, "tol": None}
    settings |= {"analyzer": "word", "ngram_range": (1, 1)}
    data = from_arrays(texts, y)
    sample = data.downsample({False: 0.1})
    texts_of, y_of, _ = zip(*rows_of(sample), strict=True)
    assert len(y_of) < 0.25 * len(y)
    losses, means = [], []
    for given in ((data, None), (sample, None), (list(texts_of), list(y_of))):
        model = tor.TextClassifier(**settings).fit(*given)
        p = np.clip(model.predict_proba(held_out)[:, 1], 1e-9, 1 - 1e-9)
        means.append(p.mean())
        losses.append(-np.mean(np.log(np.where(truth, p, 1 - p))))
    share = truth.mean()
    assert means[0] == pytest.approx(share, rel=0.05)
    assert means[1] == pytest.approx(means[0], rel=0.05)
    assert losses[1] == pytest.approx(losses[0], abs=0.002)
    assert means[2] > 3 * share  # without the weights the sample's share is learned
    assert losses[2] > 2 * losses[0]
    figures = tor.TextClassifier(**settings).fit(sample).history_[0].probabilities
    assert figures.observed == pytest.approx(y.mean(), rel=0.05)


def test_the_command(run, tmp_path):
    path, model = tmp_path / "rows.csv", tmp_path / "m"
    rows = [f"word{i % 50} x{i},{'ab'[i % 10 == 0]}\n" for i in range(900)]
    path.write_text("t,y\n" + "".join(rows))
    words = ["train", path, "--text", "t", "--target", "y", "-o", model, "--n-features", "1024"]
    code, out, _ = run(*words, "--downsample", "a=0.2,c=0.5")
    assert code == 0
    assert "No row has the label 'c' of --downsample." in out
    n_rows = tor.load(model).counts_.n_rows
    assert 90 + 90 < n_rows < 90 + 240
    code, _, err = run(*words, "--downsample", "a=2")
    assert code == 2
    assert "--downsample 'a=2' is invalid" in err
