"""Commands start at once: what each imports of other packages, and the plain classifiers."""

import shlex
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError

import torrential as tor
from torrential.errors import ParameterError
from torrential.estimators.table.plain import PlainTableClassifier
from torrential.estimators.text.plain import PlainTextClassifier

pytestmark = pytest.mark.jit

PARSING = {"annotated_doc", "shellingham", "typer"}
READING = {"cloudpickle", "dateutil", "numpy", "pyarrow"}  # two of them for pyarrow
KERNELS = {"llvmlite"}
WORKING = PARSING | READING | KERNELS

TEXTS = [f"{'good' if i % 2 else 'bad'} film {i},{'yes' if i % 2 else 'no'}" for i in range(40)]
TABLE = ["1,x,yes", "2,y,no", "2,x,no", "1,y,yes"] * 9
TRAIN = "train texts.csv --text text --target label -o a.model --terms --checkpoint a.checkpoint"

COMMANDS = {
    "train texts": (
        f"{TRAIN} --test-size 0.3 --cache --cache-dir cache",
        WORKING,
    ),
    "train resumed": (f"{TRAIN} --test-size 0.3 --resume", WORKING),
    "train tables": ("train table.csv --target label -o c.model", WORKING),
    "predict texts": ("predict texts.model texts.csv -o predicted.csv", WORKING),
    "predict tables": ("predict table.model table.csv -o predicted.parquet", WORKING),
    "evaluate": ("evaluate texts.model texts.csv", WORKING),
    "report": ("report texts.model texts.csv -o report.md", WORKING),
    "report as a page": (
        "report texts.model texts.csv -o report.html",
        WORKING | {"jinja2", "markupsafe"},
    ),
    "explain texts": ("explain texts.model good", WORKING),
    "explain tables": ('explain table.model \'{"a":1,"b":"x"}\'', WORKING),
    "terms": ("terms texts.model", WORKING),
    "inspect": ("inspect texts.model", WORKING | {"safetensors"}),
}

RUNNER = """
import atexit, sys

def report():
    tops = {name.partition(".")[0] for name, module in sys.modules.items() if module is not None}
    print("IMPORTED", *tops - {*sys.stdlib_module_names}, file=sys.stderr)

atexit.register(report)
from torrential.cli import main
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("light")
    (folder / "texts.csv").write_text("\n".join(["text,label", *TEXTS]))
    (folder / "table.csv").write_text("\n".join(["a,b,label", *TABLE]))
    texts = tor.read(folder / "texts.csv", text="text", target="label")
    tor.TextClassifier(terms=True).fit(texts).save(folder / "texts.model")
    table = tor.read(folder / "table.csv", target="label")
    tor.TableClassifier(terms=True).fit(table).save(folder / "table.model")
    return folder


def imported(folder, words):
    """Return the packages, other than torrential, that a command imports."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, *words], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    names = done.stderr.rpartition("IMPORTED")[2].split()
    return {name for name in names if not name.startswith("_")} - {"torrential", "cython_runtime"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_imports_these_packages_only(folder, name):
    words, allowed = COMMANDS[name]
    words = shlex.split(words)
    found = imported(folder, words)
    if "numba" in found:  # it has compiled kernels, which the next run finds
        found = imported(folder, words)
    assert found <= allowed


@pytest.mark.parametrize(
    ("plain", "public"),
    [(PlainTextClassifier, tor.TextClassifier), (PlainTableClassifier, tor.TableClassifier)],
)
def test_a_plain_classifier_has_the_parameters_of_the_public_one(plain, public):
    assert plain().get_params() == public().get_params()
    assert list(plain().get_params()) == list(public().get_params())
    assert plain().set_params(alpha=0.5, n_jobs=2).get_params()["alpha"] == 0.5
    with pytest.raises(ParameterError, match="alfa is not a parameter"):
        plain().set_params(alfa=0.5)
    assert public.__doc__ == plain.__doc__
    assert not issubclass(plain, BaseEstimator)


@pytest.mark.parametrize("public", [tor.TextClassifier, tor.TableClassifier])
def test_a_public_classifier_has_the_methods_of_scikit_learn(public):
    for name in ("get_params", "set_params", "__repr__", "__getstate__"):
        assert getattr(public, name) is getattr(BaseEstimator, name)
    assert clone(public(n_jobs=2)).n_jobs == 2


def test_a_plain_classifier_learns_the_same_bits(folder, tmp_path):
    dataset = tor.read(folder / "texts.csv", text="text", target="label")
    plain, public = PlainTextClassifier().fit(dataset), tor.TextClassifier().fit(dataset)
    assert (plain.coef_ == public.coef_).all()
    assert (plain.predict(["good"]) == public.predict(["good"])).all()
    plain.save(tmp_path / "plain.model")
    assert type(tor.load(tmp_path / "plain.model")) is tor.TextClassifier


def test_a_plain_classifier_that_is_not_fitted():
    with pytest.raises(NotFittedError, match="PlainTextClassifier instance is not fitted yet"):
        PlainTextClassifier().predict(["good"])


def test_a_checkpoint_without_a_label_is_no_model(tmp_path):
    labels = pa.array([None] * 40, pa.string())
    parquet.write_table(pa.table({"text": ["good"] * 40, "label": labels}), tmp_path / "rows")
    rows = tor.read(tmp_path / "rows", text="text", target="label", format="parquet")
    with pytest.raises(tor.DataError):
        tor.TextClassifier().fit(rows, checkpoint=tmp_path / "early", checkpoint_every="0s")
    command = [sys.executable, "-m", "torrential", "explain", "early", "good"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "checkpoint of a training that has learned nothing" in done.stderr
