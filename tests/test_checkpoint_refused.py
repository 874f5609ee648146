"""Checkpoints that are refused: of another training, damaged, or asked for wrongly."""

import pyarrow as pa
import pytest

import torrential as tor
from checkpointed import DATA, classifier
from torrential.errors import ModelFileError, OutputError, ParameterError
from torrential.persistence.model_file import read_model, write_model

# This many rows take minutes without the compiler, and kernels have tests of their own.
pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("small_windows")]


# What is refused


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "stars.ckpt"
    classifier(class_weight={"class 0": 2.0}).fit(DATA[2], checkpoint=path)
    return path


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"alpha": 1e-6}, "was made with alpha=None, not alpha=1e-06: pass the same parameters"),
        ({"random_state": 3}, "was made with random_state=0, not random_state=3"),
        ({"ngram_range": (1, 2)}, r"with ngram_range=None, not ngram_range=\(1, 2\)"),
        ({"class_weight": None}, r"class_weight={'class 0': 2.0}, not class_weight=None"),
        ({"terms": True}, "was made with terms=False, not terms=True"),
    ],
)
def test_other_parameters(checkpoint, changed, sentence):
    model = classifier(**{"class_weight": {"class 0": 2.0}, **changed})
    with pytest.raises(ParameterError, match=rf"The checkpoint .*stars\.ckpt .*{sentence}"):
        model.fit(DATA[2], checkpoint=checkpoint, resume=True)
    assert not hasattr(model, "classes_")


def test_true_is_not_one(tmp_path):
    classifier(terms=True).fit(DATA[2], checkpoint=tmp_path / "c")
    with pytest.raises(ParameterError, match="terms=True, not terms=1"):
        classifier(terms=1).fit(DATA[2], checkpoint=tmp_path / "c", resume=True)


def test_other_data(checkpoint):
    model = classifier(class_weight={"class 0": 2.0})
    with pytest.raises(ParameterError, match="15,300 other rows in memory: give the same data"):
        model.fit(DATA[5], checkpoint=checkpoint, resume=True)


def test_a_stream():
    stream = tor.read(lambda: iter([{"a": ["x"], "b": [1]}]), text="a", target="b")
    with pytest.raises(ParameterError, match="The data is a stream"):
        classifier().fit(stream, checkpoint="c")


@pytest.mark.parametrize(
    "every", [0, -1, True, "", "soon", "5", "-1s", "1d", 1.5, [60], "60s please", "nan s"]
)
def test_no_time_to_write(every, tmp_path):
    with pytest.raises(ParameterError, match=r"checkpoint_every=.* is neither"):
        classifier().fit(["a", "b"], [0, 1], checkpoint=tmp_path / "c", checkpoint_every=every)


def test_resume_from_nothing_named():
    with pytest.raises(ParameterError, match="resume=True"):
        classifier().fit(["a", "b"], [0, 1], resume=True)


def test_what_a_file_cannot_hold(tmp_path):
    with pytest.raises(ParameterError, match=r"tokenizer=.* cannot hold"):
        classifier(tokenizer=str.split).fit(["a", "b"], [0, 1], checkpoint=tmp_path / "c")
    spans = pa.array([(1, 0, 0), (2, 0, 0)], pa.month_day_nano_interval())
    with pytest.raises(ParameterError, match="Labels of type"):
        classifier().fit(["a", "b"], spans, checkpoint=tmp_path / "c")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        classifier().fit(["a", "b"], [0, 1], checkpoint=tmp_path / "none" / "c")


def test_a_model_that_is_no_checkpoint(tmp_path):
    classifier().fit(DATA[2]).save(tmp_path / "m")
    with pytest.raises(ParameterError, match="is a model, but not a checkpoint"):
        classifier().fit(DATA[2], checkpoint=tmp_path / "m", resume=True)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_checkpoint_that_is_cut_off(checkpoint, share):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: int(len(content) * share)])
    model = classifier(class_weight={"class 0": 2.0})
    with pytest.raises(ModelFileError, match=r"stars\.ckpt"):
        model.fit(DATA[2], checkpoint=checkpoint, resume=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda saved: saved.pop("course"),
        lambda saved: saved["course"].update(place=[1]),
        lambda saved: saved["course"]["validation"].pop("lines"),
        lambda saved: saved.pop("data"),
        lambda saved: saved["data"].pop("source"),
        lambda saved: saved.update(seed="x"),
    ],
)
def test_a_checkpoint_that_contradicts_itself(checkpoint, change):
    arrays, header = read_model(checkpoint)
    change(header["checkpoint"])
    write_model(checkpoint, {name: array.copy() for name, array in arrays.items()}, header)
    model = classifier(class_weight={"class 0": 2.0})
    with pytest.raises(ModelFileError, match=r"stars\.ckpt"):
        model.fit(DATA[2], checkpoint=checkpoint, resume=True)
