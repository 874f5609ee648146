"""Caches in folders without permission: training continues, and commands name the folder."""

import os

import pytest

import torrential as tor

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")

NOBODY = 65534


@pytest.fixture
def folder(tmp_path, monkeypatch, run):
    """A folder to be in, which all may enter; all that is imported late was imported."""
    monkeypatch.chdir(tmp_path)
    tor.TextClassifier(preset="fast", n_features=2**8).fit(rows().cache("warm"))
    assert run("cache", "list", "--cache-dir", "warm")[0] == 0
    assert run("cache", "clear", "--cache-dir", "none")[0] == 2
    tor.memory(tmp_path / "calls")
    parents = [path for path in tmp_path.parents if path.name.startswith(("pytest-", "popen-"))]
    for path in (tmp_path, *parents):
        path.chmod(0o755)
    return tmp_path


def rows():
    lines = "".join(f'{{"t": "word{i % 3}", "l": {i % 2}}}\n' for i in range(60))
    with open("rows.jsonl", "w") as file:  # noqa: PTH123
        file.write(lines)
    return tor.read("rows.jsonl", text="t", target="l")


@pytest.fixture
def as_nobody():
    """The superuser may do everything: be somebody else, until the test ends."""
    before = os.geteuid()

    def begin():
        if before == 0:
            os.seteuid(NOBODY)

    yield begin
    os.seteuid(before)


def unusable(kind, folder):
    """A path that is not valid as the folder of a cache."""
    path = folder / "cache"
    if kind == "file":
        path.write_text("")
        return path / "cache"
    if kind == "too long":
        return folder / ("x" * 300)
    path.mkdir()
    if kind == "within closed":
        path.chmod(0o000)
        return path / "cache"
    path.chmod({"closed": 0o000, "read only": 0o555}[kind])
    return path


KINDS = ["file", "too long", "closed", "within closed", "read only"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_goes_on_without_the_cache(kind, folder, as_nobody, caplog):
    data, path = rows(), unusable(kind, folder)
    as_nobody()
    model = tor.TextClassifier(preset="fast", n_features=2**8, max_iter=2).fit(data.cache(path))
    assert model.n_iter_ == 2
    warnings = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert all(str(path) in each and "None" not in each for each in warnings)
    assert len([each for each in warnings if "is not written" in each]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_calls_are_not_kept_there(kind, folder, as_nobody):
    path = unusable(kind, folder)
    as_nobody()
    with pytest.raises(tor.OutputError, match="Cannot keep calls in") as raised:
        tor.memory(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("kind", ["file", "too long", "closed", "within closed"])
@pytest.mark.parametrize("command", ["list", "clear"])
def test_commands_say_which(command, kind, folder, as_nobody, run):
    path = unusable(kind, folder)
    as_nobody()
    code, out, err = run("cache", command, "--cache-dir", path)
    assert (code, out) == (2, "")
    assert str(path) in err
    assert err.count("\n") == 1


def test_what_cannot_be_removed_is_said(folder, as_nobody, run):
    tor.TextClassifier(preset="fast", n_features=2**8).fit(rows().cache("cache"))
    (folder / "cache").chmod(0o555)
    as_nobody()
    code, out, err = run("cache", "clear", "--cache-dir", "cache")
    assert (code, out) == (2, "")
    assert "1 of 1 entries in" in err
    assert "are not removable" in err
