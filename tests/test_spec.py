"""TextSpec as a FeatureSpec, and the Encoder that makes rows with one."""

import json
import pickle

import numpy as np
import pyarrow as pa
import pytest

import torrential as tor
from torrential.engine.batches.encoding import Encoder
from torrential.errors import ParameterError
from torrential.features.settings import HashSettings
from torrential.features.spec import NOTHING, Observe
from torrential.features.text.hasher import hash_texts
from torrential.features.text.spec import TextSpec
from torrential.features.text.views_spec import text_spec
from torrential.features.views import parse_views
from torrential.types import Batch, text_columns

TEXTS = ["a good film", None, "good, good film", "bad \N{SNOWMAN} film"]
SPEC = TextSpec(HashSettings(n_features=2**10, ngram_range=(1, 2)))


def batch_of(texts, weight=None):
    weight = None if weight is None else pa.array(weight, pa.float64())
    columns = text_columns(pa.array(texts, pa.string()))
    return Batch(columns, pa.array(["x"] * len(texts)), weight, None, "m", 0)


def test_a_text_spec_hashes_the_column_of_a_batch():
    encoded = SPEC.encode(batch_of(TEXTS).columns, Observe(terms=True, vocabulary=True))
    hashed = hash_texts(pa.array(TEXTS), SPEC.settings, count_terms=True, observe_terms=True)
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(encoded.rows, name), getattr(hashed.rows, name))
    np.testing.assert_array_equal(encoded.registers, hashed.registers)
    np.testing.assert_array_equal(encoded.terms.keys, hashed.terms.keys)
    assert (encoded.n_null, SPEC.n_features, SPEC.n_sizes) == (1, 2**10, 2)
    plain = SPEC.encode(batch_of(TEXTS).columns)
    assert plain.terms is None
    assert plain.registers is None


@pytest.mark.parametrize(
    "settings",
    [
        HashSettings(),
        HashSettings(stop_words=["the", "a"], norm=None),
        SPEC.settings,
        HashSettings(views=parse_views("word:1-2:weight=0.1+char:3:norm=none:idf=no")),
    ],
    ids=str,
)
def test_a_spec_goes_to_json_and_back(settings):
    spec = text_spec(settings)
    assert type(spec).from_state(json.loads(json.dumps(spec.state()))) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert json.loads(json.dumps(spec.describe())) == json.loads(json.dumps(spec.state())) | {
        "stop_words": settings.stop_words and sorted(settings.stop_words)
    }


def test_a_spec_with_a_function_has_no_name_in_a_cache():
    assert TextSpec(HashSettings(tokenizer=str.split)).describe() is None


def test_a_state_with_a_value_that_is_not_valid_is_refused():
    with pytest.raises(ParameterError, match="ngram_range"):
        TextSpec.from_state(SPEC.state() | {"ngram_range": [2, 1]})


def test_an_encoder_numbers_labels_weighs_terms_and_counts_where_it_is_asked():
    batch = batch_of(TEXTS, [1.0, None, 2.0, 0.5])
    model = (
        tor.TextClassifier(preset="fast", idf="running").fit(TEXTS[2:] * 30, ["x", "y"] * 30).model_
    )
    weighted, plain = model.encoder().encode(batch), model.encoder(weighs=False).encode(batch)
    assert plain.weight.tolist() == [1.0, 1.0, 2.0, 0.5]
    assert plain.target.codes.tolist() == [0, 0, 0, 0]
    model.weighting.current().apply(plain.rows.data, plain.rows.indices, plain.rows.indptr)
    np.testing.assert_array_equal(weighted.rows.data, plain.rows.data)
    counting = Encoder(SPEC, observe=Observe(terms=True))
    assert counting.encode(batch).terms is not None
    assert counting.encode(batch, repeat=0).terms is None
    assert Encoder(SPEC, observe=NOTHING).encode(batch).registers is None
