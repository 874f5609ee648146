"""Objects for people: short texts, and HTML in which all data is escaped."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import torrential as tor
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.shown import MOST_ROWS, Curve, Shown

MARKUP = "<script>alert('a & b')</script>"
TEXTS = [f"{w} film <i>{i % 7}</i>" for i in range(60) for w in ("good", "bad")]
LABELS = [MARKUP, "no"] * 60
VOID = {"path", "polyline", "progress"}


class Checked(HTMLParser):
    """Keeps the tags and the text of a page, and checks that tags nest."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.text = [], set(), ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def objects():
    rows = tor.read({"<b>": TEXTS, "y": LABELS}, text="<b>", target="y")
    model = tor.TextClassifier(n_features=2**10, terms=True, max_iter=2).fit(rows)
    curve = {"n_features": 2**10, "preset": "fast"}
    search = tor.GridSearchCV(tor.TextClassifier(**curve), {"alpha": [0, 1e-5]}, cv=2)
    lists = [[MARKUP], ["no"], [MARKUP, "no"], []] * 30
    several = tor.TextClassifier(**curve).fit(TEXTS, lists)
    numbers = tor.TextRegressor(n_features=2**10).fit(TEXTS, [1.0, 2.0] * 60)
    search.fit(rows)
    return {
        "Dataset": rows,
        "Counts": model.counts_,
        "History": model.history_,
        "validation": model.history_[0],
        "of numbers": numbers.history_,
        "EvaluationReport": model.evaluate(rows),
        "MultilabelReport": several.evaluate(TEXTS, lists),
        "RegressionReport": numbers.evaluate(TEXTS, [1.0, 2.0] * 60),
        "CollisionReport": model.collisions(),
        "TopTerms": model.top_terms(5),
        "Explanation": model.explain(TEXTS[0]),
        "ThresholdReport": model.choose_thresholds(),
        "SetThresholdReport": several.choose_thresholds(),
        "Advice": tor.advise(rows),
        "CollisionCurve": tor.collision_curve(rows, tor.TextClassifier(**curve), n_bits=[6, 10]),
        "LearningCurves": search.learning_curves_,
        "GridSearchCV": search,
        "TextClassifier": model,
    }


SHOWN = [
    *["Dataset", "Counts", "History", "validation", "of numbers", "EvaluationReport"],
    *["MultilabelReport", "RegressionReport", "CollisionReport", "TopTerms", "Explanation"],
    *["ThresholdReport", "SetThresholdReport", "Advice", "CollisionCurve", "LearningCurves"],
]


@pytest.mark.parametrize("name", SHOWN)
def test_a_short_text_and_a_page_without_markup_of_the_data(objects, name):
    value = objects[name]
    assert len(repr(value)) < 300 and "\n" not in repr(value) and "object at" not in repr(value)
    page = Checked(value._repr_html_())
    assert page.tags <= {"div", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td",
                         "svg", "text", *VOID}  # fmt: skip
    assert len(value._repr_html_()) < 10_000


@pytest.mark.parametrize(
    "name",
    [
        *["EvaluationReport", "MultilabelReport", "TopTerms", "Explanation", "ThresholdReport"],
        "SetThresholdReport",
    ],
)
def test_labels_with_markup_are_text(objects, name):
    html = objects[name]._repr_html_()
    assert MARKUP not in html
    assert MARKUP in Checked(html).text


def test_what_the_objects_say(objects):
    assert repr(objects["Counts"]).startswith("Counts(120 rows, ")
    assert repr(objects["validation"]).startswith("<120 rows: ")
    assert re.fullmatch(
        r"EvaluationReport\(120 rows, accuracy .*%, .*\)", repr(objects["EvaluationReport"])
    )
    assert (
        "<svg" in objects["History"]._repr_html_() and "loss" in objects["of numbers"]._repr_html_()
    )
    assert (
        "target" in objects["Dataset"]._repr_html_()
        and "&lt;b&gt;" in objects["Dataset"]._repr_html_()
    )


@pytest.mark.parametrize("accuracy", [0.0, 0.5, None])
def test_every_column_of_a_validation_has_a_name(accuracy):
    validation = ProgressiveValidation.of(4, 1.0, accuracy, lines=[(4, 1.0, 1.0, accuracy)])
    html = validation._repr_html_()
    assert html.count("<th ") == html.count("<td ") == (3 if accuracy is None else 4)
    assert ("accuracy" in html) is (accuracy is not None)


def test_counts_of_predictions(objects, tmp_path):
    model, rows = objects["TextClassifier"], objects["Dataset"]
    counts = model.predict_to(rows, tmp_path / "out.csv", keep="no")
    assert re.match(r"PredictionCounts\(120 rows, \d+ written", repr(counts))
    assert "written" in Checked(counts._repr_html_()).text
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "<b>.csv").write_text("<b>\n" + "good film\n" * 5)
    (tmp_path / "in" / "other.csv").write_text("<b>\n")
    files = tor.read(tmp_path / "in", text="<b>")
    folder = model.predict_to(files, f"{tmp_path / 'out'}/")
    assert repr(folder).startswith("FolderCounts(2 files written, 5 rows, 5 written")
    failed = replace(folder, failed={MARKUP: MARKUP})
    assert MARKUP not in failed._repr_html_() and "1 failed" in repr(failed)
    assert MARKUP in Checked(failed._repr_html_()).text


def test_words_left_out():
    from torrential.evaluation.left_out import LeftOutWord, LeftOutWords

    words = LeftOutWords(MARKUP, 0.5, [LeftOutWord(MARKUP, 1, 0.25, 0.5, "no")])
    assert MARKUP not in words._repr_html_() and MARKUP in Checked(words._repr_html_()).text


def raw(html):
    """Return what a page shows of objects that have no text of their own."""
    visible = re.sub(r"<style.*?</style>|<script.*?</script>", "", html, flags=re.DOTALL)
    return re.findall(r"&lt;torrential|object at 0x|\.\.\.x7f|<torrential", visible)


@pytest.mark.parametrize(
    "make",
    [
        lambda: tor.TextClassifier(n_features=2**10).fit(TEXTS, LABELS),
        lambda: tor.TextRegressor(n_features=2**10).fit(TEXTS, [1.0, 2.0] * 60),
        lambda: tor.TableClassifier(n_features=2**10).fit({"a": [1, 2] * 60}, LABELS),
        lambda: tor.BaggingClassifier(tor.TextClassifier(n_features=2**10)).fit(TEXTS, LABELS),
        lambda: tor.SGDClassifier().fit([[0.0], [1.0]] * 60, LABELS),
        lambda: tor.OutOfCore(make_pipeline(StandardScaler(), SGDClassifier())).fit(
            [[0.0], [1.0]] * 60, LABELS
        ),
        lambda: tor.ParameterAveraging(tor.Perceptron()).fit([[0.0], [1.0]] * 60, LABELS),
        tor.HashingVectorizer,
        tor.ColumnHasher,
    ],
)
def test_the_view_of_scikit_learn_shows_nothing_raw(make):
    html = make()._repr_html_()
    assert raw(html) == [] and MARKUP not in html


def test_the_view_of_a_search_has_its_candidates(objects):
    html = objects["GridSearchCV"]._repr_html_()
    assert raw(html) == [] and "alpha=1e-05" in html and "<polyline" in html
    assert "candidates" not in tor.GridSearchCV(tor.TextClassifier(), {"alpha": [0]})._repr_html_()


def test_the_view_of_an_estimator_does_not_make_all_weights(objects, monkeypatch):
    def never(self):
        raise RuntimeError("all weights were made")

    model = objects["TextClassifier"]
    monkeypatch.setattr(tor.TextClassifier, "coef_", property(never))
    monkeypatch.setattr(tor.TextClassifier, "get_feature_names_out", never)
    html = model._repr_html_()
    assert "history_" in html and "coef_" not in html and "features</div>" not in html


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=3), st.text())
def test_any_text_is_escaped(title, rows, name):
    shown = Shown(title, [title], (name, name), rows, Curve([(1, 0.5), (2, 0.25)], name))
    page = Checked(shown.html())
    assert page.tags <= {"div", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td",
                         "svg", "text", *VOID}  # fmt: skip
    assert "\n" not in shown.text()


def test_long_tables_are_cut_and_counted():
    html = Shown("Many", [], ("a",), [(i,) for i in range(100)]).html()
    assert html.count("<tr>") == MOST_ROWS + 1 and f"and {100 - MOST_ROWS} more" in html


@pytest.mark.parametrize("points", [[], [(1, 0.5)], [(1, float("nan")), (2, 0.5)]])
def test_a_curve_needs_two_points(points):
    assert "<svg" not in Shown("a", curve=Curve(points, "b")).html()
