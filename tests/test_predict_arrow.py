"""``predict_arrow``: labels and probabilities of Arrow arrays of every form."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import torrential as tor
from torrential.errors import DataError, ParameterError

TEXTS = ["good film", "", "bad película", "very good", "nothing known"]


@pytest.fixture(scope="module")
def model():
    texts = ["good film", "bad film", "very good", "dull film", "so dull"] * 20
    return tor.TextClassifier(preset="fast").fit(texts, ["yes", "no", "yes", "dull", "dull"] * 20)


@pytest.fixture(scope="module")
def binary():
    return tor.TextClassifier(preset="fast").fit(["good film", "bad film"] * 20, [True, False] * 20)


def forms():
    plain = pa.array(TEXTS)
    return {
        "string": plain,
        "large_string": plain.cast(pa.large_string()),
        "string_view": plain.cast(pa.string_view()),
        "binary": plain.cast(pa.binary()),
        "dictionary": plain.dictionary_encode(),
        "dictionary of more": pa.DictionaryArray.from_arrays(
            pa.array(range(5)), pa.array([*TEXTS, *map(str, range(9))])
        ),
        "chunked": pa.chunked_array([TEXTS[:2], [], TEXTS[2:]]),
        "slice": pa.array(["other", *TEXTS, "more"]).slice(1, 5),
        "list": TEXTS,
        "numpy": np.array(TEXTS),
    }


@pytest.mark.parametrize("form", forms())
def test_every_form_of_texts_is_predicted_as_by_predict(model, form):
    predicted = model.predict_arrow(forms()[form])
    assert predicted.field("label").to_pylist() == model.predict(TEXTS).tolist()
    most = model.predict_proba(TEXTS).max(axis=1)
    assert np.allclose(predicted.field("probability").to_numpy(), most, atol=1e-6)


@pytest.mark.parametrize("form", ["string", "string_view", "dictionary", "chunked"])
def test_nulls_give_nulls(model, form):
    texts = pa.array(["good film", None, "so dull"])
    array = {
        "string": texts,
        "string_view": texts.cast(pa.string_view()),
        "dictionary": texts.dictionary_encode(),
        "chunked": pa.chunked_array([texts]),
    }[form]
    predicted = model.predict_arrow(array)
    assert predicted.is_null().to_pylist() == [False, True, False]
    assert [row and row["label"] for row in predicted.to_pylist()] == ["yes", None, "dull"]


def test_arrays_without_values(model):
    for empty in (pa.array([], pa.string()), pa.chunked_array([], pa.string()), []):
        assert len(model.predict_arrow(empty)) == 0
    assert model.predict_arrow(pa.nulls(2)).to_pylist() == [None, None]


def test_all_probabilities_and_the_best_labels(model):
    whole = model.predict_arrow(TEXTS, all_probabilities=True)
    expected = model.predict_proba(TEXTS)
    for number, label in enumerate(model.classes_):
        assert np.allclose(whole.field(f"probability_{label}"), expected[:, number], atol=1e-6)
    best = model.predict_arrow(TEXTS, top_k=9).flatten()
    assert len(best) == 6  # there are three labels
    descending = np.column_stack([each.to_numpy() for each in best[1::2]])
    assert np.allclose(descending, -np.sort(-expected), atol=1e-6)
    rows = zip(*(each.to_pylist() for each in best[::2]), strict=True)
    assert all(set(row) == set(model.classes_) for row in rows)


def test_two_classes(binary):
    predicted = binary.predict_arrow(TEXTS, top_k=2)
    first, second = predicted.field("label").to_pylist(), predicted.field("label_2").to_pylist()
    assert first == binary.predict(TEXTS).tolist()
    assert [not each for each in first] == second
    both = predicted.field("probability").to_numpy() + predicted.field("probability_2").to_numpy()
    assert np.allclose(both, 1)


@given(st.lists(st.none() | st.text(max_size=8), max_size=20), st.integers(1, 3))
def test_any_cut_gives_the_same_bits(model, texts, n_chunks):
    array = pa.array(texts, pa.string())
    cuts = [array.slice(begin, n_chunks) for begin in range(0, len(texts), n_chunks)]
    assert model.predict_arrow(pa.chunked_array(cuts, pa.string())).equals(
        model.predict_arrow(array)
    )


def test_many_rows_on_threads_are_those_of_one_thread(model):
    texts = pa.array([f"good film number {number}" for number in range(20_000)])
    alone = model.predict_arrow(texts)
    assert model.set_params(n_jobs=3).predict_arrow(texts).equals(alone)


def test_a_table_is_predicted_by_its_columns():
    rows = pa.table({"city": ["LAS", "PHL", "LAS"] * 20, "hour": [7, 9, 8] * 20})
    model = tor.TableClassifier().fit(rows, ["late", "early", "late"] * 20)
    expected = model.predict(rows).tolist()
    others = rows.append_column("other", pa.nulls(60)).select(["other", "hour", "city"])
    for table in (rows, rows.to_batches()[0], others, others.to_struct_array()):
        assert model.predict_arrow(table).field("label").to_pylist() == expected
    structs = pa.array([{"city": "LAS", "hour": 7}, None])
    assert [row and row["label"] for row in model.predict_arrow(structs).to_pylist()] == [
        "late",
        None,
    ]
    assert len(model.predict_arrow(rows.slice(0, 0))) == 0


def test_what_is_not_text_is_refused_in_a_sentence(model):
    with pytest.raises(DataError, match="type int64, not of texts"):
        model.predict_arrow(pa.array([1, 2]))
    with pytest.raises(ParameterError, match="top_k=0"):
        model.predict_arrow(TEXTS, top_k=0)
    with pytest.raises(ParameterError, match="exclude each other"):
        model.predict_arrow(TEXTS, top_k=2, all_probabilities=True)
