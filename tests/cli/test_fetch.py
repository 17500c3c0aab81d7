"""Databases from a shell: fetched by command, or by their name where a folder does."""

import pytest

import skecg
from tests._server import Status, serving

PLACE = "edb/1.0.0"


@pytest.fixture(scope="module")
def running():
    """A server for all tests."""
    with serving() as server:
        yield server


@pytest.fixture
def server(running, recordings, monkeypatch, tmp_path):
    """The server with some simulated recordings as edb; databases are fetched below tmp_path."""
    running.reset()
    running.publish(PLACE, {path.name: path.read_bytes() for path in recordings.iterdir()})
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("SKECG_MIRROR", running.url)
    monkeypatch.setenv("SKECG_DATA", str(tmp_path / "data"))
    return running


@pytest.fixture
def folder(tmp_path):
    """The folder of the database."""
    return tmp_path / "data" / "edb" / "1.0.0"


def test_fetch_prints_the_folder(invoke, server, folder):
    done = invoke("fetch", "edb")
    assert done.code == 0, done.err
    assert done.out == f"{folder}\n"
    assert "European ST-T Database 1.0.0, about 500 MB" in done.err
    assert len(skecg.find_records(folder)) == 8


def test_quiet_fetch_prints_nothing(invoke, server, folder):
    done = invoke("fetch", "edb", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert len(skecg.find_records(folder)) == 8


@pytest.mark.parametrize("as_file", [False, True])
def test_fetch_some_records_elsewhere(invoke, server, tmp_path, recordings, as_file):
    first, second, *_ = [path.name for path in skecg.find_records(recordings)]
    records = f"{first}, {second}"
    if as_file:
        records = tmp_path / "names.txt"
        records.write_text(f"{first}\nedb/{second}\n")
    done = invoke("fetch", "edb", "--records", records, "--data-home", tmp_path, "--jobs", "2")
    assert done.code == 0, done.err
    found = skecg.find_records(tmp_path / "edb")
    assert [path.name for path in found] == [first, second]


def test_fetch_that_fails_says_what_to_do(invoke, server, words, folder):
    server.plans[f"/{PLACE}/SHA256SUMS.txt"] = Status(404)
    done = invoke("fetch", "edb")
    assert (done.code, done.out) == (1, "")
    assert "Cannot fetch edb 1.0.0" in done.err
    assert "HTTP status 404 (Not Found). By hand: put the files of" in words(done.err)


def test_unknown_database(invoke, server, words):
    done = invoke("fetch", "my-holters")
    assert done.code == 1
    assert "The version of 'my-holters' is not known to skecg" in words(done.err)


def test_name_of_a_database_works_where_a_folder_does(invoke, server, words, folder):
    done = invoke("info", "edb")
    assert done.code == 0, done.err
    assert "8 records of 8 subjects" in done.out
    assert "'edb' is no folder here: fetching the European ST-T Database" in words(done.err)
    n_requests = len(server.requests)
    again = invoke("info", "edb")
    assert again.out == done.out
    assert "fetching" not in again.err
    assert len(server.requests) == n_requests


def test_folder_of_that_name_wins(invoke, server, tmp_path, recordings, folder):
    (tmp_path / "edb").symlink_to(recordings)
    assert invoke("info", "edb", cwd=tmp_path).code == 0
    assert server.requests == []
    assert not folder.exists()


def test_only_chosen_records_are_fetched(invoke, server, trained, recordings, tmp_path, folder):
    chosen = [path.name for path in skecg.find_records(recordings)][:3]
    records = tmp_path / "names.txt"
    records.write_text("\n".join(chosen))
    done = invoke("evaluate", trained.folder / "lstm.skecg", "edb", "--records", records)
    assert done.code == 0, done.err
    assert [path.name for path in skecg.find_records(folder)] == chosen


def test_compare_takes_names_of_databases(invoke, server, recordings):
    done = invoke("compare", "edb", recordings, "--annotator", "atr", "--start", "0")
    assert done.code == 0, done.err
    assert "8 records" in done.out


@pytest.mark.slow
def test_train_on_a_database_by_name(invoke, server, tmp_path, few_figures):
    small = ("--model", "lstm", "--epochs", "1", "--units", "4", "--test-size", "0.3")
    done = invoke("train", "edb", "--out", tmp_path / "out", *small)
    assert done.code == 0, done.err
    assert (tmp_path / "out" / "lstm.skecg").exists()


@pytest.mark.slow
def test_killed_download_goes_on(start, run, server, folder):
    """A process that is killed in the middle leaves nothing under a wrong name or with a lock."""
    server.patience = 0.2
    process = start("fetch", "edb", "--jobs", "2")
    while server.count(".dat") < 3:
        assert process.poll() is None
    process.kill()
    process.communicate()
    whole = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    for name in whole:
        assert (folder / name).read_bytes() == server.files[f"/{PLACE}/{name}"]
    server.patience = 0.0
    server.requests.clear()
    done = run("fetch", "edb")
    assert done.code == 0, done.err
    assert len(server.requests) == len(server.files) - len(whole)
    assert len(skecg.find_records(folder)) == 8


@pytest.mark.slow
def test_two_processes_at_once(start, server, folder):
    server.patience = 0.02
    processes = [start("fetch", "edb") for _ in range(2)]
    ends = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ends
    assert [out for out, _ in ends] == [f"{folder}\n"] * 2
    assert server.count(".dat") == 8  # each once
