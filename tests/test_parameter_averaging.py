"""ParameterAveraging of a TextClassifier: the same bits anywhere, and what a serial fit knows."""

from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(0)
WORDS = np.array([f"word{i}" for i in range(80)])
N_ROWS = 420
CODES = RANDOM.integers(0, 3, N_ROWS)
LABELS = np.array(["ant", "bee", "cow"])[CODES]


def make_text(code, n_words=12):
    chances = 1 / (1 + (np.arange(80) + 25 * code) % 80)
    return " ".join(RANDOM.choice(WORDS, n_words, p=chances / chances.sum()))


TEXTS = [make_text(code) for code in CODES]
TWO = np.where(LABELS == "ant", "ant", "bee")
MODEL = {"n_features": 2**10, "random_state": 0}
NEW = [make_text(code) for code in np.arange(300) % 3]
NEW_LABELS = np.array(["ant", "bee", "cow"])[np.arange(300) % 3]


def averaging(model=None, executor=None, **parameters):
    model = tor.TextClassifier(preset="fast", **MODEL) if model is None else model
    executor = executor or tor.Threads(2)
    return tor.ParameterAveraging(model, executor=executor, **parameters)


def write(path, texts=TEXTS, labels=LABELS, row_group_size=25, **columns):
    table = pa.table({"text": texts, "label": labels, **columns})
    pq.write_table(table, path, row_group_size=row_group_size)
    return tor.read(path, text="text", target="label", weight="weight" if columns else None)


@pytest.fixture
def dataset(tmp_path):
    """Rows in the order of their labels: most row groups have one class only."""
    order = np.argsort(LABELS, kind="stable")
    return write(tmp_path / "rows.parquet", [TEXTS[i] for i in order], LABELS[order])


def assert_same(model, other):
    """Equal to the bit."""
    arrays, header = model.estimator_.model_.state()
    others, other_header = other.estimator_.model_.state()
    assert header == other_header
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)
    assert [str(mix) for mix in model.history_] == [str(mix) for mix in other.history_]
    assert [mix.n_bytes for mix in model.history_] == [mix.n_bytes for mix in other.history_]


# Any executor


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"idf": "running", "terms": True},
        {"idf": "two-pass", "loss": "log_loss"},
        {"penalty": "l2", "alpha": 1e-4, "average": True},
        {"learning_rate": "constant", "penalty": "l1", "alpha": 1e-5, "loss": "hinge"},
    ],
    ids=str,
)
def test_the_same_bits_on_any_number_of_workers(dataset, parameters):
    how = {"n_partitions": 7, "n_rounds": 2, "validation_fraction": 0.1}
    how["average_every"] = 30 if "terms" in parameters else None
    executors = [tor.Threads(1), tor.Threads(2), tor.Threads(3), tor.Joblib(2, "threading")]
    first, *others = (
        averaging(tor.TextClassifier(preset="fast", **MODEL, **parameters), executor, **how).fit(
            dataset
        )
        for executor in executors
    )
    assert first.score(NEW, NEW_LABELS) > 0.6
    for other in others:
        assert_same(other, first)


@pytest.mark.timeout(240)
def test_the_same_bits_in_other_processes(dataset):
    model = tor.TextClassifier(preset="fast", **MODEL, idf="running", terms=True)
    how = {"n_partitions": 3, "n_rounds": 2, "validation_fraction": 0.1}
    here = averaging(model, **how).fit(dataset)  # its kernels are on disk for the others
    assert_same(averaging(model, tor.Joblib(2, "loky"), **how).fit(dataset), here)


def test_a_fit_is_repeated_to_the_bit_and_changes_no_input(dataset):
    texts, labels = np.array(TEXTS, object), LABELS.copy()
    texts.flags.writeable = labels.flags.writeable = False
    inner = tor.TextClassifier(preset="fast", **MODEL)
    before = inner.get_params()
    model = averaging(inner, n_partitions=3, n_rounds=2).fit(texts, labels)
    assert not hasattr(inner, "model_")
    assert inner.get_params() == before
    assert model.estimator_ is not inner
    assert model.estimator is inner
    again = averaging(inner, n_partitions=3, n_rounds=2).fit(TEXTS, LABELS.tolist())
    assert_same(again, model)
    assert_same(model.fit(TEXTS, LABELS), again)


def test_seeds_deal_and_shuffle_in_other_ways():
    fits = [averaging(n_rounds=1, random_state=seed).fit(TEXTS, LABELS) for seed in (0, 1, 2)]
    assert len({model.coef_.tobytes() for model in fits}) == 3
    still = [averaging(n_rounds=1, shuffle=False).fit(TEXTS, LABELS) for _ in range(2)]
    assert_same(*still)


# As a serial fit


@pytest.mark.parametrize("labels", [LABELS, TWO], ids=["three", "two"])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"loss": "log_loss"},
        {"learning_rate": "constant", "eta0": 0.1},
        {"penalty": "l2", "alpha": 1e-4},
        {"idf": "running"},
    ],
    ids=str,
)
def test_one_part_is_learned_as_in_a_serial_fit(labels, parameters):
    inner = tor.TextClassifier(preset="fast", **MODEL, shuffle=False, **parameters)
    model = averaging(inner, n_partitions=1, n_rounds=1, shuffle=False).fit(TEXTS, labels)
    serial = tor.TextClassifier(**inner.get_params())
    assert_close(model, serial.partial_fit(TEXTS, labels, classes=np.unique(labels)))


def test_one_part_is_weighed_by_the_documents_of_all():
    inner = tor.TextClassifier(preset="fast", **MODEL, shuffle=False, idf="two-pass")
    model = averaging(inner, n_partitions=1, n_rounds=1, shuffle=False).fit(TEXTS, TWO)
    assert_close(model, tor.TextClassifier(**inner.get_params()).fit(TEXTS, TWO))


def assert_close(model, serial):
    scores, expected = model.decision_function(NEW), serial.decision_function(NEW)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)
    found, expected = model.predict_proba(NEW), serial.predict_proba(NEW)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    (mix,), (epoch,) = model.history_, serial.history_
    # Before the first row is learned all classes are alike, and it is the first one that counts.
    assert mix.accuracy == pytest.approx(epoch.accuracy, abs=1.5 / N_ROWS)
    assert mix.average_loss == pytest.approx(epoch.average_loss)


def odd_rows(path):
    """Texts and labels that are null, invalid or malformed, in many partitions."""
    rows = [f"{text},{label},1.0" for text, label in zip(TEXTS, LABELS, strict=True)]
    rows[5] = ",ant,1.0"
    rows[40] = "no label,,1.0"
    rows[41] = "none,,2.0"
    rows[60:60] = ["too,many,columns,here"] * 3
    rows[300:300] = ["few"]
    path.write_bytes("\n".join(["text,label,weight", *rows]).encode().replace(b"word7 ", b"\xff "))
    return tor.read(path, text="text", target="label", weight="weight", on_bad_rows="skip")


@pytest.mark.parametrize("idf", [None, "running", "two-pass"])
@pytest.mark.parametrize("average_every", [None, 17])
def test_it_knows_of_the_rows_what_a_serial_fit_knows(tmp_path, idf, average_every):
    dataset = odd_rows(tmp_path / "rows.csv")
    inner = tor.TextClassifier(preset="fast", **MODEL, idf=idf, terms=True, max_iter=2, tol=None)
    model = averaging(inner, n_partitions=5, n_rounds=2, average_every=average_every).fit(dataset)
    serial = tor.TextClassifier(**inner.get_params()).fit(dataset)
    ours, theirs = model.estimator_.model_, serial.model_
    counts, expected = asdict(model.estimator_.counts_), asdict(serial.counts_)
    counts.pop("n_bytes"), expected.pop("n_bytes")  # of parts of rows, each with its offsets
    assert counts == expected
    assert counts["malformed"] == 4
    assert counts["unlabelled"] == 2
    frequencies, of_theirs = ours.weighting.frequencies, theirs.weighting.frequencies
    np.testing.assert_array_equal(frequencies.counts, of_theirs.counts)
    assert frequencies.n_documents == of_theirs.n_documents
    np.testing.assert_array_equal(ours.vocabulary.registers, theirs.vocabulary.registers)
    assert ours.terms.is_complete
    for name, array in ours.terms.state()[0].items():
        np.testing.assert_array_equal(array, theirs.terms.state()[0][name], err_msg=name)
    np.testing.assert_array_equal(model.classes_, serial.classes_)
    assert model.estimator_.columns_ == serial.columns_


def test_terms_and_explanations_come_with_the_model():
    model = averaging(tor.TextClassifier(preset="fast", **MODEL, terms=True), n_partitions=4).fit(
        TEXTS, LABELS
    )
    assert model.estimator_.top_terms(3)
    assert model.estimator_.explain(TEXTS[0])


def test_a_saved_model_is_the_same_and_learns_on(tmp_path):
    model = averaging(tor.TextClassifier(preset="fast", **MODEL, idf="running"), n_rounds=2).fit(
        TEXTS, LABELS
    )
    model.estimator_.save(tmp_path / "m")
    loaded = tor.load(tmp_path / "m")
    for _ in range(2):
        scores = loaded.decision_function(NEW)
        np.testing.assert_array_equal(scores, model.decision_function(NEW))
        loaded.partial_fit(NEW, NEW_LABELS)
        model.estimator_.partial_fit(NEW, NEW_LABELS)


# Rounds and averagings


@pytest.mark.parametrize(
    ("n_partitions", "average_every", "n_mixes"),
    [(4, None, 1), (4, 1000, 1), (4, 105, 1), (4, 50, 3), (1, 100, 5), (500, 1, 1)],
)
def test_all_rows_are_learned_once_a_round(n_partitions, average_every, n_mixes):
    dataset = tor.read(
        [
            pa.table({"text": TEXTS[a : a + 35], "label": LABELS[a : a + 35]})
            for a in range(0, N_ROWS, 35)
        ],
        text="text",
        target="label",
    )
    how = {"n_partitions": n_partitions, "average_every": average_every}
    model = averaging(n_rounds=2, **how).fit(dataset)
    assert len(model.history_) == 2 * n_mixes
    assert [mix.round for mix in model.history_] == [1] * n_mixes + [2] * n_mixes
    for number in (1, 2):
        assert sum(mix.n_rows for mix in model.history_ if mix.round == number) == N_ROWS
    assert model.n_iter_ == 2
    assert len(model.estimator_.history_) == 2
    assert model.estimator_.counts_.n_rows == N_ROWS


def test_averaging_more_often_learns_more_from_each_row(dataset):
    seldom = averaging(n_partitions=12, n_rounds=1).fit(dataset)
    often = averaging(n_partitions=12, n_rounds=1, average_every=7).fit(dataset)
    assert often.history_[-1].accuracy > seldom.history_[-1].accuracy


def test_classes_that_only_some_parts_have(dataset):
    model = averaging(n_partitions=6, n_rounds=3).fit(dataset)
    assert model.classes_.tolist() == ["ant", "bee", "cow"]
    assert model.score(NEW, NEW_LABELS) > 0.7


@pytest.mark.parametrize("weighting", ["rows", "updates"])
def test_the_average_is_better_than_its_parts(weighting):
    how = {"n_partitions": 8, "n_rounds": 4, "validation_fraction": 0.25}
    model = averaging(**how, weighting=weighting).fit(TEXTS, LABELS)
    for mix in model.history_:
        assert len(mix.parts) == 8
        assert mix.held_out >= np.mean(mix.parts)
        assert f"held out {mix.held_out:.4f}" in str(mix)
    assert model.history_[-1].held_out >= model.history_[0].held_out - 0.05
    n_learned = model.history_[0].n_rows
    assert 0.65 * N_ROWS < n_learned < 0.85 * N_ROWS
    few = averaging(n_partitions=8, n_rounds=1).fit(TEXTS, LABELS).score(NEW, NEW_LABELS)
    many = averaging(n_partitions=8, n_rounds=8).fit(TEXTS, LABELS).score(NEW, NEW_LABELS)
    serial = tor.TextClassifier(preset="fast", **MODEL).fit(TEXTS, LABELS).score(NEW, NEW_LABELS)
    assert many >= few - 0.05
    assert many >= serial - 0.05


def test_held_out_rows_are_not_learned():
    """Random labels are not predictable for rows that were not learned."""
    texts = [f"only{i} one{i}" for i in range(600)]
    labels = RANDOM.permutation(np.arange(600) % 2)
    model = averaging(n_rounds=6, validation_fraction=0.5, n_partitions=4).fit(texts, labels)
    assert model.history_[-1].accuracy > 0.8
    assert 0.35 < model.history_[-1].held_out < 0.65


# Weights


def test_balanced_classes_are_weighed_by_their_rows():
    chosen = np.flatnonzero((LABELS == "ant") | (np.arange(N_ROWS) % 10 == 0))
    texts, labels = [TEXTS[i] for i in chosen], LABELS[chosen]
    values, counts = np.unique(labels, return_counts=True)
    by_hand = dict(zip(values.tolist(), len(labels) / (3 * counts), strict=True))
    balanced, expected = (
        averaging(tor.TextClassifier(preset="fast", **MODEL, class_weight=spec), n_rounds=2).fit(
            texts, labels
        )
        for spec in ("balanced", by_hand)
    )
    np.testing.assert_array_equal(balanced.coef_, expected.coef_)
    plain = averaging(n_rounds=2).fit(texts, labels)
    assert not np.array_equal(balanced.coef_, plain.coef_)


@pytest.mark.parametrize("kind", ["text", "matrix"])
def test_a_class_weight_that_is_taken_for_a_label_is_said_once(kind, caplog):
    codes = np.unique(LABELS, return_inverse=True)[1]
    spec = {"0": 2.0}
    if kind == "text":
        averaging(tor.TextClassifier(preset="fast", **MODEL, class_weight=spec), n_rounds=2).fit(
            TEXTS, codes
        )
    else:
        X = tor.HashingVectorizer(n_features=2**8).transform(TEXTS)
        averaging(tor.SGDClassifier(class_weight=spec, random_state=0), n_rounds=2).fit(X, codes)
    assert caplog.text.count("class_weight names '0', which is taken for the label 0") == 1


def test_sample_weights_of_arrays_and_of_a_dataset(tmp_path):
    weight = RANDOM.uniform(0, 2, N_ROWS)
    by_array = averaging(n_rounds=2).fit(TEXTS, LABELS, sample_weight=weight)
    dataset = write(tmp_path / "rows.parquet", row_group_size=N_ROWS, weight=weight)
    by_column = averaging(n_rounds=2).fit(dataset)
    np.testing.assert_array_equal(by_array.coef_, by_column.coef_)
    assert not np.array_equal(by_array.coef_, averaging(n_rounds=2).fit(TEXTS, LABELS).coef_)
    twice = averaging(n_rounds=2).fit(TEXTS, LABELS, sample_weight=np.ones(N_ROWS))
    np.testing.assert_array_equal(twice.coef_, averaging(n_rounds=2).fit(TEXTS, LABELS).coef_)


# What it is asked


def test_predictions_of_texts_and_datasets(tmp_path):
    model = averaging().fit(TEXTS, LABELS)
    new = write(tmp_path / "new.parquet", NEW, NEW_LABELS)
    for name in ("predict", "predict_proba", "decision_function"):
        ask = getattr(model, name)
        found = ask(NEW)
        np.testing.assert_array_equal(ask(new), found)
        np.testing.assert_array_equal(ask(np.array(NEW)), found)
        np.testing.assert_array_equal(found, getattr(model.estimator_, name)(NEW))
    assert model.predict_proba(NEW).shape == (300, 3)
    assert model.score(new) == model.score(NEW, NEW_LABELS) > 0.7
    assert model.coef_.shape == (3, 2**10)
    assert model.intercept_.shape == (3,)
    assert not hasattr(model, "n_features_in_")


def test_progress_is_shown(capsys):
    averaging(n_rounds=2, verbose=1).fit(TEXTS, TWO)
    shown = capsys.readouterr().err
    assert "round 1: 420 rows, average loss" in shown
    assert "round 2: 420 rows" in shown


def test_a_stream_of_tables_is_read_for_each_piece():
    def tables():
        for begin in range(0, N_ROWS, 60):
            cut = slice(begin, begin + 60)
            yield pa.table({"text": TEXTS[cut], "label": LABELS[cut]})

    dataset = tor.read(tables, text="text", target="label")
    model = averaging(n_partitions=3, n_rounds=2).fit(dataset)
    assert [mix.n_rows for mix in model.history_] == [N_ROWS] * 2
    assert model.score(dataset) > 0.8
