"""Reports of models by themselves: what a model has kept of its training, without other rows."""

import json

import numpy as np
import pytest

import torrential as tor
from torrential.evaluation.findings.intervals import share

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(8)
WORDS = {"ant|<b>": "leaf tiny six", "bee": "honey wing sting", "cow": "milk grass moo"}
LABELS = RANDOM.choice(list(WORDS), 600, p=[0.5, 0.3, 0.2])
TEXTS = [" ".join(RANDOM.choice(WORDS[label].split(), 3)) + f" <i> {i}"
         for i, label in enumerate(LABELS)]  # fmt: skip
SETS = [[label] if i % 4 else [label, "zoo"] for i, label in enumerate(LABELS)]
SMALL = {"n_features": 2**12}
KINDS = {
    "labels": (tor.TextClassifier, LABELS),
    "two labels": (tor.TextClassifier, np.where(LABELS == "bee", "bee", "<b>")),
    "label sets": (tor.TextClassifier, SETS),
    "numbers": (tor.TextRegressor, RANDOM.normal(size=600)),
}


@pytest.fixture(scope="module", params=KINDS)
def model(request):
    estimator, target = KINDS[request.param]
    return estimator(**SMALL, terms=True).fit(TEXTS, target)


def test_figures_are_those_of_the_first_pass(model):
    figures, first = model.report().figures, model.history_[0]
    head = figures.head
    assert (head.n_passes, head.loss) == (len(model.history_), first.average_loss)
    assert figures.provenance.learned_rows == 600 and figures.provenance.data == ""
    if first.accuracy is None:
        assert head.accuracy is None and head.n_labels is None
    else:
        assert head.accuracy == share(first.accuracy * 600, 600)
        assert head.n_labels == len(model.classes_)
    assert (head.roc_auc is None) == (first.line().roc_auc is None)
    assert [point.n_rows for point in figures.learning.curve] == [64, 128, 256, 512]


def test_labels_are_those_that_thresholds_would_be_chosen_by(model):
    figures = model.report().figures
    if isinstance(model, tor.TextRegressor):
        assert (figures.labels, figures.n_sampled) == ((), 0)
        return
    best = model.choose_thresholds()
    assert figures.n_sampled == best.n_rows > 0
    assert {each.label: (each.f1, each.least) for each in figures.labels} == {
        each.label: (each.f1, each.threshold) for each in best.labels
    }
    assert all(each.chosen is None for each in figures.labels)
    chosen = {each.label: each.chosen for each in model.report().figures.labels}
    assert chosen == best.thresholds
    precise = model.choose_thresholds(min_precision=0.95).thresholds
    for each in figures.labels:
        least = precise.get(each.label, float("inf"))
        assert each.for_precision == (None if least == float("inf") else least)


def test_terms_are_those_that_the_model_keeps(model):
    figures = model.report().figures
    assert figures.has_terms and figures.top_terms
    kept = model.top_terms(1)
    for each in figures.top_terms:
        if each.terms and "bee" in kept and each.label == "bee":
            assert each.terms[0].term in WORDS["bee"].split()


def test_a_page_and_a_card_say_what_labeled_rows_would_add(model, tmp_path):
    report = model.report()
    page, card = report.to_html(), report.to_markdown()
    for text in (page, card):
        assert "No rows were measured: with labeled files" in text
        assert "<b>" not in text and "<i>" not in text
    for name in ("overview", "terms", "training", "provenance"):
        assert f'id="{name}"' in page and f'href="#{name}"' in page
    assert 'href="#segments"' not in page and "from what the model has kept" in page
    assert "model-index" not in card and "trained on 600 rows" in str(report)
    report.save(tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["head"]["n_passes"] == 3


def test_a_model_without_terms_and_predictions_says_so(tmp_path):
    model = tor.TextClassifier(**SMALL).fit(TEXTS, LABELS)
    model.save(tmp_path / "m", max_size="30 KB")
    small = tor.load(tmp_path / "m")
    report = small.report()
    assert report.figures.top_terms == () and not report.figures.has_terms
    assert "terms, which this model has not kept" in report.to_markdown()
    assert "Learning curve" in report.to_html()


@pytest.mark.parametrize("asked", [{"by": ["a"]}, {"train": TEXTS}])
def test_what_needs_rows_is_refused(model, asked):
    (name,) = asked
    with pytest.raises(tor.ParameterError, match=f"{name} is for a report on labeled rows"):
        model.report(**asked)


def test_from_the_command_line(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tor.TextClassifier(**SMALL).fit(TEXTS, LABELS).save("animals.model")
    code, out, err = run("report", "animals.model", "-o", "r.html")
    assert (code, err) == (0, "") and "animals: trained on 600 rows; " in out
    assert "torrential report animals.model" in (tmp_path / "r.html").read_text()
    code, out, _ = run("report", "animals.model", "--json")
    assert code == 0 and json.loads(out)["head"]["n_labels"] == 3
    code, _, err = run("report", "animals.model", "--by", "shop")
    assert code == 2 and "by is for a report on labeled rows" in err
    code, _, err = run("report", "animals.model", "animals.model")
    assert code == 2 and "FILES is missing" in err
