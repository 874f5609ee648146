"""Reports of models: figures of one pass, checked against those of all predictions at once."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn import metrics

import torrential as tor
from report_checks import check_flat_memory, check_same_for_workers, rows_in_groups
from torrential.engine.reporting.learning import learning_of

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(0)
WORDS = {"ant": "leaf tiny six", "bee": "honey wing sting", "cow": "milk grass moo"}
LABELS = RANDOM.choice(list(WORDS), 600, p=[0.5, 0.3, 0.2])
TEXTS = [
    " ".join(RANDOM.choice(WORDS[label if luck < 0.8 else "cow"].split(), 4)) + f" no{i}"
    for i, (label, luck) in enumerate(zip(LABELS, RANDOM.random(600), strict=True))
]
SMALL = {"n_features": 2**12, "n_jobs": 2}


@pytest.fixture(scope="module")
def model():
    return tor.TextClassifier(**SMALL).fit(TEXTS[:400], LABELS[:400])


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    table = {"text": TEXTS[400:], "label": LABELS[400:], "site": ["a", "b"] * 100}
    return rows_in_groups(tmp_path_factory.mktemp("rows"), table, "label")


@pytest.fixture(scope="module")
def figures(model, rows):
    return model.report(rows, by=["site"]).figures


def test_figures_are_those_of_evaluate(model, rows, figures):
    found, head = model.evaluate(rows), figures.head
    assert (head.accuracy.value, head.n_rows) == (found.accuracy, 200)
    assert head.macro_f1.value == found.macro_f1
    assert head.log_loss.value == pytest.approx(found.log_loss)
    assert head.accuracy.low < head.accuracy.value < head.accuracy.high
    assert head.macro_f1.low < head.macro_f1.value < head.macro_f1.high
    assert head.log_loss.low < head.log_loss.value < head.log_loss.high
    values, counts = np.unique(LABELS[400:], return_counts=True)
    assert (head.majority, head.baseline) == (values[counts.argmax()], counts.max() / 200)
    assert {each.label: (each.precision, each.recall) for each in figures.classes} == {
        each.label: (each.precision, each.recall) for each in found.classes
    }
    assert [each.support for each in figures.classes] == sorted(counts, reverse=True)


def test_confusions_are_those_of_the_predictions(model, figures):
    predicted, names = model.predict(TEXTS[400:]), [each.label for each in figures.classes]
    expected = metrics.confusion_matrix(LABELS[400:], predicted, labels=names)
    assert np.array_equal(figures.matrix, expected)
    pairs = {(each.true, each.predicted): each.weight for each in figures.confusions}
    wrong = LABELS[400:] != predicted
    assert sum(pairs.values()) == wrong.sum() and figures.n_confusions == len(pairs)
    for (true, given_label), weight in pairs.items():
        assert ((LABELS[400:] == true) & (predicted == given_label)).sum() == weight


def test_errors_are_the_most_confident_wrong_rows_in_order(model, rows):
    errors = model.report(rows, n_errors=7).figures.errors
    likely = model.predict_proba(TEXTS[400:])
    predicted = model.predict(TEXTS[400:])
    wrong = np.flatnonzero(predicted != LABELS[400:])
    order = wrong[np.argsort(-likely[wrong].max(axis=1).astype(np.float32), kind="stable")][:7]
    places = [60 * int(each.origin[-1]) + each.number for each in errors]  # of a row group
    assert places == order.tolist()
    assert [each.true for each in errors] == LABELS[400:][order].tolist()
    assert ["".join(piece.text for piece in each.pieces) for each in errors] == [
        TEXTS[400 + place] for place in order
    ]
    assert not any(each.is_cut for each in errors)


def test_words_that_speak_for_the_wrong_label_have_a_positive_score(model, rows):
    for error in model.report(rows).figures.errors[:5]:
        scores = {piece.text: piece.score for piece in error.pieces}
        for label, sign in ((error.predicted, 1), (error.true, -1)):
            found = [scores[word] for word in WORDS[label].split() if word in scores]
            assert all(sign * score > 0 for score in found)
        assert any(word in scores for word in WORDS[error.predicted].split())


def test_scores_of_pieces_add_up_to_those_of_the_terms(model, rows):
    error = model.report(rows).figures.errors[0]
    text = "".join(piece.text for piece in error.pieces)
    explained = model.explain(text)
    names = list(model.classes_)
    against = explained.decision[names.index(error.predicted)]
    against -= explained.decision[names.index(error.true)]
    bias = explained.intercept[names.index(error.predicted)]
    bias -= explained.intercept[names.index(error.true)]
    assert sum(piece.score for piece in error.pieces) == pytest.approx(against - bias, abs=1e-2)


def test_two_classes_have_signs_by_the_predicted_label():
    labels = ["yes" if i % 2 else "no" for i in range(200)]
    texts = [f"{'good' if label == 'yes' else 'bad'} film" for label in labels]
    model = tor.TextClassifier(**SMALL).fit(texts, labels)
    figures = model.report(["good film", "bad film"], ["no", "yes"]).figures
    assert [each.predicted for each in figures.errors] == ["yes", "no"]
    for error, word in zip(figures.errors, ["good", "bad"], strict=True):
        assert {piece.text: piece.score > 0 for piece in error.pieces}[word]
    terms = {each.label: each.terms[0].term for each in figures.top_terms}
    assert terms == {"yes": "good", "no": "bad"}


def test_terms_are_words_and_those_of_the_model_where_it_keeps_them(model, rows, figures):
    named = {each.label: {term.term for term in each.terms} for each in figures.top_terms}
    for label, words in WORDS.items():
        assert set(words.split()) & named[label]
    kept = tor.TextClassifier(**SMALL, terms=True).fit(TEXTS[:400], LABELS[:400])
    of_kept = kept.report(rows).figures.top_terms[0]
    expected = [each for each in kept.top_terms(100)[of_kept.label] if each.term.startswith("word")]
    assert [each.term for each in of_kept.terms] == [
        each.term.removeprefix('word: "').rstrip('"') for each in expected[: len(of_kept.terms)]
    ]
    assert of_kept.terms[0].weight == pytest.approx(expected[0].weight, rel=1e-4)


def test_segments(model, rows, figures):
    tables = {table.name: table for table in figures.segments}
    hit = model.predict(TEXTS[400:]) == LABELS[400:]
    assert {each.value: each.accuracy.value for each in tables["site"].segments} == {
        "a": hit[::2].mean(),
        "b": hit[1::2].mean(),
    }
    assert sum(each.weight for each in tables["unknown terms"].segments) == 200
    assert not {"file", "script", "length in characters"} & {*tables}  # one segment has all rows


def test_segments_of_texts_and_files(model, tmp_path):
    for number in range(2):
        lines = [f"{text},{label}" for text, label in zip(TEXTS[400:440], LABELS[400:440])]
        lines += [f"мёд,{LABELS[number]}", f"{'leaf ' * 30},ant"]
        (tmp_path / f"{number}.csv").write_text("\n".join(["text,label", *lines]))
    figures = model.report(tor.read(tmp_path / "*.csv", text="text", target="label")).figures
    tables = {
        table.name: {each.value.rpartition("/")[2]: each.weight for each in table.segments}
        for table in figures.segments
    }
    assert tables["file"] == {"0.csv": 42, "1.csv": 42}
    assert tables["script"] == {"Latin": 82, "Cyrillic": 2}
    assert tables["length in characters"] == {"1 to 19": 2, "20 to 49": 80, "100 to 199": 2}


def test_odd_rows_are_counted(model):
    texts = pa.array([b"", None, b"\xff\xfe", b"honey", b"leaf"], pa.binary())
    rows = tor.read({"text": texts, "label": ["ant", "bee", "cow", None, "zoo"]},
                    text="text", target="label")  # fmt: skip
    figures = model.report(rows).figures
    assert (figures.rows.null, figures.rows.empty, figures.rows.invalid) == (1, 2, 1)
    assert (figures.rows.unlabeled, figures.head.n_rows) == (1, 4)
    assert {each.label: each.seen for each in figures.classes}["zoo"] is False
    assert next(each for each in figures.errors if each.true == "zoo").of_true is None


def test_weights_count():
    weight = np.r_[np.full(100, 3.0), np.ones(100)]
    model = tor.TextClassifier(**SMALL).fit(TEXTS[:400], LABELS[:400])
    head = model.report(TEXTS[400:], LABELS[400:], weight).figures.head
    once = model.report(TEXTS[400:], LABELS[400:]).figures.head
    assert head.accuracy.value == model.evaluate(TEXTS[400:], LABELS[400:], weight).accuracy
    # Rows that weigh more do not make the sample larger.
    assert head.accuracy.high - head.accuracy.low > once.accuracy.high - once.accuracy.low


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_the_same_figures_for_any_number_of_workers(model, rows, figures, n_jobs, tmp_path):
    check_same_for_workers(model, rows, figures, n_jobs, tmp_path, by=["site"])


def test_a_cached_dataset_has_its_texts(model, rows, figures, tmp_path):
    cached = rows.cache(tmp_path)
    model.evaluate(cached)
    assert model.report(cached, by=["site"]).figures.errors == figures.errors


def test_memory_does_not_grow_with_the_rows(model):
    check_flat_memory(model, TEXTS, LABELS)


def test_json_is_valid_and_whole(model, rows, tmp_path):
    report = model.report(rows)
    report.save(tmp_path / "report.json")
    facts = json.loads((tmp_path / "report.json").read_text())
    assert facts["head"]["accuracy"]["value"] == report.figures.head.accuracy.value
    assert facts["provenance"]["versions"]["torrential"] == tor.__version__
    assert facts["provenance"]["parameters"]["n_features"] == 2**12
    assert facts["provenance"]["chosen"] == {"n_features": 2**12}


def test_the_learning_curve_is_in_the_model_file(tmp_path):
    model = tor.TextClassifier(**SMALL).fit(TEXTS, LABELS)
    model.save(tmp_path / "m")
    again = tor.load(tmp_path / "m")
    assert learning_of(again.history_) == learning_of(model.history_)
    curve = learning_of(model.history_).curve
    assert [point.n_rows for point in curve] == [64, 128, 256, 512]
    first = model.history_[0]
    n, correct = zip(*[(line.n_rows, line.accuracy * line.n_rows) for line in first.lines])
    assert curve[-1].accuracy == pytest.approx((correct[-1] - correct[-2]) / (n[-1] - n[-2]))


@pytest.mark.parametrize(
    ("by", "n_errors", "sentence"),
    [("site", 1, "not a list"), (["gone"], 1, "gone"), ([], -1, "n_errors"), ([], True, "n_err")],
)
def test_what_is_asked_for_is_checked(model, rows, by, n_errors, sentence):
    with pytest.raises((tor.ParameterError, tor.DataError), match=sentence):
        model.report(rows, by=by, n_errors=n_errors)


def test_a_report_has_a_name_that_says_its_kind(model, rows, tmp_path):
    with pytest.raises(tor.ParameterError, match=r"end it in \.html, \.md or \.json"):
        model.report(rows).save(tmp_path / "report.pdf")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_rows_of_the_training_are_a_segment(n_jobs, tmp_path):
    model = tor.TextClassifier(n_features=2**12, n_jobs=n_jobs).fit(TEXTS[:400], LABELS[:400])
    rows = pa.table({"text": TEXTS[300:500], "label": LABELS[300:500]})
    parquet.write_table(rows, tmp_path / "rows.parquet", row_group_size=33)
    dataset = tor.read(tmp_path / "rows.parquet", text="text", target="label")
    report = model.report(dataset, train=TEXTS[:400])
    table = next(each for each in report.figures.segments if each.name == "row of the training")
    hit = model.predict(TEXTS[300:500]) == LABELS[300:500]
    assert [(each.value, each.weight, each.accuracy.value) for each in table.segments] == [
        ("no", 100, hit[100:].mean()), ("yes", 100, hit[:100].mean()),
    ]  # fmt: skip
    assert "100 rows, 50.0%, are also in the training" in report.to_markdown()
    alone = model.report(dataset, train=TEXTS[:100])
    assert "None of the rows are in the training" in alone.to_markdown()


def test_wrong_labels_of_the_training_are_found():
    wrong = np.random.default_rng(5).choice(300, 12, replace=False)
    labels = np.array(["yes" if i % 2 else "no" for i in range(300)])
    texts = [f"{'good' if i % 2 else 'bad'} film <b> no{i}" for i in range(300)]
    given_labels = labels.copy()
    given_labels[wrong] = np.where(labels[wrong] == "yes", "no", "yes")
    train = tor.read({"text": texts, "label": given_labels}, text="text", target="label")
    model = tor.TextClassifier(**SMALL).fit(train)
    report = model.report(texts, labels, train=train, label_errors=True, n_errors=12)
    found = report.figures.label_errors
    shown = {"".join(piece.text for piece in each.pieces) for each in found}
    assert shown == {texts[place] for place in wrong} and len(found) == 12
    assert {each.number for each in found} == {None}  # of a fold it would be another row
    assert [each.probability for each in found] == sorted(
        (each.probability for each in found), reverse=True
    )
    assert "Probable label errors" in report.to_html() and "<b>" not in report.to_html()
    assert "Probable label errors" in report.to_markdown()
    assert model.report(texts, labels).figures.label_errors is None
    with pytest.raises(tor.ParameterError, match="give them as train"):
        model.report(texts, labels, train=texts, label_errors=True)


def test_texts_without_spaces_are_explained_by_characters():
    words = {"neg": "房间不好。", "pos": "位置很好，"}
    labels = ["neg", "pos"] * 60
    texts = [f"早餐{words[label]}酒店{i % 7}" for i, label in enumerate(labels)]
    model = tor.TextClassifier(n_features=2**14).fit(texts, labels)
    figures = model.report([*texts, *texts[:3]], [*labels, "pos", "pos", "pos"]).figures
    terms = {each.label: [term.term for term in each.terms] for each in figures.top_terms}
    assert any("不" in term for term in terms["neg"]) and all(len(t) <= 6 for t in terms["pos"])
    assert max(len(piece.text) for piece in figures.errors[0].pieces if piece.score) <= 2
    assert all(len(each.term) <= 5 for each in figures.error_terms)


@pytest.mark.parametrize(
    "parameters",
    [
        {"tokenizer": str.split, "token_pattern": None},
        {"analyzer": str.split},
        {"preprocessor": str.upper},
        {"token_pattern": r"\w"},
        {"analyzer": "char", "ngram_range": (1, 3)},
        {"stop_words": "english", "strip_accents": "unicode"},
        {"calibration": None},
        {"views": ["word:1", "char:2-3"], "terms": 50},
    ],
    ids=repr,
)
def test_features_of_all_kinds(parameters):
    model = tor.TextClassifier(**SMALL, **parameters).fit(TEXTS[:200], LABELS[:200])
    report = model.report(TEXTS[200:300], LABELS[200:300])
    assert report.figures.head.accuracy.value == model.score(TEXTS[200:300], LABELS[200:300])
    assert "provenance" in report.to_html() and report.to_markdown()
    has_function = any(callable(value) for value in parameters.values())
    assert (report.figures.provenance.fingerprint is None) == has_function


def test_models_that_keep_the_heaviest_weights_only(model, rows, tmp_path):
    model.save(tmp_path / "m", max_size="40 KB")
    small = tor.load(tmp_path / "m")
    figures = small.report(rows).figures
    assert figures.head.accuracy.value == small.score(rows)
    assert figures.errors and figures.top_terms


def test_an_error_that_is_repeated_is_shown_once(model):
    figures = model.report(["honey wing"] * 5 + ["milk moo"], ["cow"] * 3 + ["ant"] * 3).figures
    assert [(each.true, each.predicted) for each in figures.errors].count(("cow", "bee")) == 1
    assert len(figures.errors) == 3
