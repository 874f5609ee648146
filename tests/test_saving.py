"""Models on disk: they come back the same, go on learning, and are refused when they are odd."""

from pathlib import Path

import numpy as np
import pytest

import torrential as tor
from torrential.errors import MissingDataError, ModelFileError, OutputError, ParameterError
from torrential.persistence.model_file import read_model, write_model

TEXTS = ["good film", "bad film", "fair book", "very good", "very bad", "fair"] * 20
LABELS = ["yes", "no", "maybe"] * 40
LOSSES = ["hinge", "squared_hinge", "log_loss", "modified_huber", "perceptron"]


def classifier(**parameters):
    return tor.TextClassifier(preset="fast", **{"n_features": 256, **parameters})


def assert_same(a, b):
    np.testing.assert_array_equal(a.classes_, b.classes_)
    np.testing.assert_array_equal(a.coef_, b.coef_)
    np.testing.assert_array_equal(a.intercept_, b.intercept_)
    np.testing.assert_array_equal(a.predict_proba(TEXTS), b.predict_proba(TEXTS))
    np.testing.assert_array_equal(a.predict(TEXTS), b.predict(TEXTS))


def saved(model, path):
    model.save(path)
    return tor.load(path)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("labels", [LABELS, [0, 1] * 60, [True, False] * 60, [0.5, -1.0] * 60])
def test_it_comes_back_the_same(loss, labels, tmp_path):
    model = classifier(loss=loss, ngram_range=(1, 2), max_iter=2).fit(TEXTS, labels)
    loaded = saved(model, tmp_path / "m")
    assert loaded.get_params() == model.get_params()
    assert loaded.classes_.dtype == model.classes_.dtype
    assert loaded.counts_ == model.counts_
    assert loaded.columns_ == model.columns_
    assert loaded.n_iter_ == model.n_iter_
    assert [epoch.average_loss for epoch in loaded.history_] == pytest.approx(
        [epoch.average_loss for epoch in model.history_]
    )
    assert_same(loaded, model)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"loss": "log_loss", "average": True},
        {"penalty": "elasticnet", "alpha": 1e-4},
        {"class_weight": "balanced"},
        {"class_weight": {"yes": 2.0, "no": 0.5}},
        {"stop_words": ["very"], "analyzer": "word"},
        {"stop_words": "english"},
        {"loss": "hinge", "learning_rate": "optimal", "alpha": 1e-3},
        {"analyzer": "char_wb", "ngram_range": (2, 3)},
    ],
    ids=str,
)
def test_learning_goes_on_as_if_it_had_not_been_saved(parameters, tmp_path):
    model = classifier(**parameters).partial_fit(TEXTS[:50], LABELS[:50])
    loaded = saved(model, tmp_path / "m")
    for each in (model, loaded):
        each.partial_fit(TEXTS[50:], LABELS[50:])
        each.partial_fit(["new words"], ["a late class"])
    assert_same(loaded, model)
    assert_same(saved(loaded, tmp_path / "m"), model)


def test_class_weights_of_labels_that_are_no_strings(tmp_path):
    model = classifier(class_weight={0: 3.0, 1: 0.5}).fit(TEXTS, [0, 1] * 60)
    loaded = saved(model, tmp_path / "m")
    assert loaded.class_weight == {0: 3.0, 1: 0.5}
    model.partial_fit(TEXTS, [0, 1] * 60)
    loaded.partial_fit(TEXTS, [0, 1] * 60)
    assert_same(loaded, model)


def test_a_model_of_one_class_so_far(tmp_path):
    model = classifier().partial_fit(["good"], ["yes"])
    loaded = saved(model, tmp_path / "m")
    assert loaded.predict(["good", "bad"]).tolist() == ["yes", "yes"]
    assert_same(loaded, model)


def test_learning_does_not_change_the_file(tmp_path):
    classifier().fit(TEXTS, LABELS).save(tmp_path / "m")
    before = (tmp_path / "m").read_bytes()
    tor.load(tmp_path / "m").partial_fit(TEXTS, LABELS)
    assert (tmp_path / "m").read_bytes() == before


@pytest.mark.parametrize(
    "parameters",
    [
        {"tokenizer": str.split, "token_pattern": None},
        {"preprocessor": str.upper},
        {"analyzer": str.split},
        {"random_state": np.random.RandomState(0)},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_what_a_file_cannot_hold_is_named(parameters, tmp_path):
    model = classifier(**parameters).fit(TEXTS, LABELS)
    (tmp_path / "m").write_text("the model that was there before")
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        model.save(tmp_path / "m")
    assert (tmp_path / "m").read_text() == "the model that was there before"


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputError):
        classifier().fit(TEXTS, LABELS).save(tmp_path / "none" / "m")
    with pytest.raises(MissingDataError, match="none"):
        tor.load(tmp_path / "none")


def test_every_file_that_is_cut_off_is_refused(tmp_path):
    path = tmp_path / "m"
    classifier().fit(TEXTS, LABELS).save(path)
    content = path.read_bytes()
    for size in [0, 1, 7, 8, 9, 100, len(content) // 2, len(content) - 1]:
        path.write_bytes(content[:size])
        with pytest.raises(ModelFileError):
            tor.load(path)


def test_a_damaged_weight_is_found_unless_asked_not_to_look(tmp_path):
    path = tmp_path / "m"
    model = classifier().fit(TEXTS, LABELS)
    model.save(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=f"{path} is damaged"):
        tor.load(path)
    assert tor.load(path, verify=False).classes_.tolist() == model.classes_.tolist()


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux's memory maps")
def test_weights_are_mapped_not_copied(tmp_path):
    classifier(n_features=2**20).fit(TEXTS, ["yes", "no"] * 60).save(tmp_path / "m")
    model = tor.load(tmp_path / "m")
    assert str(tmp_path / "m") in Path("/proc/self/smaps").read_text()
    assert not model.model_.linear.state()[0]["rows"].flags.owndata


def changed(path, change):
    """Write a whole and valid file again, with another header or other arrays."""
    arrays, header = read_model(path)
    arrays = {name: array.copy() for name, array in arrays.items()}
    change(arrays, header)
    write_model(path, arrays, header)


CHANGES = {
    "another kind": lambda arrays, header: header.update(kind="Forest"),
    "no kind": lambda arrays, header: header.pop("kind"),
    "an unknown parameter": lambda arrays, header: header["parameters"].update(spell=1),
    "no parameters": lambda arrays, header: header.pop("parameters"),
    "a list for an object": lambda arrays, header: header.update(model=[]),
    "an unknown loss": lambda arrays, header: header["model"]["linear"]["settings"].update(
        loss="none"
    ),
    "fewer labels": lambda arrays, header: header["model"]["labels"].pop(),
    "more classes": lambda arrays, header: header["model"]["linear"].update(n_classes=9),
    "fewer weights": lambda arrays, header: arrays.update(rows=arrays["rows"][:16]),
    "weights of another type": lambda arrays, header: arrays.update(
        rows=arrays["rows"].astype(np.float64)
    ),
    "more features": lambda arrays, header: header["model"]["features"].update(n_features=512),
    "a layout with more features": lambda arrays, header: (
        header["model"]["linear"]["layout"].update(n_features=2**30),
        header["model"]["features"].update(n_features=2**30),
    ),
    "an n-gram range of letters": lambda arrays, header: header["model"]["features"].update(
        ngram_range="ab"
    ),
    "an unknown norm": lambda arrays, header: header["model"]["features"].update(norm="max"),
    "no sample": lambda arrays, header: arrays.pop("calibration_scores"),
    "a sample with one row less": lambda arrays, header: arrays.update(
        calibration_scores=arrays["calibration_scores"][:-1]
    ),
    "a code of no class": lambda arrays, header: arrays["calibration_codes"].fill(77),
}


MANY = {
    "a place past the rows": lambda arrays, header: arrays["places"].__setitem__(3, 10**6),
    "a negative place": lambda arrays, header: arrays["places"].__setitem__(3, -1),
    "fewer places": lambda arrays, header: arrays.update(places=arrays["places"][:-1]),
    "no places": lambda arrays, header: arrays.pop("places"),
    "a tile of more rows": lambda arrays, header: arrays["rows_per_tile"].__iadd__(1),
    "a tile without rows": lambda arrays, header: arrays["rows_per_tile"].fill(0),
    "an intercept elsewhere": lambda arrays, header: header["model"]["linear"]["layout"].update(
        intercept=10**6
    ),
}


@pytest.mark.parametrize("name", MANY)
def test_a_file_of_many_classes_that_contradicts_itself_is_refused(name, tmp_path):
    path = tmp_path / "m"
    classifier().fit([f"word{i} and" for i in range(12)], list(range(12))).save(path)
    tor.load(path)
    changed(path, MANY[name])
    with pytest.raises(ModelFileError):
        tor.load(path)


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_contradicts_itself_is_refused(name, tmp_path):
    path = tmp_path / "m"
    classifier().fit(TEXTS, LABELS).save(path)
    changed(path, CHANGES[name])
    with pytest.raises(ModelFileError):
        tor.load(path)
