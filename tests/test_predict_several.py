"""Several models in one pass: the same predictions as one after the other, and gates."""

import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet

import torrential as tor
from torrential.engine.scoring.gate import parse_gate
from torrential.errors import DataError, ParameterError
from torrential.features.text.spec import TextSpec

ROWS = {
    "id": list(range(8)),
    "text": ["the cat", "die Katze", "the car", "das Auto", "cats", None, "the Katze", "car car"],
}


def model_of(labels, **options):
    texts = ["the cat", "die Katze", "the car", "das Auto"] * 20
    options = {"preset": "fast", "n_features": 2**12} | options
    return tor.TextClassifier(**options).fit(texts, labels * 20)


@pytest.fixture(scope="module")
def models():
    return {
        "language": model_of(["en", "de", "en", "de"]),
        "topic": model_of(["pet", "pet", "vehicle", "vehicle"]),
        "letters": model_of([1, 2, 3, 4], analyzer="char", idf="two-pass"),
    }


@pytest.fixture
def rows():
    return tor.read(ROWS, text="text")


def table_of(models, rows, tmp_path, **options):
    tor.predict_to(models, rows, tmp_path / "out.parquet", **options)
    return parquet.read_table(tmp_path / "out.parquet")


def test_each_model_predicts_as_alone(models, rows, tmp_path):
    table = table_of(models, rows, tmp_path, all_probabilities=True)
    for name, model in models.items():
        alone = table_of([model], rows, tmp_path, all_probabilities=True)
        names = [name, f"{name}_probability"]
        names += [f"{name}_probability_{label}" for label in model.classes_]
        for ours, theirs in zip(names, alone.column_names[2:], strict=True):
            assert table[ours].equals(alone[theirs])


def test_models_of_equal_features_hash_once(models, rows, tmp_path, monkeypatch):
    hashed, encode = [], TextSpec.encode

    def counted(self, columns, *more):
        hashed.append(columns.num_rows)
        return encode(self, columns, *more)

    monkeypatch.setattr(TextSpec, "encode", counted)
    table_of(models, rows, tmp_path)
    assert hashed == [8, 8]
    hashed.clear()
    table_of(models, rows, tmp_path, where="language = de")
    assert hashed[0] == 8 and len(hashed) == 2 and hashed[1] < 8


def test_gates_decide_what_later_models_see(models, rows, tmp_path):
    whole = table_of(models, rows, tmp_path)
    table = table_of(models, rows, tmp_path, where=["language = en", "topic.probability >= 0.7"])
    is_english = pc.equal(whole["language"], "en")
    is_sure = pc.and_(is_english, pc.greater_equal(whole["topic_probability"], 0.7))
    assert table["language"].equals(whole["language"])
    for name, seen in (("topic", is_english), ("letters", is_sure)):
        for column in (name, f"{name}_probability"):
            null = pa.scalar(None, whole[column].type)
            assert table[column].equals(pc.if_else(seen, whole[column], null))
    kept = table_of(models, rows, tmp_path, where="language = en", keep=[1, 2, 3, 4])
    assert kept["id"].equals(whole.filter(is_english)["id"])


def test_no_row_may_be_seen(models, rows, tmp_path):
    table = table_of(models, rows, tmp_path, where="language.probability > 1")
    assert table["topic"].null_count == table["letters_probability"].null_count == 8
    best = table_of(
        models, rows, tmp_path, where="language.probability > 1", keep=1, keep_top="50%"
    )
    assert len(best) == 0


def test_ranks_are_of_the_rows_that_the_last_model_sees(models, rows, tmp_path):
    gate = {"where": "language != de", "all_probabilities": True}
    seen = table_of(models, rows, tmp_path, **gate)
    seen = seen.filter(pc.is_valid(seen["letters"]))
    order = pc.sort_indices(pc.negate(seen["letters_probability_3"]))[:2]
    best = table_of(models, rows, tmp_path, keep=3, keep_top=2, **gate)
    assert best["id"].to_pylist() == sorted(seen["id"].take(order).to_pylist())


def test_tables(tmp_path):
    data = {"city": ["LAS", "PHL"] * 30, "hour": [7, 9, 8] * 20}
    late = tor.TableClassifier().fit({"city": data["city"]}, [0, 1] * 30)
    busy = tor.TableClassifier().fit(data, ["a", "b", "c"] * 20)
    path = tmp_path / "rows.csv"
    path.write_text("hour,other,city\n" + "7,x,LAS\n9,y,PHL\n")
    table = table_of({"late": late, "busy": busy}, tor.read(path), tmp_path)
    assert table["late"].to_pylist() == [0, 1] and table["busy"].to_pylist() == ["a", "b"]
    with pytest.raises(ParameterError, match="apply them separately"):
        texts = model_of(["en", "de", "en", "de"])
        tor.predict_to({"late": late, "texts": texts}, tor.read(path), tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("langage = en", "names the model 'langage'.*'language', 'topic'"),
        ("language = fr", "names 'fr'"),
        ("language", "not a condition"),
        ("language = en or topic = pet", "not a condition"),
        ("language = en and", "not a condition"),
        ("language > en", "give = or !="),
        ("language.probability > much", "'much'"),
        ("topic = pet", "last model"),
    ],
)
def test_wrong_conditions_are_named(text, words):
    with pytest.raises(ParameterError, match=words):
        parse_gate(text, ["language", "topic"], [["en", "de"], ["pet", "vehicle"]])


def test_conditions_with_spaces_and_and():
    labels = [["new and old", "so-so"], [1]]
    gate = parse_gate(
        """my model != "new and old" AND my model='so-so'""", ["my model", "x"], labels
    )
    assert [(each.sign, each.value) for each in gate.conditions] == [("!=", 0), ("=", 1)]


def test_names_that_clash_are_refused(models, rows, tmp_path):
    language = models["language"]
    for given, words in [
        ([language, models["topic"]], "a dict of name to model"),
        ({"id": language, "topic": models["topic"]}, "a column 'id'"),
        ({}, "models is empty"),
        ({"a": tor.SGDClassifier()}, "SGDClassifier"),
    ]:
        with pytest.raises((ParameterError, DataError), match=words):
            tor.predict_to(given, rows, tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_the_command_finds_models_by_their_content(run, models, tmp_path):
    for name, model in models.items():
        model.save(tmp_path / f"{name}.parquet")  # a name says nothing
    data, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    data.write_text("".join(json.dumps({"text": text}) + "\n" for text in ROWS["text"] if text))
    words = [tmp_path / "language.parquet", tmp_path / "topic.parquet", data]
    code, _, err = run("predict", *words, "-o", out, "--where", "language = en")
    assert code == 0 and "language: en" in err and "topic: pet" in err
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["topic"] is None for row in found] == [row["language"] == "de" for row in found]
    code, _, err = run("predict", *words[:2])
    assert code == 2 and "FILES is missing" in err
    code, _, err = run("predict", words[0], words[0], data)
    assert code == 2 and "Two models have the name 'language'" in err
    code, _, err = run("predict", *words, "-o", out, "--where", "topic = pet")
    assert code == 2 and "last model" in err
