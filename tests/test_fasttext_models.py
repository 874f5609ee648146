"""Models of fastText predict as a naive twin does, whatever their loss and quantization."""

import json
import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torrential as tor
from fasttext_files import LOSSES, TinyModel

pytestmark = pytest.mark.jit

WORDS = [
    "good",
    "bad",
    "fäir",
    "the",
    "unknown",
    "日本語",
    "</s>",
    "x" * 40,
    "__label__no",
    "__label__q",
]
SPACES = [" ", "  ", "\t", "\n", "\v", "\r\n", "\0", "\u00a0"]
KINDS = {
    "words": TinyModel(),
    "pairs": TinyModel(word_ngrams=3),
    "characters": TinyModel(minn=1, maxn=4, dim=21),
    "both": TinyModel(minn=2, maxn=3, word_ngrams=2, dim=87, bucket=1000),
    "pruned": TinyModel(minn=1, maxn=3, word_ngrams=2, kept={7: 2, 3: 0, 49: 1}),
    "all pruned": TinyModel(minn=1, maxn=3, word_ngrams=2, kept={}),
}
TEXTS = ["", "   ", "good", "the bad fäir\tthe\nend", "a </s> good", "x" * 2500, "good bad " * 700]


def new(name, loss, **quantization):
    tiny = KINDS[name]
    labels = [f"__label__{label}" for label in ("yes", "no", "so", *range(20))]
    counts = [9, 5, 5, 4, *[1] * 19]
    tiny = TinyModel(**{**vars(tiny), "loss": loss, "labels": labels, "counts": counts})
    if tiny.kept is not None:
        quantization = {"part": 2, **quantization}
    return tiny.filled(np.random.default_rng(len(name)), **quantization)


def check(tiny, model, texts):
    expected = np.array([tiny.probabilities(text) for text in texts])
    order = np.argsort([label.removeprefix("__label__") for label in tiny.labels])
    found = model.predict_proba(texts)
    np.testing.assert_allclose(found, expected[:, order], rtol=0, atol=1e-6)
    labels, probabilities = model.top_k(texts, 4)
    # Where probabilities are equal, the order is not that of the twin.
    np.testing.assert_allclose(probabilities, -np.sort(-expected, axis=1)[:, :4], atol=1e-6)
    own = [model.classes_.tolist().index(label) for label in labels[:, 0]]
    assert (found[np.arange(len(texts)), own] == probabilities[:, 0]).all()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", KINDS)
def test_all_kinds_of_models_predict_as_the_twin(tmp_path, name, loss):
    tiny = new(name, loss)
    model = tor.load(tiny.write(tmp_path / "a.bin"))
    assert model.classes_.tolist() == sorted(label[9:] for label in tiny.labels)
    check(tiny, model, TEXTS)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("part", [1, 2, 3])
def test_quantized_models_predict_as_the_twin(tmp_path, monkeypatch, part, loss):
    for has_norms in (False, True):
        tiny = new("both", loss, part=part, has_norms=has_norms, out_part=part)
        check(tiny, tor.load(tiny.write(tmp_path / "a.ftz")), TEXTS)
        monkeypatch.setattr("torrential.persistence.fasttext.matrices.MOST_DECODED", 0)
        check(tiny, tor.load(tiny.write(tmp_path / "a.ftz")), TEXTS)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    tiny = new("both", "softmax")
    return tiny, tor.load(tiny.write(tmp_path_factory.mktemp("model") / "tiny.bin"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(WORDS + SPACES) | st.text(max_size=5), max_size=40).map("".join),
        min_size=1,
        max_size=8,
    )
)
def test_any_texts(fitted, texts):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    check(*fitted, texts)


def test_lengths_around_blocks_and_the_end_of_the_buffer(fitted):
    texts = ["g" * n + " " * m + "bad" for n in range(58, 68) for m in (0, 1)]
    check(*fitted, texts)


def test_long_texts_are_as_the_sum_of_their_rows(fitted):
    tiny, model = fitted
    text = " ".join(f"w{i % 700}" for i in range(66_000))
    np.testing.assert_allclose(
        model.predict_proba([text])[0].max(), tiny.probabilities(text).max(), atol=1e-4
    )


def test_the_same_bits_for_any_number_of_threads_and_any_cut(fitted):
    _, model = fitted
    texts = [f"good w{i} bad {'x' * (i % 70)} fäir {i * i}" for i in range(40_000)]
    once = model.predict_proba(texts)
    try:
        model.set_params(n_jobs=3)
        assert (model.predict_proba(texts) == once).all()
        found = model.predict_arrow(pa.array(texts), all_probabilities=True)
    finally:
        model.set_params(n_jobs=None)
    assert (found.field("probability_so").to_numpy() == once[:, -2].astype(np.float32)).all()
    assert (model.predict_proba(texts[::-1])[::-1] == once).all()


def test_labels_without_a_common_prefix_are_kept_whole(tmp_path):
    tiny = TinyModel(labels=["#a", "__label__b"], counts=[2, 1]).filled(np.random.default_rng(0))
    model = tor.load(tiny.write(tmp_path / "a.bin"))
    assert model.classes_.tolist() == ["#a", "__label__b"]


def test_version_11_has_no_ngrams_of_characters(tmp_path):
    tiny = TinyModel(minn=1, maxn=3, version=11).filled(np.random.default_rng(0))
    model = tor.load(tiny.write(tmp_path / "a.bin"))
    check(TinyModel(**{**vars(tiny), "maxn": 0}), model, TEXTS)


def test_numbers_that_are_not_finite_are_no_fault(tmp_path):
    for loss in LOSSES:
        tiny = new("both", loss)
        tiny.inputs[:] = np.nan
        model = tor.load(tiny.write(tmp_path / "a.bin"))
        assert model.predict(["good"]).shape == (1,)


def test_an_equal_score_of_the_last_label_wins(tmp_path):
    tiny = new("words", "ova")
    tiny.outputs[:] = 0
    model = tor.load(tiny.write(tmp_path / "a.bin"))
    assert model.predict(["good"]).tolist() == ["19"]  # as fastText's heap has it


def test_leaving_out_words(fitted):
    tiny, model = fitted
    found = model.explain("good bad good the")
    assert {word.word: word.count for word in found.words} == {"good": 2, "bad": 1, "the": 1}
    best = tiny.labels.index(f"__label__{found.predicted}")
    without = {word.word: word for word in found.words}["good"]
    assert without.probability == pytest.approx(tiny.probabilities("bad the")[best], abs=1e-6)
    whole = tiny.probabilities("good bad good the")[best] - 1e-5
    rest = without.probability - 1e-5
    expected = np.log(whole / (1 - whole)) - np.log(rest / (1 - rest))
    assert without.change == pytest.approx(expected, abs=1e-3)
    assert found.words == sorted(found.words, key=lambda each: -abs(each.change))
    assert model.explain("good bad", 1).words == model.explain("good bad").words[:1]
    assert model.explain("").words == []
    assert json.dumps(found.to_dict())


def test_it_is_measured_and_written_as_other_models(fitted, tmp_path):
    _, model = fitted
    texts = ["good the", "bad", "fäir bad"]
    labels = model.predict(texts)
    report = model.evaluate(texts, labels)
    assert (report.accuracy, report.n_rows, model.score(texts, labels)) == (1, 3, 1)
    rows = tor.read({"id": [1, 2, 3], "text": texts}, text="text")
    tor.predict_to({"a": model, "b": model.path}, rows, tmp_path / "o.jsonl", where="a = yes")
    written = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert [row["a"] for row in written] == labels.tolist()
    assert [row["b"] for row in written] == [each if each == "yes" else None for each in labels]
    assert pickle.loads(pickle.dumps(model.predictor_)).identity() == model.predictor_.identity()


def test_thresholds_decide_what_is_measured_and_predicted(fitted):
    _, model = fitted
    texts = ["good the", "bad", "fäir bad", "the", "good bad fäir", "unknown the"]
    labels, probabilities = model.predict(texts), model.predict_proba(texts)
    best = probabilities.max(axis=1)
    least = float(np.median(best))
    report = model.evaluate(texts, labels, threshold=least)
    kept = best >= np.float32(least)
    assert 0 < kept.sum() < len(texts)
    assert report.accuracy == pytest.approx(kept.mean()) and report.rejected == 1 - kept.mean()
    found = model.predict_arrow(pa.array(texts), threshold=least).field("label").to_pylist()
    assert found == [label if keep else None for label, keep in zip(labels, kept)]
    name, place = labels[0], model.classes_.tolist().index(labels[0])
    of_name = float(np.sort(probabilities[:, place])[2])
    report = model.evaluate(texts, [name] * len(texts), threshold={name: of_name})
    assert report.accuracy == pytest.approx((probabilities[:, place] >= of_name).mean())
    with pytest.raises(tor.ParameterError, match="keeps predictions of its training"):
        model.evaluate(texts, labels, threshold="chosen")


def test_wrong_arguments(fitted):
    _, model = fitted
    for k in (0, -1, 1.5, True):
        with pytest.raises(tor.ParameterError, match="number of labels"):
            model.top_k(["good"], k)
    with pytest.raises(tor.DataError, match="one text"):
        model.explain(["good"])
    with pytest.raises(tor.DataError, match="None of the labels"):
        model.evaluate(["good"], ["elsewhere"])
    assert model.top_k(["good"], 10**6)[0].shape == (1, 23)
    assert model.predict([]).shape == (0,)
