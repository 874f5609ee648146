"""Labels to score on that are of another type than those that were learned."""

import datetime as dt
import json
import logging
from decimal import Decimal

import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

import torrential as tor
from torrential.engine.scoring.evaluate import evaluate
from torrential.engine.targets.label_casts import LabelCast
from torrential.errors import DataError
from torrential.execution import Threads

TEXTS = ["works well and arrived early", "broken and late"] * 20


def fitted(labels, **kwargs):
    return tor.TextClassifier(preset="fast", n_features=2**10, **kwargs).fit(TEXTS, labels * 20)


@pytest.mark.parametrize(
    ("learned", "given"),
    [
        ([1, 2], ["1", "2"]),
        ([1, 2], ["1.0", "2.0"]),
        ([1, 2], [1.0, 2.0]),
        ([1.0, 2.5], ["1", "2.5"]),
        (["1", "2"], [1, 2]),
        (["1", "2"], [1.0, 2.0]),
        (["1.0", "2.5"], [1.0, 2.5]),
        ([True, False], ["true", "False"]),
        (["true", "false"], [True, False]),
        ([1, 0], [True, False]),
        ([True, False], [1, 0]),
        ([b"a", b"b"], ["a", "b"]),
        (["a", "b"], [b"a", b"b"]),
        ([dt.date(2024, 1, 1), dt.date(2024, 1, 2)], ["2024-01-01", "2024-01-02"]),
        ([Decimal("1.10"), Decimal("2.25")], [1.1, 2.25]),
        ([Decimal("1.10"), Decimal("2.25")], ["1.10", "2.25"]),
    ],
)
def test_labels_that_stand_for_the_classes(learned, given):
    model = fitted(learned)
    assert model.score(TEXTS, given * 20) == 1.0
    report = evaluate(model.model_, tor.read({"t": TEXTS, "y": given * 20}, text="t", target="y"))
    assert report.accuracy == 1.0 and len(report.classes) == 2


@pytest.mark.parametrize(
    ("learned", "given"),
    [
        (["01", "02"], [1, 2]),
        (["1", "1.0"], [1, 2]),
        (["1", "b"], [1, 2]),
        (["yes", "no"], [True, False]),
        ([1, 2], [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]),
    ],
)
def test_labels_that_do_not_stand_for_the_classes(learned, given):
    with pytest.raises(DataError, match="not each one matches one"):
        fitted(learned).score(TEXTS, given * 20)


@pytest.mark.parametrize(
    ("learned", "given"), [([1, 2], ["01", "02"]), (["a", "b"], ["c", "d"]), ([1, 2], [3, 4])]
)
def test_labels_none_of_which_is_known(learned, given):
    model = fitted(learned)
    dataset = tor.read({"t": TEXTS, "y": given * 20}, text="t", target="y")
    for score in (lambda: model.score(dataset), lambda: evaluate(model.model_, dataset)):
        with pytest.raises(DataError, match="None of the labels"):
            score()


def test_some_unknown_labels_count_as_errors():
    model = fitted(["a", "b"])
    assert model.score(TEXTS, ["a", "new"] * 20) == 0.5


def test_a_cast_is_said_once(caplog):
    model = fitted([1, 2])
    with caplog.at_level(logging.WARNING, "torrential"):
        model.score(TEXTS, [1, 2] * 20)
        assert not caplog.records
        model.score(TEXTS, ["1", "2"] * 20)
    (record,) = caplog.records
    assert "are strings" in record.getMessage()


def test_casts_travel_to_processes(tmp_path):
    for number in range(2):
        lines = [{"t": text, "y": str(1 + i % 2)} for i, text in enumerate(TEXTS)]
        content = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / f"{number}.jsonl").write_text(content)
    dataset = tor.read(tmp_path, text="t", target="y")
    model = fitted([1, 2])
    reports = [evaluate(model.model_, dataset, engine) for engine in (Threads(2), tor.Joblib(2))]
    assert reports[0] == reports[1] and reports[0].accuracy == 1.0


def test_a_text_that_stands_for_two_classes_is_no_class():
    cast = LabelCast.to(["1", "1.0"])
    assert cast.label("1.0") == "1.0"
    assert cast.label(1.0) == 1.0


def streamed(labels):
    """Estimators that score over a stream, fitted on these labels."""
    pipeline = make_pipeline(tor.HashingVectorizer(n_features=2**10), tor.SGDClassifier())
    dataset = tor.read({"t": TEXTS, "y": labels}, text="t", target="y")
    text = tor.TextClassifier(preset="fast", n_features=2**10)
    averaging = tor.ParameterAveraging(clone(pipeline), n_rounds=2)
    return {
        "out of core": tor.OutOfCore(clone(pipeline)).fit(dataset),
        "averaging": averaging.fit(dataset),
        "averaging of texts": tor.ParameterAveraging(clone(text), n_rounds=2).fit(dataset),
        "voting": tor.VotingClassifier([clone(text).fit(dataset)] * 2),
    }


def test_estimators_over_streams_cast_labels():
    for name, model in streamed([1, 2] * 20).items():
        expected = model.score(TEXTS, [1, 2] * 20)
        assert expected > 0.5, name
        assert model.score(TEXTS, ["1", "2"] * 20) == expected, name
        with pytest.raises(DataError, match="None of the labels"):
            model.score(TEXTS, ["01", "02"] * 20)
    for model in streamed(["01", "02"] * 20).values():
        with pytest.raises(DataError, match="not each one matches one"):
            model.score(TEXTS, [1, 2] * 20)
