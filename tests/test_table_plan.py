"""Plans of columns from values: which of them are read, and that the plan is the same anywhere."""

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.estimators.table.rows import with_inputs
from torrential.estimators.table.settings import PARTITIONS_OF_TEXTS, ROWS, sample_of

N_ROWS, N_GROUPS = 2000, 20
KINDS = {"size": "quantile", "age": "log", "name": "category"}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    words = rng.choice(["red", "blue", "old", "new", "round", "flat"], (N_ROWS, 6))
    return pa.table(
        {
            "size": rng.normal(size=N_ROWS),
            "age": rng.integers(0, 90, N_ROWS),
            "name": rng.choice(["ada", "bob"], N_ROWS),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], N_ROWS),
            "note": [f"{number} {' '.join(row)}" for number, row in enumerate(words)],
            "label": rng.choice(["no", "yes"], N_ROWS),
        }
    )


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    pq.write_table(table, folder / "rows.parquet", row_group_size=N_ROWS // N_GROUPS)
    pa.csv.write_csv(table, folder / "rows.csv")
    return folder


def sample(rows, **parameters):
    dataset = with_inputs(tor.read(rows, target="label"))
    return sample_of(dataset, {"kinds": None, "numbers": "log", **parameters})


def test_values_are_read_of_the_columns_that_a_plan_looks_at(folder):
    found = sample(folder / "rows.parquet", kinds=KINDS)
    in_group = N_ROWS // N_GROUPS
    n_texts, n_numbers = PARTITIONS_OF_TEXTS * in_group, 16 * in_group
    assert {name: len(array) for name, array in found.items()} == {
        "size": n_numbers,
        "age": 0,
        "name": 0,
        "city": n_texts,
        "note": n_texts,
    }


def test_a_part_gives_its_first_rows(table):
    long = pa.concat_tables([table] * 4)
    assert len(long) > ROWS
    values = sample(long.to_batches()[:1], numbers="quantile")["size"]
    assert values.equals(long["size"].combine_chunks()[: len(values)])
    assert 0 < len(values) <= ROWS


def test_rows_that_are_chosen_by_their_content_are_looked_at(folder):
    train, _ = tor.read(folder / "rows.parquet", target="label").split(0.5)
    found = sample_of(with_inputs(train), {"kinds": KINDS, "numbers": "log"})
    assert 0 < len(found["size"]) < 16 * N_ROWS // N_GROUPS
    assert len(found["age"]) == 0


def test_the_plan_is_the_same_for_any_format(folder, table):
    def plan(rows):
        dataset = tor.read(rows, target="label")
        model = tor.TableClassifier(kinds={"size": "standard"}).fit(dataset)
        return model.columns_plan_

    expected = {"size": "standard", "age": "log", "name": "category", "city": "category"}
    for rows in (folder / "rows.parquet", folder / "rows.csv", table):
        assert {each["column"]: each["kind"] for each in plan(rows)} == expected | {"note": "text"}
