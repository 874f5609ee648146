"""Messages speak of options, as they are typed, and suggest the one that was meant."""

import json
import sys

import pytest

from torrential.cli.parser import parser_of_all
from torrential.cli.usage import MEANT
from torrential.cli.wording import in_own_words, register_parsers

COLUMNS = ["--text", "body", "--target", "stars"]


@pytest.mark.parametrize(
    ("python", "command_line"),
    [
        ("max_iter=0 is too few: give 1.", "--max-iter 0 is too few: give 1."),
        ("ngram_range=(2, 1) is no range.", "--ngram-range 2-1 is no range."),
        ("idf='both' is not known: see 'idf'.", "--idf both is not known: see 'idf'."),
        ("alpha=-1.0 is negative.", "--alpha -1.0 is negative."),
        ("C=1.0 and alpha=0.5 are two.", "--C 1.0 and --alpha 0.5 are two."),
        ("Ctrl-C in C ends it.", "Ctrl-C in C ends it."),
        ("stop_words=['a'], or lowercase=False.", "--stop-words ['a'], or --no-lowercase."),
        ("Train it with terms=True.", "Train it with --terms."),
        ("n_features and n_jobs of the model.", "--n-features and --n-jobs of the model."),
        ("Name the column in read(target=).", "Name the column in --target."),
        # What only looks like a parameter stays.
        ("There is no column 'n_features'.", "There is no column 'n_features'."),
        ("max_iter.csv, /n_jobs/a, n_jobs/b.", "max_iter.csv, /n_jobs/a, n_jobs/b."),
        ("The loss and the text are large.", "The loss and the text are large."),
        ("label='x=1' and y=2", "label='x=1' and y=2"),
    ],
)  # fmt: skip
def test_sentences(python, command_line, monkeypatch):
    register_parsers(parser_of_all)
    monkeypatch.setattr("sys.argv", ["torrential"])
    assert in_own_words(python) == command_line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--epochs", "0"], "--epochs 0 "),
        (["--max-iter", "0"], "--max-iter 0 "),
        (["--ngram-range", "2-1"], "--ngram-range 2-1 "),
        (["--n-features", "0"], "--n-features"),
        (["--C", "0"], "--C 0.0 has to be a number above 0,"),
        (["--terms=0"], "--terms 0 "),
        (["--n-jobs", "0"], "--n-jobs 0"),
        (["--test-size", "3"], "--test-size 3"),
        (["--cache-dir", "c", "--cache-limit", "much"], "--cache-limit much "),
        (["--checkpoint", "c", "--checkpoint-every", "x"], "--checkpoint-every x"),
        (["--n-partitions", "0"], "--n-partitions 0"),
        (["--target-type", "word"], "--target-type word"),
        (["--ngrams", "2"], "no option --ngrams: did you mean --ngram-range?"),
        (["--label", "x"], "did you mean --target?"),
        (["--seed", "1"], "did you mean --random-state?"),
        (["--epoch", "1"], "did you mean --epochs?"),
        (["--stop_words", "the"], "did you mean --stop-words?"),
    ],
)
def test_errors(words, said, run, grouped_reviews, tmp_path):
    code, out, err = run("train", grouped_reviews, *COLUMNS, "-o", tmp_path / "m", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert "=" not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ("eta=0.1", "'eta' is not a parameter: did you mean 'eta0'?"),
        ("lr=0.1", "did you mean 'eta0'?"),
        ("ngrams=1,2", "did you mean 'ngram_range'?"),
        ("zzz=1", "choose among 'preset'"),
    ],
)
def test_the_grid_says_what_may_have_been_meant(grid, said, run, grouped_reviews):
    code, _, err = run("search", grouped_reviews, *COLUMNS, "--grid", grid)
    assert code == 2
    assert said in err


def test_a_model_without_terms_is_told_in_commands(run, grouped_reviews, tmp_path):
    words = ["--n-features", "2**10", "--ngram-range", "1-2", "--no-lowercase", "-q"]
    assert run("train", grouped_reviews, *COLUMNS, "-o", tmp_path / "m", *words)[0] == 0
    code, _, err = run("terms", tmp_path / "m")
    assert code == 2
    assert "train it with --terms, or name them afterwards with torrential terms MODEL" in err
    _, out, _ = run("inspect", tmp_path / "m")
    assert "--no-lowercase --n-features 1024 --ngram-range 1-2\n" in out
    _, out, _ = run("inspect", tmp_path / "m", "--json")
    assert json.loads(out)["parameters"]["ngram_range"] == [1, 2]


def test_what_others_call_an_option_leads_to_one():
    known = {name for each in parser_of_all().commands["train"].params for name in each.opts}
    search = {name for each in parser_of_all().commands["search"].params for name in each.opts}
    assert set(MEANT.values()) <= known | search
    assert not set(MEANT) & (known | search)


def test_a_cluster_needs_an_extra_which_is_asked_for_before_the_work(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not there
    words = ["none.csv", "--text", "t", "--target", "y", "-o", "m"]
    code, _, err = run("train", *words, "--cluster", "tcp://127.0.0.1:1")
    assert code == 2 and 'pip install "torrential[cluster]"' in err
