"""Presets of TextClassifier: the values of parameters that are not given."""

import json

import numpy as np
import pytest
from sklearn.base import clone

import torrential as tor
from torrential.estimators.text.presets import PRESETS, with_preset

TEXTS = ["good film", "bad film", "very good", "very bad"] * 20
LABELS = ["yes", "no", "yes", "no"] * 20


def chosen(**parameters):
    return with_preset(tor.TextClassifier(**parameters).get_params())


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_its_values(preset):
    explicit = {name: value for name, value in PRESETS[preset].items() if name != "average"}
    if preset == "fast":
        explicit |= {"alpha": 0}  # C=None is not given
    if explicit["views"] is not None:
        del explicit["ngram_range"]
    model = tor.TextClassifier(preset=preset).fit(TEXTS, LABELS)
    by_hand = tor.TextClassifier(**explicit, average=PRESETS[preset]["average"])
    assert model.coef_.tobytes() == by_hand.fit(TEXTS, LABELS).coef_.tobytes()
    assert model.n_iter_ == PRESETS[preset]["max_iter"]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_features", 2**12),
        ("ngram_range", (1, 3)),
        ("idf", None),
        ("C", 3.0),
        ("alpha", 0.0),
        ("eta0", 0.4),
        ("average", True),
        ("max_iter", 2),
        ("views", ["char:3"]),
    ],
)
def test_what_is_given_goes_first(preset, name, value):
    found = chosen(preset=preset, **{name: value})
    assert found[name] == value
    if name == "alpha":
        assert found["C"] is None
    if name == "ngram_range":
        assert found["views"] is None


def test_chosen_parameters_are_chosen_again_without_a_change():
    for preset in PRESETS:
        found = chosen(preset=preset)
        assert with_preset(found) == found


def test_ranges_of_characters_and_of_functions():
    assert chosen(analyzer="char_wb")["ngram_range"] == (2, 5)
    assert chosen(analyzer="char", preset="accurate")["views"] is None
    assert chosen(analyzer=str.split)["ngram_range"] == (1, 1)


def test_no_strength_without_a_penalty():
    assert chosen(penalty=None)["C"] is None
    assert chosen(penalty=None)["alpha"] == 0
    aggressive = chosen(loss="hinge", learning_rate="pa1")
    assert (aggressive["C"], aggressive["alpha"]) == (None, 0)


def test_both_strengths_are_one_too_many():
    with pytest.raises(tor.ParameterError, match=r"C=2 and alpha=0.5 are two strengths"):
        tor.TextClassifier(C=2, alpha=0.5).fit(TEXTS, LABELS)


def test_an_unknown_preset_is_named():
    with pytest.raises(tor.ParameterError, match=r"preset='quick' is not known: choose one of"):
        tor.TextClassifier(preset="quick").fit(TEXTS, LABELS)


def test_clones_and_searches_keep_what_is_not_given():
    model = tor.TextClassifier(preset="accurate", max_iter=2)
    assert clone(model).get_params() == model.get_params()
    assert model.get_params()["views"] is None
    grid = {"preset": ["fast", "accurate"], "n_features": [2**12]}
    search = tor.GridSearchCV(tor.TextClassifier(), grid, cv=2).fit(TEXTS, LABELS)
    assert search.best_score_ == 1.0


@pytest.mark.parametrize("preset", PRESETS)
def test_files_keep_what_is_not_given(preset, tmp_path):
    model = tor.TextClassifier(preset=preset, n_features=2**12).fit(TEXTS, LABELS)
    model.save(tmp_path / "a.model")
    loaded = tor.load(tmp_path / "a.model")
    assert loaded.get_params() == model.get_params()
    np.testing.assert_array_equal(loaded.decision_function(TEXTS), model.decision_function(TEXTS))
    model.set_params(preset="accurate" if preset == "fast" else "fast")
    with pytest.raises(tor.ParameterError, match="The model does not fit into a file"):
        model.save(tmp_path / "b.model")


def test_data_that_is_read_once_is_passed_once():
    def batches():
        yield {"text": TEXTS, "label": LABELS}

    dataset = tor.read(batches(), text="text", target="label")
    model = tor.TextClassifier(n_features=2**12).fit(dataset)
    assert model.n_iter_ == 1
    with pytest.raises(tor.DataError, match="read only once"):
        rows = tor.read(batches(), text="text", target="label")
        tor.TextClassifier(n_features=2**12, max_iter=2).fit(rows)


def test_command_line(run, tmp_path):
    rows = zip(TEXTS, LABELS, strict=True)
    lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
    data, path = tmp_path / "rows.jsonl", tmp_path / "m"
    data.write_text("\n".join(lines))
    words = ["train", data, "--text", "text", "--target", "label", "-o", path, "-q"]
    assert run(*words, "--preset", "accurate")[0] == 0
    model = tor.load(path)
    assert model.get_params()["preset"] == "accurate"
    assert model.model_.hashing.n_views == 2
