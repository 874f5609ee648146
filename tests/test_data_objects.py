"""Rows that other libraries hold, handed to read or straight to fit."""

import pickle
from contextlib import closing

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import torrential as tor
from torrential.data import read
from torrential.data.fingerprint import fingerprint
from torrential.errors import DataError, ParameterError
from torrential.one_stream import schema_of, stream_of

datasets = pytest.importorskip("datasets")
datasets.disable_progress_bars()

N = 5000
TABLE = pa.table(
    {
        "text": [f"row {i} of {'good' if i % 2 else 'bad'}" for i in range(N)],
        "label": ["up" if i % 2 else "down" for i in range(N)],
        "weight": [1.0 + i % 3 for i in range(N)],
    }
)


def hugging_face():
    return datasets.Dataset(TABLE)


def duck():
    connection = duckdb.connect()
    connection.register("rows", TABLE)
    return connection.sql("select * from rows")


OBJECTS = {
    "Dataset": hugging_face,
    "IterableDataset": lambda: hugging_face().to_iterable_dataset(num_shards=3),
    "generated": lambda: datasets.IterableDataset.from_generator(TABLE.to_pylist),
    "relation": duck,
    "lazy frame": lambda: pl.from_arrow(TABLE).lazy(),
    "pyarrow dataset": lambda: pads.dataset(TABLE),
    "scanner": lambda: pads.dataset(TABLE).scanner(),
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_all_rows_in_order_for_any_number_of_passes(kind):
    item = OBJECTS[kind]()
    dataset = read(item, text="text", target="label", weight="weight")
    for _ in range(2):
        batches = list(dataset.batches("all"))
        rows = pa.Table.from_batches([batch.rows for batch in batches])
        assert rows.to_pylist() == TABLE.to_pylist()
        assert max(batch.n_rows for batch in batches) <= 4096
    expected = tor.TextClassifier(preset="fast").fit(read(item, text="text", target="label"))
    model = tor.TextClassifier(preset="fast", n_jobs=2).fit(item)
    assert model.classes_.tolist() == expected.classes_.tolist()
    assert (model.coef_ == expected.coef_).all()
    assert model.predict(OBJECTS[kind]())[:4].tolist() == ["down", "up"] * 2
    assert model.score(item) == 1.0


def test_what_was_selected_is_what_is_read():
    dataset = hugging_face()
    chosen = dataset.filter(lambda row: row["label"] == "up").select(range(100, 4, -1))
    expected = [f"row {2 * i + 1} of good" for i in range(100, 4, -1)]
    for item in (chosen, chosen.to_iterable_dataset()):
        texts = [t for b in read(item, text="text").batches() for t in b.text.to_pylist()]
        assert texts == expected
    shard = (
        dataset.to_iterable_dataset(num_shards=4)
        .shard(4, 1)
        .filter(lambda row: row["label"] == "up")
    )
    texts = [t for b in read(shard, text="text").batches() for t in b.text.to_pylist()]
    assert texts == [f"row {i} of good" for i in range(1251, 2500, 2)]


def test_shards_are_partitions(monkeypatch):
    monkeypatch.setattr("torrential.data.sources.objects.SHARD_ROWS", 2000)
    assert len(read(hugging_face(), text="text").partitions()) == 3
    stream = hugging_face().to_iterable_dataset(num_shards=5)
    partitions = pickle.loads(pickle.dumps(read(stream, text="text").partitions()))
    assert [sum(b.n_rows for b in part.batches()) for part in partitions] == [1000] * 5
    assert partitions[4].name == "Hugging Face stream, shard 4"


def test_a_query_is_not_run_as_a_whole_and_only_for_what_is_used(tmp_path):
    for number in range(3):
        pq.write_table(TABLE, tmp_path / f"{number}.parquet")
    lazy = pl.scan_parquet(tmp_path / "*.parquet")
    refusing = pl.col("weight").map_batches(lambda _: 1 / 0, return_dtype=pl.Float64)
    rows = read(lazy.with_columns(refusing), text="text", target="label")
    assert rows.schema.names == ["text", "label", "weight"]
    assert sum(batch.n_rows for batch in rows.batches()) == 3 * N
    scanned = read(pads.dataset(tmp_path, format="parquet"), text="text")
    (tmp_path / "2.parquet").write_bytes(b"nothing that can be read")
    batches = scanned.batches()
    assert next(batches).text[0].as_py() == "row 0 of bad"
    with pytest.raises(DataError, match="pyarrow dataset is not readable"):
        list(batches)


def test_several_readers_of_one_connection():
    relation = duck()
    both = [read(relation, text="text").batches() for _ in range(2)]
    other = read(relation.filter("label = 'up'"), text="text", target="label").batches()
    texts = [t for pair in zip(*both, strict=True) for b in pair for t in b.text.to_pylist()]
    assert sorted(texts) == sorted(TABLE["text"].to_pylist() * 2)
    assert sum(batch.n_rows for batch in other) == N / 2
    with closing(read(relation, text="text").batches()) as batches:
        next(batches)
    assert relation.count("*").fetchall() == [(N,)]


def test_a_stream_that_fails_late_fails_where_its_rows_are_asked_for():
    def batches():
        yield from TABLE.to_batches(max_chunksize=N // 2)
        raise OSError("gone")

    def failing():
        return pa.RecordBatchReader.from_batches(TABLE.schema, batches())

    first, other = stream_of(failing), stream_of(failing)
    assert next(first).num_rows == next(other).num_rows == N // 2
    assert schema_of(failing) == TABLE.schema
    for stream in (first, other):
        assert next(stream).num_rows == N // 2
        with pytest.raises(OSError, match="gone"):
            next(stream)


def test_checkpoints_and_caches_of_what_is_fixed(tmp_path):
    dataset = read(hugging_face(), text="text", target="label")
    assert fingerprint(dataset) == fingerprint(read(hugging_face(), text="text", target="label"))
    other = read(hugging_face().select(range(N - 1)), text="text", target="label")
    assert fingerprint(dataset) != fingerprint(other)
    tor.TextClassifier(preset="fast").fit(
        dataset.cache(tmp_path / "cache"), checkpoint=tmp_path / "kept"
    )
    assert list((tmp_path / "cache").glob("*.records"))
    for kind in ("relation", "lazy frame", "IterableDataset"):
        with pytest.raises(ParameterError, match="may give other rows the next time"):
            fingerprint(read(OBJECTS[kind](), text="text"))


def test_columns_that_are_not_told():
    frame = pl.from_arrow(TABLE).lazy()
    hint = r"usual name for the labels \(text\).*read\(X, text=, target=\)"
    with pytest.raises(DataError, match=hint):
        tor.TextClassifier(preset="fast").fit(frame.select("text"))
    with pytest.raises(DataError, match=r"usual name for the text \(a, b, label\)"):
        tor.TextClassifier(preset="fast").fit(
            frame.select(pl.col("text").alias("a"), pl.col("text").alias("b"), "label")
        )
    renamed = frame.rename({"text": "body", "label": "target"})
    assert tor.TextClassifier(preset="fast").fit(renamed).classes_.tolist() == ["down", "up"]


def test_splits_and_nothing():
    splits = datasets.DatasetDict({"train": hugging_face(), "test": hugging_face()})
    with pytest.raises(DataError, match=r"several splits \('train', 'test'\): pass one"):
        read(splits, text="text")
    empty = hugging_face().select([])
    filtered = hugging_face().to_iterable_dataset().filter(lambda row: False)
    for item in (empty, filtered):
        with pytest.raises(DataError, match="The dataset has no rows"):
            read(item, text="text")


def test_faults_of_the_other_library():
    frame = pl.from_arrow(TABLE).lazy().with_columns(pl.col("text").cast(pl.Int64))
    with pytest.raises(DataError, match="polars LazyFrame is not readable"):
        list(read(frame.with_columns(pl.col("text").cast(pl.String)), text="text").batches())


SMALL = {
    "Dataset": lambda: hugging_face().select(range(60)),
    "IterableDataset": lambda: hugging_face().to_iterable_dataset().take(60),
    "relation": lambda: duck().limit(60),
    "lazy frame": lambda: pl.from_arrow(TABLE).lazy().head(60),
    "pyarrow dataset": lambda: pads.dataset(TABLE.slice(0, 60)),
}


def classifier():
    return tor.TextClassifier(preset="fast", n_features=1024)


def pipeline():
    return make_pipeline(
        tor.HashingVectorizer(n_features=1024), tor.SGDClassifier(random_state=0, n_jobs=1)
    )


GRID = {"alpha": [1e-5, 1e-4]}
ESTIMATORS = {
    "grid": lambda: tor.GridSearchCV(classifier(), GRID, cv=2),
    "grid of pipelines": lambda: tor.GridSearchCV(
        pipeline(), {"sgdclassifier__alpha": [1e-5, 1e-4]}, cv=2
    ),
    "halving": lambda: tor.HalvingGridSearchCV(classifier(), GRID, cv=2),
    "out of core": lambda: tor.OutOfCore(pipeline()),
    "averaged": lambda: tor.ParameterAveraging(classifier(), n_partitions=2),
    "averaged pipelines": lambda: tor.ParameterAveraging(pipeline(), n_partitions=2),
    "bagging": lambda: tor.BaggingClassifier(classifier(), n_estimators=2),
    "ensemble": lambda: tor.PartitionEnsemble(pipeline(), n_partitions=2),
    "text": classifier,
    "random": lambda: tor.RandomizedSearchCV(classifier(), GRID, n_iter=2, cv=2),
    "bagged pipelines": lambda: tor.BaggingClassifier(pipeline(), n_estimators=2),
    "voting": lambda: tor.VotingClassifier([classifier(), tor.OutOfCore(pipeline())]),
    "voting pipelines": lambda: tor.VotingClassifier([pipeline(), pipeline()], voting="soft"),
    "ensemble of trees": lambda: tor.PartitionEnsemble(
        make_pipeline(CountVectorizer(), DecisionTreeClassifier(random_state=0)), n_partitions=2
    ),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_take_objects_as_they_take_datasets(name):
    rows = read(TABLE.slice(0, 60), text="text", target="label")
    expected = ESTIMATORS[name]().fit(rows)
    labels, score = expected.predict(rows), expected.score(rows)
    assert score > 0.9
    kinds = [*SMALL.values()]
    for make_rows, make_others in zip(kinds, [*kinds[1:], kinds[0]], strict=True):
        model = ESTIMATORS[name]().fit(make_rows())
        assert (model.predict(make_others()) == labels).all()
        assert model.score(make_others()) == score


@pytest.mark.parametrize("name", ["text", "out of core"])
@pytest.mark.parametrize("kind", SMALL)
def test_partial_fit_takes_objects(name, kind):
    rows = read(TABLE.slice(0, 60), text="text", target="label")
    model, expected = ESTIMATORS[name](), ESTIMATORS[name]()
    for _ in range(2):
        model.partial_fit(SMALL[kind]())
        expected.partial_fit(rows)
    assert (model.decision_function(rows) == expected.decision_function(rows)).all()


@pytest.mark.parametrize("kind", SMALL)
def test_advice_takes_objects(kind):
    rows = read(TABLE.slice(0, 60), text="text", target="label")
    found, expected = tor.advise(SMALL[kind](), classifier()), tor.advise(rows, classifier())
    assert found.vocabulary == expected.vocabulary
    assert found.n_features == expected.n_features
    curve = tor.collision_curve(SMALL[kind](), classifier(), n_bits=[4, 10])
    assert curve == tor.collision_curve(rows, classifier(), n_bits=[4, 10])


def test_advice_takes_objects_without_labels():
    assert tor.advise(SMALL["Dataset"]().remove_columns("label"), classifier()).vocabulary > 50


@pytest.mark.parametrize("estimator", [classifier, pipeline])
def test_objects_are_cross_validated(estimator):
    rows = read(TABLE.slice(0, 60), text="text", target="label")
    expected = tor.cross_validate(estimator(), rows, cv=2)["test_score"]
    for make in SMALL.values():
        scores = tor.cross_validate(estimator(), make(), cv=2)["test_score"]
        assert (scores == expected).all()
