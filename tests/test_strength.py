"""C: the strength of the penalty from the number of rows, in all that trains."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.data.expected import expected_rows
from torrential.kernels.linear.layout import Clock
from torrential.linear.decay import START, due

N_ROWS = 3000
SMALL = {"n_features": 2**10}


def make_rows(seed=0, n=N_ROWS, n_classes=2):
    random = np.random.default_rng(seed)
    labels = random.integers(0, n_classes, n)
    texts = [
        " ".join(f"w{(word + 7 * label) % 60}" for word in random.zipf(1.4, 12)) for label in labels
    ]
    return texts, [f"class {label}" for label in labels]


TEXTS, LABELS = make_rows()
THREE = make_rows(n_classes=3)


def write(path, texts=TEXTS, labels=LABELS):
    rows = zip(texts, labels, strict=True)
    path.write_text("".join(json.dumps({"text": a, "label": b}) + "\n" for a, b in rows))
    return tor.read(path, text="text", target="label")


def assert_same(model, other):
    np.testing.assert_array_equal(model.coef_, other.coef_)
    np.testing.assert_array_equal(model.intercept_, other.intercept_)


@pytest.mark.parametrize("rows", [(TEXTS, LABELS), THREE], ids=["two", "three"])
@pytest.mark.parametrize("C", [0.1, 1, 10])
@pytest.mark.parametrize(
    "rate", [{}, {"learning_rate": "invscaling"}, {"loss": "log_loss", "average": True}], ids=str
)
def test_text_classifier(rows, C, rate):
    model = tor.TextClassifier(preset="fast", C=C, max_iter=2, **SMALL, **rate).fit(*rows)
    by_hand = tor.TextClassifier(
        preset="fast", alpha=1 / (C * N_ROWS), max_iter=2, **SMALL, **rate
    ).fit(*rows)
    assert model.n_rows_ == N_ROWS
    assert by_hand.n_rows_ is None
    assert_same(model, by_hand)
    assert not np.array_equal(
        model.coef_, tor.TextClassifier(preset="fast", **SMALL).fit(*rows).coef_
    )


@pytest.mark.parametrize("kind", [tor.SGDClassifier, tor.SGDRegressor])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_matrices(kind, early_stopping):
    X = tor.HashingVectorizer(n_features=2**8).transform(TEXTS)
    y = [label == "class 1" for label in LABELS]
    options = {"random_state": 0, "early_stopping": early_stopping, "max_iter": 20, "tol": None}
    model = kind(C=2, **options).fit(X, y)
    n_rows = 2700 if early_stopping else 3000
    assert model.n_rows_ == n_rows
    assert_same(model, kind(alpha=1 / (2 * n_rows), **options).fit(X, y))


def test_fits_in_pieces_count_the_rows_so_far():
    pieces = [slice(0, 500), slice(500, 2000), slice(2000, 3000)]
    model = tor.TextClassifier(preset="fast", C=1, **SMALL)
    X = tor.HashingVectorizer(n_features=2**8).transform(TEXTS)
    matrix = tor.SGDClassifier(C=1)
    for piece in pieces:
        model.partial_fit(TEXTS[piece], LABELS[piece])
        matrix.partial_fit(X[piece], LABELS[piece])
        assert model.n_rows_ == matrix.n_rows_ == piece.stop
    first = tor.TextClassifier(preset="fast", alpha=1 / 500, **SMALL).partial_fit(
        TEXTS[:500], LABELS[:500]
    )
    again = tor.TextClassifier(preset="fast", C=1, **SMALL).partial_fit(TEXTS[:500], LABELS[:500])
    assert_same(again, first)
    by_hand = tor.SGDClassifier(alpha=1 / 500).partial_fit(X[:500], LABELS[:500])
    assert_same(tor.SGDClassifier(C=1).partial_fit(X[:500], LABELS[:500]), by_hand)


def test_rows_of_files_are_estimated_and_then_counted(tmp_path):
    dataset = write(tmp_path / "rows.jsonl")
    expected = expected_rows(dataset)
    assert expected == pytest.approx(N_ROWS, rel=0.05)
    one = tor.TextClassifier(preset="fast", C=1, **SMALL).fit(dataset)
    assert one.n_rows_ == expected
    assert_same(one, tor.TextClassifier(preset="fast", alpha=1 / expected, **SMALL).fit(dataset))
    assert (
        tor.TextClassifier(preset="fast", C=1, max_iter=2, **SMALL).fit(dataset).n_rows_ == N_ROWS
    )
    threads = tor.TextClassifier(preset="fast", C=1, max_iter=2, n_jobs=2, **SMALL).fit(dataset)
    assert_same(
        threads, tor.TextClassifier(preset="fast", C=1, max_iter=2, n_jobs=1, **SMALL).fit(dataset)
    )


NO_LABEL = [None, *["a", "b"]] * 100


@pytest.mark.parametrize(
    "labels", [NO_LABEL, [np.nan, 1.0, 2.0] * 100, pa.array(NO_LABEL).dictionary_encode()]
)
@pytest.mark.filterwarnings("error")
def test_rows_in_memory_without_a_label_do_not_count(labels):
    rows = pa.table({"text": TEXTS[:300], "label": labels})
    dataset = tor.read(rows, text="text", target="label")
    model = tor.TextClassifier(preset="fast", C=1, **SMALL).fit(dataset)
    assert model.n_rows_ == 200
    assert tor.TextClassifier(preset="fast", C=1, **SMALL).fit(dataset.shuffle(1)).n_rows_ == 200
    assert tor.TextClassifier(preset="fast", C=1, **SMALL).fit(dataset.take(300)).n_rows_ == 200
    assert_same(model, tor.TextClassifier(preset="fast", alpha=1 / 200, **SMALL).fit(dataset))
    assert_same(model, tor.TextClassifier(preset="fast", C=1, **SMALL).fit(TEXTS[:300], labels))


@pytest.mark.parametrize("has_statistics", [True, False])
def test_rows_of_parquet_without_a_label_count_only_without_statistics(tmp_path, has_statistics):
    rows = pa.table({"text": TEXTS[:300], "label": NO_LABEL})
    options = {"write_statistics": has_statistics, "row_group_size": 70}
    for name in ("a.parquet", "b.parquet"):
        pq.write_table(
            rows.slice(0, 150) if name[0] == "a" else rows.slice(150), tmp_path / name, **options
        )
    dataset = tor.read(str(tmp_path / "*.parquet"), text="text", target="label")
    n_rows = 200 if has_statistics else 300
    assert tor.TextClassifier(preset="fast", C=1, **SMALL).fit(dataset).n_rows_ == n_rows
    assert tor.TextClassifier(preset="fast", C=1, max_iter=2, **SMALL).fit(dataset).n_rows_ == 200


def test_many_more_rows_than_the_first_bytes_promise(tmp_path):
    long = " ".join(TEXTS[:200])
    texts, labels = [long] * 1000 + ["w1"] * 200_000, ["a", "b"] * 100_500
    dataset = write(tmp_path / "rows.jsonl", texts, labels)
    with pytest.warns(
        tor.DataWarning, match=r"201,000 labeled rows, but the first pass had the penalty"
    ):
        model = tor.TextClassifier(preset="fast", C=1, **SMALL).fit(dataset)
    assert model.n_rows_ == expected_rows(dataset) < 100_000


@pytest.mark.parametrize("rows", [(TEXTS, LABELS), THREE], ids=["two", "three"])
@pytest.mark.parametrize("in_memory", [True, False])
def test_folds_have_the_bits_of_separate_fits(tmp_path, rows, in_memory):
    dataset = tor.read({"text": rows[0], "label": rows[1]}, text="text", target="label")
    dataset = dataset if in_memory else write(tmp_path / "rows.jsonl", *rows)
    model = tor.TextClassifier(preset="fast", C=1, max_iter=2, **SMALL)
    found = tor.cross_validate(model, dataset, cv=3, return_estimator=True)["estimator"]
    for fitted, (train, _) in zip(found, dataset.folds(3), strict=True):
        alone = tor.TextClassifier(preset="fast", C=1, max_iter=2, **SMALL).fit(train)
        assert fitted.n_rows_ == alone.n_rows_ == sum(batch.n_rows for batch in train.batches())
        assert_same(fitted, alone)


def test_search(tmp_path):
    dataset = write(tmp_path / "rows.jsonl")
    model = tor.TextClassifier(preset="fast", max_iter=2, **SMALL)
    search = tor.GridSearchCV(model, {"C": [1e-3, 1, 100]}, cv=3).fit(dataset)
    best = search.best_params_["C"]
    assert_same(
        search.best_estimator_,
        tor.TextClassifier(preset="fast", C=best, max_iter=2, **SMALL).fit(dataset),
    )
    scores = search.cv_results_["mean_test_score"]
    alone = tor.cross_validate(
        tor.TextClassifier(preset="fast", C=1e-3, max_iter=2, **SMALL), dataset, cv=3
    )
    assert scores[0] == alone["test_score"].mean() < scores[1]


def test_averages_have_the_strength_of_all_rows():
    options = {"n_partitions": 2, "n_rounds": 2}
    model = tor.ParameterAveraging(tor.TextClassifier(preset="fast", C=1, **SMALL), **options).fit(
        TEXTS, LABELS
    )
    text = tor.TextClassifier(preset="fast", alpha=1 / N_ROWS, **SMALL)
    assert_same(model, tor.ParameterAveraging(text, **options).fit(TEXTS, LABELS))
    assert model.estimator_.n_rows_ == N_ROWS


def test_bags_have_the_strength_of_their_rows():
    model = tor.BaggingClassifier(tor.TextClassifier(preset="fast", C=1, **SMALL), n_estimators=2)
    drawn = round((1 - 1 / np.e) * N_ROWS)
    by_hand = tor.TextClassifier(preset="fast", alpha=1 / drawn, **SMALL)
    others = tor.BaggingClassifier(by_hand, n_estimators=2).fit(TEXTS, LABELS).estimators_
    for one, other in zip(model.fit(TEXTS, LABELS).estimators_, others, strict=True):
        assert one.n_rows_ == drawn
        assert_same(one, other)


def test_files_and_checkpoints_keep_it(tmp_path):
    dataset = write(tmp_path / "rows.jsonl")
    model = tor.TextClassifier(preset="fast", C=1, max_iter=3, **SMALL)

    whole = tor.TextClassifier(preset="fast", C=1, max_iter=3, **SMALL).fit(dataset)
    model.fit(dataset, checkpoint=tmp_path / "kept", checkpoint_every="0s")
    again = tor.TextClassifier(preset="fast", C=1, max_iter=3, **SMALL)
    again.fit(dataset, checkpoint=tmp_path / "kept", resume=True)
    whole.save(tmp_path / "model")
    loaded = tor.load(tmp_path / "model")
    for other in (model, again, loaded):
        assert other.n_rows_ == N_ROWS
        assert_same(other, whole)
    assert loaded.C == 1


X = np.eye(4)


@pytest.mark.parametrize("kind", [tor.TextClassifier, tor.SGDClassifier, tor.SGDRegressor])
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"C": 0}, "C=0 has to be a number above 0, at least 1e-30 and at most 1e.30"),
        ({"C": 1e-300}, "C=1e-300 has to be"),
        ({"C": 1e300}, "C=1e.300 has to be"),
        ({"alpha": float("inf")}, "alpha=inf is invalid: .* >= 0 and <= 1e.30"),
        ({"alpha": 1e300}, "alpha=1e.300 is invalid"),
        ({"C": -1.0}, "C=-1.0 has to be"),
        ({"C": float("nan")}, "C=nan has to be"),
        ({"C": float("inf")}, "C=inf has to be"),
        ({"C": "1"}, "C='1' has to be"),
        ({"C": True}, "C=True has to be"),
        ({"C": 1, "alpha": 0.5}, "C=1 and alpha=0.5 are two strengths of one penalty"),
        ({"C": 1, "penalty": None}, "C=1 needs a penalty: pass penalty='l2'"),
    ],
    ids=str,
)
def test_errors(kind, parameters, message):
    rows = ["a", "b", "c", "d"] if kind is tor.TextClassifier else X
    with pytest.raises(tor.ParameterError, match=message):
        kind(**parameters).fit(rows, [0, 1, 0, 1])


@pytest.mark.filterwarnings("error")
def test_penalties_above_float32_are_its_largest():
    largest = np.finfo(np.float32).max
    assert due(START, Clock(1, -1e300, 1e300, 0.0)) == (largest, largest)
    assert due(START, Clock(1, -0.5, 0.25, 0.0)) == (0.5, 0.25)


@pytest.mark.parametrize("C", [1e-30, 1e30])
@pytest.mark.parametrize("learning_rate", ["adagrad", "constant"])
@pytest.mark.filterwarnings("error")
def test_the_least_and_largest_strengths(C, learning_rate):
    model = tor.TextClassifier(preset="fast", C=C, learning_rate=learning_rate, **SMALL).fit(
        TEXTS, LABELS
    )
    assert model.n_rows_ == N_ROWS
    assert np.isfinite(model.coef_).all()
    search = tor.GridSearchCV(model, {"C": [C, C]}, cv=2, refit=False).fit(TEXTS, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize(
    ("fitted", "later"), [({"C": 1}, {"C": 2}), ({"C": 1}, {"C": None}), ({}, {"C": 1})], ids=str
)
def test_a_C_that_was_set_after_fit_is_refused_when_it_is_saved(fitted, later, tmp_path):
    model = tor.TextClassifier(preset="fast", **fitted, **SMALL).fit(TEXTS, LABELS)
    n_rows = model.n_rows_
    model.set_params(**later)
    assert model.n_rows_ == n_rows
    said, learned = later["C"], fitted.get("C")
    message = f"say C={said}, but its weights were learned with C={learned}; set it back, or fit"
    with pytest.raises(tor.ParameterError, match=message):
        model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()
    model.set_params(C=learned).save(tmp_path / "m")
    loaded = tor.load(tmp_path / "m")
    assert loaded.n_rows_ == n_rows
    with pytest.raises(tor.ParameterError, match="learned with C"):
        loaded.set_params(**later).save(tmp_path / "m")


def test_more_rows_are_learned_with_the_C_of_now(tmp_path):
    model = tor.TextClassifier(preset="fast", C=1, **SMALL).partial_fit(TEXTS, LABELS)
    model.set_params(C=2).partial_fit(TEXTS, LABELS).save(tmp_path / "m")
    assert tor.load(tmp_path / "m").n_rows_ == 2 * N_ROWS


@pytest.mark.parametrize("strength", [{"C": 1e9}, {"alpha": 1e-9}])
def test_diverged_weights_of_the_optimal_rate_name_what_sets_it(strength):
    options = {"learning_rate": "optimal", "loss": "squared_hinge", "norm": None, **strength}
    texts = [text * 300 for text in TEXTS]
    with pytest.raises(
        tor.ParameterError, match=r"grew without limit .* a larger alpha \(now .* a smaller C"
    ) as caught:
        tor.TextClassifier(preset="fast", **options, **SMALL).fit(texts, LABELS)
    assert "eta0 (now" not in str(caught.value)
