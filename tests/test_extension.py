"""Each seam of the package, extended from outside: one row of a table, or one object."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import torrential as tor
from torrential.data.formats import registry
from torrential.data.formats.format import Format, whole_file
from torrential.engine.batches.encoding import Encoder, hashed_batches
from torrential.engine.explaining.explanation import top_terms
from torrential.errors import ParameterError
from torrential.evaluation.scorers import SCORERS, Scorer
from torrential.evaluation.tasks import BINARY, MULTICLASS
from torrential.features.names import ColumnNames, feature_names
from torrential.features.spec import NOTHING, EncodedRows
from torrential.kernels.linear.layout import ADAGRAD
from torrential.kernels.linear.losses import (
    CLASSIFICATION_LOSSES,
    EPSILON_INSENSITIVE,
    REGRESSION_LOSSES,
    loss,
    slope,
)
from torrential.kernels.linear.own_loss import code_of
from torrential.kernels.linear.slopes import CONSTANT
from torrential.linear import LinearModel, LinearSettings, optimizers
from torrential.linear.optimizers import SQUARES, Optimizer, Slot
from torrential.types import Csr

TEXTS = ["good film", "bad film", "good cast", "bad plot", "fine", "dull"] * 20
LABELS = ["yes", "no"] * 60


@pytest.fixture
def rows_of_tables():
    """Take all rows out again that a test adds."""
    tables = [optimizers.OPTIMIZERS, optimizers.LEARNING_RATES, REGRESSION_LOSSES]
    tables += [CLASSIFICATION_LOSSES]
    tables += [registry.FORMATS, registry._BY_EXTENSION, SCORERS]
    before = [dict(table) for table in tables]
    yield
    for table, rows in zip(tables, before, strict=True):
        table.clear()
        table.update(rows)


def test_an_optimizer(rows_of_tables, tmp_path):
    """A row of the table: it learns, is saved, and shares lanes in a search."""
    optimizers.register(
        Optimizer(
            name="twin",
            code=ADAGRAD,
            schedules={"twin": CONSTANT},
            state=(Slot(SQUARES),),
            mass=SQUARES,
            has_lanes=True,
        )
    )
    model = tor.TextClassifier(preset="fast", learning_rate="twin", n_features=2**10).fit(
        TEXTS, LABELS
    )
    like = tor.TextClassifier(preset="fast", n_features=2**10).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(model.coef_, like.coef_)
    model.save(tmp_path / "model")
    assert tor.load(tmp_path / "model").learning_rate == "twin"
    grid = {"learning_rate": ["twin", "adagrad", "constant"]}
    search = tor.GridSearchCV(tor.TextClassifier(preset="fast", n_features=2**10), grid, cv=2).fit(
        TEXTS, LABELS
    )
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] == scores[1]
    average = tor.ParameterAveraging(
        tor.TextClassifier(preset="fast", learning_rate="twin", n_features=2**10), n_partitions=2
    )
    assert average.fit(TEXTS, LABELS).predict(["good"]) == ["yes"]


@pytest.mark.parametrize("schedule", ["adagrad", "constant"])
@pytest.mark.parametrize("n_classes", [2, 12])
def test_an_optimizer_of_two_numbers(rows_of_tables, schedule, n_classes):
    """The averaging sum comes after all of its state, with pending penalties too."""
    like = optimizers.LEARNING_RATES[schedule]
    row = Optimizer("wide", like.code, {"wide": like.schedules[schedule]}, (*like.state, Slot("z")))
    optimizers.register(row)
    shared = {"n_features": 2**10, "average": 3, "penalty": "elasticnet", "alpha": 1e-3}
    labels = [f"{n % n_classes}" for n in range(len(TEXTS))]
    wide, narrow = (
        tor.TextClassifier(preset="fast", learning_rate=rate, eta0=0.1, **shared).fit(TEXTS, labels)
        for rate in ("wide", schedule)
    )
    np.testing.assert_array_equal(wide.coef_, narrow.coef_)
    assert wide.coef_.any()


def squared_hinge(p, y, epsilon):
    """Compute what the package computes itself."""
    return max(0.0, 1.0 - p * y) ** 2


def squared_hinge_slope(p, y, epsilon):
    """Compute its derivative."""
    return -2.0 * y * max(0.0, 1.0 - p * y)


def smooth_hinge(p, y, epsilon):
    """Compute a hinge whose kink is rounded off over a width of epsilon."""
    left = 1.0 - p * y
    if left >= epsilon:
        return left - 0.5 * epsilon
    return 0.5 * max(0.0, left) ** 2 / epsilon


def smooth_hinge_slope(p, y, epsilon):
    """Compute its derivative."""
    return -y * min(1.0, max(0.0, 1.0 - p * y) / epsilon)


@pytest.mark.parametrize("n_classes", [2, 12])
def test_a_loss(rows_of_tables, tmp_path, n_classes):
    """A row with a formula of its own: the bits of the same formula in the package."""
    CLASSIFICATION_LOSSES["own"] = code_of(squared_hinge, squared_hinge_slope)
    labels = [f"{n % n_classes}" for n in range(len(TEXTS))]
    own, like = (
        tor.TextClassifier(preset="fast", loss=loss, n_features=2**10).fit(TEXTS, labels)
        for loss in ("own", "squared_hinge")
    )
    np.testing.assert_array_equal(own.coef_, like.coef_)
    np.testing.assert_array_equal(own.predict_proba(TEXTS[:6]), like.predict_proba(TEXTS[:6]))
    assert own.history_[-1].average_loss == like.history_[-1].average_loss
    own.save(tmp_path / "model")
    assert tor.load(tmp_path / "model").loss == "own"
    grid = {"loss": ["own", "squared_hinge"]}
    search = tor.GridSearchCV(tor.TextClassifier(preset="fast", n_features=2**10), grid, cv=2).fit(
        TEXTS, LABELS
    )
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] == scores[1]


def test_a_loss_that_the_package_does_not_have(rows_of_tables):
    CLASSIFICATION_LOSSES["smooth_hinge"] = code = code_of(smooth_hinge, smooth_hinge_slope)
    step = 1e-6
    for y in (-1.0, 1.0):
        for p in np.linspace(-3, 3, 41):
            difference = loss(code, p + step, y, 0.5) - loss(code, p - step, y, 0.5)
            assert slope(code, p, y, 0.5) == pytest.approx(difference / (2 * step), abs=1e-5)
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = X @ [1.0, -2.0, 0.5] > 0
    model = tor.SGDClassifier("smooth_hinge", epsilon=0.5, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95
    with pytest.raises(ParameterError, match="smooth_hinge"):
        tor.SGDRegressor("smooth_hinge").fit(X, y)


def test_a_loss_of_regression(rows_of_tables):
    """A row for a formula that is there: of an absolute error, the distance itself."""
    REGRESSION_LOSSES["absolute_error"] = EPSILON_INSENSITIVE
    X, y = np.random.default_rng(0).normal(size=(100, 3)), np.arange(100.0) % 7
    new = tor.SGDRegressor("absolute_error", epsilon=0.0, random_state=0, tol=None, max_iter=3)
    old = tor.SGDRegressor("epsilon_insensitive", epsilon=0.0, random_state=0, tol=None, max_iter=3)
    np.testing.assert_array_equal(new.fit(X, y).coef_, old.fit(X, y).coef_)
    with pytest.raises(ParameterError, match="absolute_error"):
        tor.SGDClassifier(loss="absolute_error").fit(X, y > 3)


def test_a_scorer(rows_of_tables):
    """A row of the table: folds and searches score by it, and regressors refuse it by name."""
    row = Scorer("error_rate", lambda report: report.accuracy - 1, (BINARY, MULTICLASS))
    SCORERS[row.name] = row
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    folds = tor.cross_validate(model, TEXTS, LABELS, cv=3, scoring=["accuracy", "error_rate"])
    np.testing.assert_allclose(folds["test_error_rate"], folds["test_accuracy"] - 1)
    search = tor.GridSearchCV(model, {"eta0": [0.1, 0.4]}, cv=3, scoring="error_rate")
    assert -1 <= search.fit(TEXTS, LABELS).best_score_ <= 0


def test_a_format(rows_of_tables, tmp_path):
    """Lines of a label, a bar and a text."""

    def schema(file, options):
        return pa.schema([("label", pa.string()), ("text", pa.string())])

    def read(file, part, shape, options):
        with file.stream() as stream:
            lines = stream.read().decode().splitlines()
        labels, texts = zip(*(line.split("|", 1) for line in lines), strict=True)
        yield pa.record_batch({"label": list(labels), "text": list(texts)}), 0, 0

    registry.register("bars", Format((".bars",), schema, whole_file, read))
    path = tmp_path / "films.bars"
    path.write_text("".join(f"{y}|{x}\n" for x, y in zip(TEXTS, LABELS, strict=True)))
    dataset = tor.read(path, text="text", target="label")
    model = tor.TextClassifier(preset="fast", n_features=2**10).fit(dataset)
    like = tor.TextClassifier(preset="fast", n_features=2**10).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(model.coef_, like.coef_)
    with pytest.raises(ParameterError, match="already exists"):
        registry.register("bars", Format((), schema, whole_file, read))
    with pytest.raises(ParameterError, match=r"'\.csv' already exists"):
        registry.register("bars 2", Format((".csv",), schema, whole_file, read))


class LengthNames(ColumnNames):
    """Names of the columns of lengths."""

    n_features = 2
    columns, begins = np.arange(2, dtype=np.int32), np.arange(3)
    names, signs, counts = np.array(["length", "long"], object), np.ones(2, np.int32), np.ones(2)


@dataclass(frozen=True)
class Lengths:
    """Two features of a text: its length, and whether it is long."""

    limit: int = 8
    n_features: int = 2
    n_sizes: int = 1
    kernels: None = None

    def encode(self, columns, observe=NOTHING):
        """Encode each row."""
        lengths = pc.utf8_length(columns.column(0).fill_null("")).to_numpy()
        data = np.stack([lengths, lengths > self.limit], axis=1).astype(np.float32)
        n = len(lengths)
        indices = np.tile(np.arange(2, dtype=np.int32), n)
        rows = Csr(data.ravel(), indices, np.arange(n + 1, dtype=np.int64) * 2, 2)
        return EncodedRows(rows, 0, columns.column(0).null_count)

    def load(self, observe=NOTHING):
        """Load nothing."""

    def names(self, terms):
        """Name both columns."""
        return LengthNames()

    def describe(self):
        """Return what decides the rows."""
        return {"lengths": self.limit}

    def shown(self):
        """Return a word for people."""
        return "lengths"

    def state(self):
        """Return what a file keeps."""
        return {"limit": self.limit}

    @classmethod
    def from_state(cls, state):
        """Return the spec of a state."""
        return cls(**state)


def test_a_feature_spec():
    """An object with the methods of a FeatureSpec: encoded on threads, and learned."""
    assert Lengths.from_state(Lengths(5).state()) == Lengths(5)
    texts = ["a", "four", None, "a long text"] * 500
    columns = {"text": texts, "label": [len(x or "") > 8 for x in texts]}
    dataset = tor.read(columns, text="text", target="label")
    one, three = (
        list(hashed_batches(dataset.partitions(), Encoder(Lengths()), n_jobs)) for n_jobs in (1, 3)
    )
    model = LinearModel(LinearSettings(), 2)
    for batch, twin in zip(one, three, strict=True):
        np.testing.assert_array_equal(batch.rows.data, twin.rows.data)
        model.update(batch.rows, np.asarray(batch.target.codes))
    assert sum(batch.n_null for batch in one) == 500
    correct = [(model.decision(b.rows)[:, 0] > 0) == (b.target.codes == 1) for b in one]
    assert np.mean(np.concatenate(correct)) > 0.9
    names = Lengths().names(None)
    heaviest = top_terms(names, np.array([[0.5, -2.0]], np.float32), ["short", "long"], 1)
    assert [heaviest[label][0].term for label in ("short", "long")] == ["long", "length"]
    assert feature_names(names).tolist() == ["length", "long"]
