"""Estimators of rows with any number of labels."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp
from sklearn import metrics as sk

import torrential as tor
from torrential.errors import DataError, ParameterError

WORDS = {"gas": "pipe", "oil": "barrel", "corn": "crop", "gold": "ounce"}
LABELS = sorted(WORDS)


def make(seed=0, n_rows=400):
    """Return texts and their labels, which words of theirs tell, with some noise."""
    rng = np.random.default_rng(seed)
    has_label = rng.random((n_rows, len(LABELS))) < 0.3
    texts = [
        " ".join(
            [WORDS[label] for label, has in zip(LABELS, row) if has != (rng.random() < 0.03)]
            + [f"noise{rng.integers(30)}" for _ in range(4)]
        )
        for row in has_label
    ]
    return texts, [np.array(LABELS)[row].tolist() for row in has_label], has_label


TEXTS, TOPICS, MATRIX = make()


def classifier(**parameters):
    return tor.TextClassifier(preset="fast", n_features=2**12, **parameters)


def as_matrix(sets):
    return np.array([[label in labels for label in LABELS] for labels in sets])


def bits(model):
    return model.coef_.tobytes() + model.intercept_.tobytes()


@pytest.fixture(scope="module")
def fitted():
    return classifier(loss="log_loss").fit(TEXTS, TOPICS)


def test_labels_of_lists(fitted):
    predicted = fitted.predict(TEXTS[:50])
    assert predicted.dtype == object and all(type(each) is tuple for each in predicted)
    assert fitted.classes_.tolist() == LABELS
    scores, probabilities = fitted.decision_function(TEXTS), fitted.predict_proba(TEXTS)
    assert scores.shape == probabilities.shape == MATRIX.shape
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-scores.astype(float))))
    assert (as_matrix(fitted.predict(TEXTS)) == (scores > 0)).all()
    exact = (as_matrix(fitted.predict(TEXTS)) == MATRIX).all(axis=1).mean()
    assert fitted.score(TEXTS, TOPICS) == exact > 0.7
    assert fitted.predict([]).shape == (0,) and fitted.predict_proba([]).shape == (0, 4)


@pytest.mark.parametrize("make_y", [np.asarray, sp.csr_matrix, pd.DataFrame])
def test_labels_of_a_matrix(make_y, fitted, tmp_path):
    y = make_y(MATRIX.astype(int))
    model = classifier(loss="log_loss").fit(TEXTS, y)
    assert model.classes_.tolist() == [0, 1, 2, 3]
    predicted = model.predict(TEXTS)
    assert predicted.dtype == np.int64 and predicted.shape == MATRIX.shape
    assert model.score(TEXTS, y) == (predicted == MATRIX).all(axis=1).mean() > 0.7
    assert sk.f1_score(MATRIX, predicted, average="micro") > 0.75
    model.save(tmp_path / "a.model")
    assert (tor.load(tmp_path / "a.model").predict(TEXTS) == predicted).all()


def test_columns_of_a_matrix_without_rows_are_labels_too():
    y = np.zeros((400, 6), int)
    y[:, [1, 4]] = MATRIX[:, :2]
    model = classifier().fit(TEXTS, y)
    assert model.classes_.tolist() == list(range(6))
    assert model.predict(TEXTS)[:, [0, 2, 3, 5]].sum() == 0


@pytest.mark.parametrize("n_labels", [1, 2])
def test_few_labels(n_labels):
    topics = [labels[:1] if n_labels == 1 and "corn" in labels else [] for labels in TOPICS]
    if n_labels == 2:
        topics = [[each for each in labels if each in ("corn", "gas")] for labels in TOPICS]
    model = classifier(loss="log_loss").fit(TEXTS, topics)
    assert model.coef_.shape == (n_labels, 2**12)
    assert model.decision_function(TEXTS).shape == (len(TEXTS), n_labels)
    assert model.predict_proba(TEXTS).shape == model.decision_function(TEXTS).shape
    assert model.score(TEXTS, topics) > 0.8
    assert set(map(len, model.predict(TEXTS))) >= {0, n_labels}


@pytest.mark.parametrize("loss", ["log_loss", "hinge", "squared_hinge"])
def test_each_label_is_as_of_a_classifier_of_its_own(loss):
    """Those that are known before the first row begin like one."""
    first = [[*LABELS], *TOPICS]
    texts = ["all of them", *TEXTS]
    model = classifier(loss=loss, shuffle=False, max_iter=1).fit(texts, first)
    for place, label in enumerate(LABELS):
        own = classifier(loss=loss, shuffle=False, max_iter=1)
        own.fit(texts, ["yes" if label in labels else "no" for labels in first])
        ours, theirs = model.decision_function(TEXTS)[:, place], own.decision_function(TEXTS)
        np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=1e-2)


def test_margins_have_probabilities_from_one_sigmoid():
    model = classifier(loss="hinge").fit(TEXTS, TOPICS)
    probabilities = model.predict_proba(TEXTS)
    assert ((probabilities > 0) & (probabilities < 1)).all()
    order = np.argsort(model.decision_function(TEXTS).ravel(), kind="stable")
    assert (np.diff(probabilities.ravel()[order]) >= 0).all()
    assert sk.log_loss(MATRIX.ravel(), probabilities.ravel()) < 0.3


def test_the_report_is_that_of_scikit_learn(fitted):
    texts, topics, matrix = make(seed=1)
    report = fitted.evaluate(texts, topics)
    predicted, scores = as_matrix(fitted.predict(texts)), fitted.decision_function(texts)
    for average in ("micro", "macro", "weighted", "samples"):
        expected = sk.f1_score(matrix, predicted, average=average, zero_division=0)
        assert report.averages["f1"][average] == pytest.approx(expected, abs=1e-12)
    assert report.accuracy == pytest.approx(fitted.score(texts, topics))
    assert report.hamming_loss == pytest.approx(sk.hamming_loss(matrix, predicted))
    ranking = sk.label_ranking_average_precision_score(matrix, scores)
    assert report.ranking_precision == pytest.approx(ranking, abs=1e-12)
    assert [each.label for each in report.classes] == LABELS


def test_labels_that_were_never_seen_count_as_wrong(fitted):
    report = fitted.evaluate(["a", "b"], [["zinc"], ["oil", "zinc"]])
    assert [each.label for each in report.classes if not each.seen] == ["zinc"]
    assert report.recall_at[5] == 0.25
    with pytest.raises(DataError, match="None of the labels"):
        fitted.evaluate(["a", "b"], [["zinc"], ["iron"]])
    assert fitted.evaluate(["a", "b"], [[], []]).n_rows == 2


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_bits_are_the_same_for_any_number_of_threads_files_and_a_cache(n_jobs, tmp_path):
    frame = pd.DataFrame({"text": TEXTS, "topics": TOPICS})
    expected = bits(classifier(n_jobs=2).fit(TEXTS, TOPICS))
    frame.to_json(tmp_path / "rows.jsonl", orient="records", lines=True)
    frame.to_parquet(tmp_path / "rows.parquet")
    for name in ("rows.jsonl", "rows.parquet"):
        dataset = tor.read(tmp_path / name, text="text", target="topics")
        assert bits(classifier(n_jobs=n_jobs).fit(dataset)) == expected
        cached = dataset.cache(tmp_path / "cache")
        for _ in range(2):
            assert bits(classifier(n_jobs=n_jobs).fit(cached)) == expected
    assert list((tmp_path / "cache").glob("*.records"))


def test_a_checkpoint_goes_on_with_the_same_bits(tmp_path):
    path = tmp_path / "a.checkpoint"
    dataset = tor.read(pd.DataFrame({"t": TEXTS, "y": TOPICS}), text="t", target="y")
    expected = bits(classifier(max_iter=3).fit(dataset))
    classifier(max_iter=3).fit(dataset, checkpoint=path, checkpoint_every="0s")
    resumed = classifier(max_iter=3).fit(dataset, checkpoint=path, resume=True)
    assert bits(resumed) == expected


def test_a_file_of_a_model(fitted, tmp_path):
    fitted.save(tmp_path / "a.model")
    loaded = tor.load(tmp_path / "a.model")
    assert bits(loaded) == bits(fitted) and loaded.classes_.tolist() == LABELS
    more = [["zinc"], ["corn"]] * 20
    for model in (loaded, classifier(loss="log_loss").fit(TEXTS, TOPICS)):
        model.partial_fit(["zinc ore", "crop"] * 20, more)
        assert model.classes_.tolist() == ["corn", "gas", "gold", "oil", "zinc"]
    fitted.save(tmp_path / "small.model", max_size="30 kB")
    small = tor.load(tmp_path / "small.model")
    same = as_matrix(small.predict(TEXTS)) == as_matrix(fitted.predict(TEXTS))
    assert same.mean() > 0.98


def test_rows_of_the_other_kind_are_an_error(fitted):
    with pytest.raises(DataError, match="These rows have one label each"):
        fitted.partial_fit(TEXTS, ["corn"] * 400)
    single = classifier().fit(["a", "b"] * 20, ["x", "y"] * 20)
    for way in (single.partial_fit, single.score, single.evaluate):
        with pytest.raises(DataError, match="several labels"):
            way(["a", "b"], [["x"], ["y"]])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"class_weight": "balanced"}, "class_weight is for one label a row.* give rows weights"),
        ({"class_weight": {"gas": 2}}, "class_weight is for one label a row.* give rows weights"),
    ],
)
def test_parameters_for_one_label_a_row(parameters, message):
    with pytest.raises(ParameterError, match=message):
        classifier(**parameters).fit(TEXTS, TOPICS)


def test_rows_without_any_label_are_an_error():
    with pytest.raises(DataError, match="None of the 2 rows"):
        classifier().fit(["a", "b"], [[], []])
    with pytest.raises(DataError, match="None of the 2 rows"):
        classifier().fit(["a", "b"], [[], None])


def test_rows_that_are_counted():
    model = classifier().fit([*TEXTS, "a", "b"], [*TOPICS, None, ["oil", "oil", "gas"]])
    assert model.counts_.unlabelled == 1 and model.counts_.other_labels == 1
    assert model.counts_.n_rows == 402


def test_explanations(fitted):
    model = classifier(terms=True, loss="log_loss").fit(TEXTS, TOPICS)
    terms = model.top_terms(1)
    assert {label: found[0].term for label, found in terms.items()} == WORDS
    explained = model.explain("pipe barrel")
    assert explained.predicted == ("gas", "oil") and "gas" in str(explained) + "oil"
    assert json.loads(json.dumps(explained.to_dict()))["predicted"] == ["gas", "oil"]
    np.testing.assert_allclose(
        explained.decision, model.decision_function(["pipe barrel"])[0], rtol=1e-4, atol=1e-5
    )


def test_cross_validation_and_searches():
    scoring = ["accuracy", "f1_micro", "f1_samples", "precision_at_1", "neg_hamming_loss"]
    found = tor.cross_validate(classifier(), TEXTS, TOPICS, cv=3, scoring=scoring)
    assert found["test_f1_micro"].shape == (3,) and found["test_f1_micro"].min() > 0.8
    dataset = tor.read(pd.DataFrame({"t": TEXTS, "y": TOPICS}), text="t", target="y")
    (train, test) = dataset.folds(3)[0]
    report = classifier().fit(train).evaluate(test)
    assert found["test_f1_micro"][0] == report.micro_f1
    assert found["test_precision_at_1"][0] == report.precision_at[1]
    stratified = tor.cross_validate(classifier(), TEXTS, TOPICS, cv=3, stratify=True)
    assert stratified["test_score"].min() > 0.5
    search = tor.GridSearchCV(classifier(), {"eta0": [0.01, 0.5]}, cv=3, scoring="f1_micro")
    search.fit(TEXTS, TOPICS)
    assert bits(search.best_estimator_) == bits(classifier(**search.best_params_).fit(dataset))
    halving = tor.HalvingGridSearchCV(classifier(), {"eta0": [0.01, 0.1, 0.5]}, cv=2)
    assert halving.fit(TEXTS, TOPICS).best_score_ > 0.5


def test_scorers_of_the_other_kind_are_an_error():
    for labels, scoring, message in (
        (TOPICS, "roc_auc", "is for classifiers of one label a row"),
        (["a", "b"] * 200, "f1_samples", "is for classifiers of several labels a row"),
    ):
        with pytest.raises(ParameterError, match=message):
            tor.cross_validate(classifier(), TEXTS, labels, cv=2, scoring=scoring)


def test_bagging():
    bag = tor.BaggingClassifier(classifier(), n_estimators=3).fit(TEXTS, TOPICS)
    mean, std = bag.predict_proba(TEXTS, return_std=True)
    assert mean.shape == std.shape == MATRIX.shape
    assert (as_matrix(bag.predict(TEXTS)) == (mean > 0.5)).all()
    assert bag.score(TEXTS, TOPICS) > 0.7
    of_matrix = tor.BaggingClassifier(classifier(), n_estimators=2).fit(TEXTS, MATRIX)
    assert of_matrix.predict(TEXTS).shape == MATRIX.shape
    assert of_matrix.score(TEXTS, MATRIX) > 0.7


def test_parts_that_are_averaged():
    dataset = tor.read(pd.DataFrame({"t": TEXTS, "y": TOPICS}), text="t", target="y")
    learner = tor.ParameterAveraging(classifier(), n_partitions=2, n_rounds=3)
    models = [learner.fit(dataset).estimator_ for _ in range(2)]
    assert bits(models[0]) == bits(models[1])
    assert models[0].score(TEXTS, TOPICS) > 0.6


def test_models_that_are_averaged():
    halves = [classifier().fit(TEXTS[k::2], TOPICS[k::2]) for k in range(2)]
    halves.append(classifier().fit(TEXTS, [[*labels, "zinc"] for labels in TOPICS]))
    mean = tor.average(halves)
    assert mean.classes_.tolist() == [*LABELS, "zinc"]
    assert mean.coef_.shape == (5, 2**12)
    with pytest.raises(ParameterError, match="several labels a row"):
        tor.average([halves[0], classifier().fit(["a", "b"] * 9, ["x", "y"] * 9)])


@pytest.mark.parametrize("name", ["rows.parquet", "rows.jsonl"])
def test_files_of_predictions(fitted, name, tmp_path):
    dataset = tor.read({"text": TEXTS}, text="text")
    fitted.predict_to(dataset, tmp_path / name, top_k=2)
    table = (
        pq.read_table(tmp_path / name).to_pylist()
        if name.endswith("parquet")
        else [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
    )
    predicted, probabilities = fitted.predict(TEXTS), fitted.predict_proba(TEXTS)
    assert [tuple(row["labels"]) for row in table] == predicted.tolist()
    for row, of_row in zip(table, probabilities):
        chosen = of_row[[LABELS.index(label) for label in row["labels"]]]
        np.testing.assert_allclose(row["probabilities"], chosen, rtol=1e-5)
        best = np.argsort(-of_row, kind="stable")
        assert row["probability"] == pytest.approx(of_row[best[0]], rel=1e-5)
        assert row["probability_2"] == pytest.approx(of_row[best[1]], rel=1e-5)
    counts = fitted.predict_to(dataset, tmp_path / name, keep="gas")
    assert counts.n_kept == sum("gas" in each for each in predicted)
    counts = fitted.predict_to(dataset, tmp_path / name, threshold={"gas": 0.9})
    assert counts.n_kept == (probabilities[:, LABELS.index("gas")] >= np.float32(0.9)).sum()


def test_thresholds_of_labels(fitted):
    probabilities = fitted.predict_proba(TEXTS).astype(np.float32)
    usual = as_matrix(fitted.predict(TEXTS))
    assert (as_matrix(fitted.predict(TEXTS, threshold=0.9)) == (probabilities >= 0.9)).all()
    expected = usual.copy()
    expected[:, LABELS.index("gas")] = probabilities[:, LABELS.index("gas")] >= np.float32(0.2)
    assert (as_matrix(fitted.predict(TEXTS, threshold={"gas": 0.2})) == expected).all()
    with pytest.raises(ParameterError, match="rows any number"):
        fitted.predict_to(tor.read({"t": TEXTS}, text="t"), "-", threshold=0.5, reject=True)


def test_the_command_line(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"text": TEXTS, "topics": TOPICS}).to_parquet("rows.parquet")
    frame = pd.DataFrame({"text": TEXTS, "topics": ["|".join(each) for each in TOPICS]})
    frame.to_csv("rows.csv", index=False)
    names = ["--text", "text", "--target", "topics"]
    code, out, err = run("train", "rows.parquet", *names, "-o", "a.model", "--test", "rows.parquet")
    assert code == 0 and "On held-out rows: micro-F1" in out, err
    code, out, err = run("evaluate", "a.model", "rows.parquet", *names)
    assert code == 0 and "Precision" in out and "gold" in out, err
    code, out, err = run("evaluate", "a.model", "rows.parquet", *names, "--json")
    assert code == 0 and json.loads(out)["averages"]["f1"]["micro"] > 0.8, err
    assert run("predict", "a.model", "rows.parquet", "-o", "out.parquet")[0] == 0
    assert len(pq.read_table("out.parquet").column("labels")) == len(TEXTS)
    split = ["--target-separator", "|"]
    assert run("train", "rows.csv", *names, *split, "-o", "b.model")[0] == 0
    code, out, err = run("evaluate", "b.model", "rows.csv", *split)
    assert code == 0 and f"on {len(TEXTS)} rows" in out, err
    assert run("inspect", "b.model")[0] == 0
    lines = [
        "".join(f"__label__{label} " for label in labels) + text
        for labels, text in zip(TOPICS, TEXTS)
    ]
    (tmp_path / "rows.txt").write_text("\n".join(lines))
    code, out, err = run("evaluate", "b.model", "rows.txt", "--json")
    assert code == 0 and json.loads(out)["n_labels_per_row"] > 1.2, err
    code, out, err = run("explain", "b.model", "pipe barrel")
    assert code == 0 and "gas" in out + err


def test_lines_of_fasttext(tmp_path):
    path = tmp_path / "rows.txt"
    lines = [
        "".join(f"__label__{label} " for label in labels) + text
        for labels, text in zip(TOPICS, TEXTS)
    ]
    path.write_text("\n".join(lines) + "\n")
    model = classifier().fit(tor.read(path, multilabel=True))
    assert model.classes_.tolist() == LABELS
    assert model.counts_.unlabelled == sum(not labels for labels in TOPICS)
    assert model.evaluate(tor.read(path, multilabel=True)).micro_f1 > 0.9


def test_tables():
    frame = pd.DataFrame({"a": [text.split()[0] for text in TEXTS], "n": np.arange(400.0)})
    model = tor.TableClassifier(n_features=2**12).fit(frame, MATRIX.astype(int))
    assert model.predict(frame).shape == MATRIX.shape
    lists = tor.TableClassifier(n_features=2**12).fit(frame.assign(y=TOPICS).pipe(
        lambda table: tor.read(table, target="y")
    ))  # fmt: skip
    assert lists.classes_.tolist() == LABELS
    with pytest.raises(ParameterError, match="crosses='auto' looks for crosses of one label"):
        tor.TableClassifier(crosses="auto").fit(frame, MATRIX.astype(int))


@pytest.mark.parametrize(
    "estimator",
    [
        tor.VotingClassifier([classifier()]),
        tor.OutOfCore(tor.SGDClassifier()),
        tor.TextRegressor(preset="fast"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_estimators_of_one_target_a_row(estimator):
    dataset = tor.read(pd.DataFrame({"t": TEXTS, "y": TOPICS}), text="t", target="y")
    with pytest.raises((ParameterError, DataError), match=r"several labels|of type list"):
        estimator.fit(dataset)


def test_a_cluster_has_the_bits_of_threads(address, fitted, tmp_path):
    frame = pd.DataFrame({"text": TEXTS, "topics": TOPICS})
    for number in range(4):
        frame.iloc[number::4].to_parquet(tmp_path / f"{number}.parquet")
    dataset = tor.read(tmp_path, text="text", target="topics")
    reports = [fitted.evaluate(dataset, executor=each) for each in (None, address)]
    assert reports[0] == reports[1]
    assert fitted.predict(dataset, executor=address).tolist() == fitted.predict(dataset).tolist()
    scores = [
        tor.cross_validate(classifier(), dataset, cv=2, scoring="f1_micro", executor=each)
        for each in (None, address)
    ]
    assert scores[0]["test_score"].tolist() == scores[1]["test_score"].tolist()
    models = [
        tor.ParameterAveraging(classifier(), n_partitions=2, n_rounds=2, executor=each).fit(dataset)
        for each in (None, address)
    ]
    assert bits(models[0].estimator_) == bits(models[1].estimator_)
