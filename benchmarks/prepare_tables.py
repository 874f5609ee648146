r"""Write the tables of bench_tables.py, also as text for Vowpal Wabbit.

    python benchmarks/prepare_tables.py FOLDER --flights flights-3m.parquet --adult adult \
        [--click-rows 2000000] [--click-values 1000000]

``--flights`` is a file of the package vega-datasets 3.2.1 of npm (``data/flights-3m.parquet``),
``--adult`` a folder with the official split of UCI's Adult as train.parquet and test.parquet; the
click log is generated (see click_log.py). What is not given is not written. A folder of each then
contains

    {train,test}.parquet  the columns and the label
    {train,test}.vw       the same for Vowpal Wabbit: a namespace for each column, and numbers as
                          the bins that torrential takes them to
    {train,test}.values.vw  the same with numbers as values, for tables that have numbers
    facts.json            the label, kinds of columns, crosses, and the namespaces

Flights are in the order of their dates: the last tenth is the test.
"""

import argparse
import json
import string
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import click_log
from programs.table_quality import bins

LATE_MINUTES = 15
ROWS_PER_GROUP = 500_000
FLIGHT_CROSSES = [
    ["origin", "destination"],
    ["origin", "hour"],
    ["destination", "hour"],
    ["weekday", "hour"],
]
Facts = dict[str, Any]


def write_flights(source: Path, folder: Path) -> Facts:
    """Write the parts of dates, the places and the distance, and whether flights were late."""
    flights = pq.read_table(source)
    date = flights["date"]
    parts = {"hour": pc.hour, "weekday": pc.day_of_week, "month": pc.month}
    table = pa.table(
        {name: pc.cast(part(date), pa.int8()) for name, part in parts.items()}
        | {name: flights[name].cast(pa.string()) for name in ("origin", "destination")}
        | {"distance": flights["distance"]}
        | {"late": pc.cast(pc.greater_equal(flights["delay"], LATE_MINUTES), pa.int8())}
    )
    n_train = table.num_rows * 9 // 10
    pq.write_table(table[:n_train], folder / "train.parquet", row_group_size=ROWS_PER_GROUP)
    pq.write_table(table[n_train:], folder / "test.parquet", row_group_size=ROWS_PER_GROUP)
    kinds = dict.fromkeys(parts, "category")
    return {"label": "late", "positive": 1, "kinds": kinds, "crosses": FLIGHT_CROSSES}


def write_adult(source: Path, folder: Path) -> Facts:
    """Write the official split, as it is."""
    for part in ("train", "test"):
        pq.write_table(pq.read_table(source / f"{part}.parquet"), folder / f"{part}.parquet")
    return {"label": "label", "positive": ">50K", "kinds": {}, "crosses": []}


def write_clicks(n_rows: int, largest: int, folder: Path) -> Facts:
    """Write the click log."""
    loss = click_log.write(folder, n_rows, largest=largest, test=0.1, seed=0)
    facts = {"label": click_log.LABEL, "positive": 1, "kinds": {}, "crosses": click_log.crosses()}
    return {**facts, "true_log_loss": loss}


def numbers_of(facts: Facts, schema: pa.Schema) -> list[str]:
    """Return the columns that are numbers, not categories."""
    return [
        field.name
        for field in schema
        if pa.types.is_integer(field.type)
        and field.name not in facts["kinds"]
        and field.name != facts["label"]
    ]


def vowpal_lines(rows: pa.RecordBatch, facts: Facts, *, as_values: bool) -> pa.Array:
    """Return a line for each row: its class, and each column in the namespace of its letter."""
    is_positive = pc.equal(rows[facts["label"]], facts["positive"])
    parts = [pc.if_else(is_positive, "1", "-1")]
    numbers = numbers_of(facts, rows.schema)
    for name, letter in facts["namespaces"].items():
        array = rows[name]
        if name in numbers and not as_values:
            array = bins(array)
        texts = pc.fill_null(pc.utf8_trim_whitespace(array.cast(pa.string())), "missing")
        before = f"|{letter} {'v:' if name in numbers and as_values else ''}"
        parts.append(pc.binary_join_element_wise(before, texts, ""))
    return pc.binary_join_element_wise(*parts, pc.cast(" ", pa.string()))


def write_vowpal(folder: Path, facts: Facts) -> None:
    """Write what Vowpal Wabbit reads."""
    for part in ("train", "test"):
        source = pq.ParquetFile(folder / f"{part}.parquet")
        for is_of_values, name in ((False, "vw"), (True, "values.vw")):
            if is_of_values and not numbers_of(facts, source.schema_arrow):
                continue
            with (folder / f"{part}.{name}").open("w") as output:
                for rows in source.iter_batches(100_000):
                    lines = vowpal_lines(rows, facts, as_values=is_of_values)
                    output.writelines(f"{line}\n" for line in lines.to_pylist())


def prepare(folder: Path, facts: Facts) -> None:
    """Complete the facts of a table, and write the other formats."""
    schema = pq.read_schema(folder / "train.parquet")
    names = [name for name in schema.names if name != facts["label"]]
    facts["namespaces"] = dict(zip(names, string.ascii_lowercase))
    facts["numbers"] = numbers_of(facts, schema)
    for part in ("train", "test"):
        facts[f"n_{part}"] = pq.read_metadata(folder / f"{part}.parquet").num_rows
    write_vowpal(folder, facts)
    (folder / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(f"{folder.name}: {facts}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--flights", type=Path, help="flights-3m.parquet")
    parser.add_argument("--adult", type=Path, help="folder of the official split")
    parser.add_argument("--click-rows", type=int, default=0, help="rows of a click log")
    parser.add_argument("--click-values", type=int, default=10**6, help="of its largest column")
    parser.add_argument("--clicks", default="clicks", help="name of its folder")
    args = parser.parse_args()
    written = {
        "flights": args.flights and (lambda folder: write_flights(args.flights, folder)),
        "adult": args.adult and (lambda folder: write_adult(args.adult, folder)),
        args.clicks: args.click_rows
        and (lambda folder: write_clicks(args.click_rows, args.click_values, folder)),
    }
    for name, write in written.items():
        if write:
            folder = args.folder / name
            folder.mkdir(parents=True, exist_ok=True)
            prepare(folder, write(folder))


if __name__ == "__main__":
    main()
