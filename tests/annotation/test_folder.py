"""Many recordings annotated into one folder: complete, continued, and never in the wrong place."""

import datetime
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import wfdb
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.annotation import _fingerprint, _folder, _sealed
from skecg.annotation._folder import LOCK, Options, annotate_all, as_table
from skecg.annotation._jobs import Job, Outcome
from skecg.annotation._model import resolve_model
from skecg.annotation._names import folded_counts, name_problem, record_names
from skecg.records.formats import read_annotations
from skecg.utils import LostTask, locked

ENDINGS = [".beats", ".csv", ".html", ".json"]


@pytest.fixture(scope="module")
def model():
    """A tree, with the extractor of its rows."""
    beats = skecg.load_simulated(4, duration=30, random_state=0)
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    return resolve_model(tree, beats.extractor)


@pytest.fixture(scope="module")
def simulated():
    return skecg.simulate_records(3, duration=20, random_state=1)


@pytest.fixture(scope="module")
def recordings(simulated, tmp_path_factory):
    """Recordings of 20 s in WFDB, EDF and CSV files."""
    folder = tmp_path_factory.mktemp("recordings")
    one, two, three = simulated
    skecg.write_record(one, folder / "a")
    skecg.write_record(two, folder / "a", format="edf")
    time = np.arange(three.n_samples) / three.fs
    table = pd.DataFrame({"time": time, "MLII": three.signal[:, 0], "V5": three.signal[:, 1]})
    (folder / "b").mkdir()
    table.to_csv(folder / "b" / "sim002.csv", index=False)
    return folder


@pytest.fixture
def data(recordings, tmp_path):
    """A copy of the recordings."""
    return Path(shutil.copytree(recordings, tmp_path / "data"))


@pytest.fixture
def run(model, tmp_path):
    """A function that annotates, by default into one folder; it returns the rows."""

    def annotate(records, out=None, **options):
        options = Options(**{"detector": "sleepecg"} | options)
        return annotate_all(model, records, out or tmp_path / "out", options)

    return annotate


def states(outcomes):
    return [(one.row["record"], one.row["status"], one.is_new) for one in outcomes]


def contents(folder, *, times=False):
    """The bytes of all results but the seconds that they took."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        text = path.read_bytes()
        if path.suffix == ".json":
            text = json.loads(text)
            assert text["run"]["complete"]
            del text["run"]["row"]["seconds"], text["run"]["files"]
        elif path.name == "recordings.csv":
            text = pd.read_csv(path).drop(columns="seconds").to_csv()
        found[path.relative_to(folder).as_posix()] = (text, path.stat().st_mtime_ns * times)
    return found


def test_recordings_of_all_formats_have_their_results(run, data, tmp_path):
    outcomes = run(data)
    assert states(outcomes) == [(f"sim00{i}", "ok", True) for i in range(3)]
    out = tmp_path / "out"
    for one in outcomes:
        name = one.row["record"]
        assert all((out / f"{name}{ending}").is_file() for ending in ENDINGS)
        beats = read_annotations(out / name, "beats")
        table = pd.read_csv(out / f"{name}.csv")
        assert beats.sample.tolist() == table["sample"].tolist()
        assert beats.symbol.tolist() == table["class"].tolist()
        # as the program rdann of WFDB shows them
        shown = wfdb.rdann(str(out / name), "beats")
        assert shown.sample.tolist() == table["sample"].tolist()
        assert one.row["beats"] == len(table) == sum(one.row[label] for label in "NSVFQ")
        assert one.row["V"] == (table["class"] == "V").sum()
    found = pd.read_csv(out / "recordings.csv")
    assert found["record"].tolist() == ["sim000", "sim001", "sim002"]
    assert found["duration"].tolist() == [20.0] * 3 and (found["mean_hr"] > 40).all()
    assert as_table([one.row for one in outcomes])["beats"].tolist() == found["beats"].tolist()


def test_results_are_the_same_for_any_number_of_workers(run, data, tmp_path):
    run(data)
    with joblib.parallel_config("threading", n_jobs=2):
        run(data, tmp_path / "two", n_jobs=2)
    assert contents(tmp_path / "two") == contents(tmp_path / "out")


def test_the_files_of_recordings_are_never_changed(run, data):
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    run(data, data / "results", edf=True)
    assert (
        before.items()
        <= {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}.items()
    )
    new = {path for path in data.rglob("*") if path.is_file()} - before.keys()
    assert {path.parent for path in new} == {data / "results"}


def test_results_within_the_recordings_are_not_recordings(run, data):
    found = skecg.find_records(data, None)
    run(data, data / "results", edf=True)
    assert (data / "results" / "sim000.edf").is_file()
    assert skecg.find_records(data, None) == found
    inside = {path.name for path in skecg.find_records(data / "results", None)}
    assert inside == {f"sim00{i}" for i in range(3)}  # EDF and headers, not tables
    assert [one.is_new for one in run(data, data / "results", edf=True)] == [False] * 3


@pytest.mark.parametrize("place", ["a", "b"])
def test_results_never_go_next_to_a_recording(run, data, place):
    with pytest.raises(ValueError, match="folder without recordings"):
        run(data, data / place)


def test_a_folder_with_other_recordings_or_another_table_is_not_one_of_results(
    run, data, simulated, tmp_path
):
    skecg.write_record(simulated[0], tmp_path / "others")
    with pytest.raises(ValueError, match="has the recording 'sim000'"):
        run(data / "b", out=tmp_path / "others")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "recordings.csv").write_text("mine")
    with pytest.raises(ValueError, match=r"has another recordings\.csv"):
        run(data / "b", out=tmp_path / "mine")
    assert (tmp_path / "mine" / "recordings.csv").read_text() == "mine"


def test_recordings_of_one_name_keep_their_folders(run, simulated, tmp_path):
    for folder in ("mit/x", "svdb"):
        skecg.write_record(simulated[0], tmp_path / "data" / folder)
    outcomes = run([tmp_path / "data" / "mit", tmp_path / "data" / "svdb" / "sim000.hea"])
    assert [one.row["record"] for one in outcomes] == ["mit/x/sim000", "svdb/sim000"]
    assert (tmp_path / "out" / "mit" / "x" / "sim000.beats").is_file()
    assert (tmp_path / "out" / "svdb" / "sim000.html").is_file()


def test_a_recording_that_is_named_twice_is_annotated_once(run, data):
    assert len(run([data / "a", data / "a" / "sim000", data / "a" / "sim001.edf"])) == 2
    shutil.copy(data / "a" / "sim001.edf", data / "a" / "sim000.edf")
    with pytest.raises(ValueError, match="in two formats"):
        run([data / "a" / "sim000.hea", data / "a" / "sim000.edf"])


def test_a_broken_recording_does_not_stop_the_others(run, data, tmp_path):
    (data / "a" / "sim000.dat").unlink()
    outcomes = run([data, tmp_path / "missing"])
    found = pd.read_csv(tmp_path / "out" / "recordings.csv").set_index("record")
    assert found["status"].to_dict() == {
        "sim000": "failed",
        "sim001": "ok",
        "sim002": "ok",
        "missing": "failed",
    }
    assert "no signal file" in found["reason"]["sim000"]
    assert isinstance(outcomes[0].error, FileNotFoundError)


def test_a_rerun_goes_on_where_it_stopped(run, data, tmp_path, monkeypatch):
    run(data, tmp_path / "other")
    replace = os.replace

    def stop(source, target):
        if target == tmp_path / "out" / "sim001.csv":  # after sim001.beats
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        run(data)
    table = pd.read_csv(tmp_path / "out" / "recordings.csv")
    assert table["record"].tolist() == ["sim000"] and table["status"].tolist() == ["ok"]
    assert not json.loads((tmp_path / "out" / "sim001.json").read_text())["run"]["complete"]
    monkeypatch.undo()
    assert [one.is_new for one in run(data)] == [False, True, True]
    assert contents(tmp_path / "out") == contents(tmp_path / "other")


def test_a_rerun_leaves_what_is_complete(run, data, tmp_path):
    run(data)
    before = contents(tmp_path / "out", times=True)
    assert [one.is_new for one in run(data)] == [False] * 3
    after = contents(tmp_path / "out", times=True)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"recordings.csv", ".skecg-annotations"}


@pytest.mark.parametrize(
    "change",
    [
        lambda data, out: os.utime(data / "b" / "sim002.csv", (1, 1)),
        lambda data, out: os.utime(data / "a" / "sim000.dat", (1, 1)),
        lambda data, out: (out / "sim001.html").unlink(),
        lambda data, out: (out / "sim001.json").write_text("{}"),
    ],
    ids=["csv", "dat", "html", "json"],
)
def test_what_has_changed_is_annotated_again(run, data, tmp_path, change):
    run(data)
    if change(data, tmp_path / "out") == 2:  # without the summary nothing tells whose they are
        for ending in (".beats", ".csv", ".html", ".json"):
            (tmp_path / "out" / f"sim001{ending}").unlink()
        (tmp_path / "out" / "sim001.hea").unlink()
    assert sum(one.is_new for one in run(data)) == 1


def test_other_options_and_restart_annotate_all_again(run, data):
    run(data / "b")
    assert run(data / "b", restart=True)[0].is_new
    assert run(data / "b", review_below=0.5)[0].is_new
    assert run(data / "b", review_below=0.5, leads=["MLII"])[0].is_new
    assert not run(data / "b", review_below=0.5, leads=["MLII"])[0].is_new


def test_files_of_other_options_are_removed(run, data, tmp_path):
    run(data, edf=True)
    assert (tmp_path / "out" / "sim000.edf").is_file()
    run(data)
    assert not (tmp_path / "out" / "sim000.edf").exists()


def test_rows_of_earlier_runs_stay_in_the_table(run, data, tmp_path):
    run(data / "a")
    run(data / "b")
    table = pd.read_csv(tmp_path / "out" / "recordings.csv")
    assert sorted(table["record"]) == ["sim000", "sim001", "sim002"]


def test_a_second_writer_is_refused(run, data, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    with locked(out / LOCK, out, "a test"), pytest.raises(BlockingIOError, match="a test"):
        run(data)
    assert not (out / LOCK).exists()
    assert len(run(data)) == 3


def test_a_file_of_another_program_is_not_replaced(run, data, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sim000.csv").write_text("mine")
    outcomes = run(data)
    assert "was not written by annotate" in outcomes[0].row["reason"]
    assert (tmp_path / "out" / "sim000.csv").read_text() == "mine"
    assert [one.row["status"] for one in outcomes] == ["failed", "ok", "ok"]


def test_an_edf_file_of_the_results_has_all_beats(run, data, tmp_path):
    run(data, edf=True)
    for name in ("sim000", "sim001", "sim002"):
        found = skecg.read_record(tmp_path / "out" / name)
        by_wfdb = skecg.read_record(tmp_path / "out" / name, annotator="beats")
        np.testing.assert_array_equal(found.sample, by_wfdb.sample)
        table = pd.read_csv(tmp_path / "out" / f"{name}.csv")
        assert found.sample.tolist() == table["sample"].tolist()
        assert found.symbol.tolist() == table["class"].tolist()


def test_annotate_takes_folders_and_single_recordings(model, data, simulated, tmp_path):
    made = {"extractor": model.extractor, "detector": "sleepecg"}
    table = skecg.annotate(model.model, data, out=tmp_path / "out", **made)
    written = pd.read_csv(tmp_path / "out" / "recordings.csv")
    assert table["record"].tolist() == written["record"].tolist() and len(table) == 3
    with pytest.raises(ValueError, match="needs a folder for the results"):
        skecg.annotate(model.model, data, **made)
    one = skecg.annotate(model.model, data / "a" / "sim000", out=tmp_path / "one", **made)
    assert (
        one.beats["sample"].tolist()
        == pd.read_csv(tmp_path / "one" / "sim000.csv")["sample"].tolist()
    )
    # in memory, with a correction that has no beat
    file = tmp_path / "list.csv"
    file.write_text("record,sample,corrected\nsim000,1,-\n")
    with pytest.warns(UserWarning, match="no beat to delete at sample 1"):
        found = skecg.annotate(model.model, simulated[0], corrections=file, **made)
    assert found.beats["symbol"].tolist() == one.beats["symbol"].tolist()
    with pytest.raises(FileNotFoundError):
        skecg.annotate(model.model, tmp_path / "none", out=tmp_path / "one", **made)


def test_recordings_in_memory_have_results(run, simulated, tmp_path):
    assert states(run(simulated[:2])) == [("sim000", "ok", True), ("sim001", "ok", True)]
    assert [one.is_new for one in run(simulated)] == [False, False, True]
    moved = replace(simulated[0], start_time=datetime.time(22))
    assert [one.is_new for one in run([moved, *simulated[1:]])] == [True, False, False]
    twice = run([simulated[0], simulated[0]], tmp_path / "twice")
    assert [one.row["status"] for one in twice] == ["failed", "failed"]


def test_names_of_results():
    paths = [Path("data/a/Rec"), Path("data/b/rec")]
    assert record_names(paths) == ["a/Rec", "b/rec"]  # one file for some file systems
    names = ["Ärztin", "x" * 249, "x" * 250, "Recordings", "a/recordings", "b", "B", "a/.."]
    problems = [name_problem(name, folded_counts(names)) for name in names]
    assert [problem is None for problem in problems] == [True, True, False, False, True, 0, 0, 0]
    assert "255 bytes" in problems[2] and "recordings.csv" in problems[3]


def test_a_recording_with_a_name_too_long_fails_alone(run, data):
    shutil.copy(data / "b" / "sim002.csv", data / "b" / f"{'x' * 250}.csv")
    assert [one.row["status"] for one in run(data)] == ["ok", "ok", "ok", "failed"]


def test_invalid_options_are_refused_before_any_recording(run, data, tmp_path):
    with pytest.raises(ValueError, match="'detector' parameter of annotate must be"):
        run(data, detector="none")
    with pytest.raises(TypeError, match="'detector' parameter of annotate must be"):
        run(data, detector=5)
    with pytest.raises(ValueError, match="'review_below' parameter of annotate"):
        run(data, review_below=2)
    with pytest.raises(ValueError, match="'certainty' parameter of annotate"):
        run(data, certainty="yes")
    with pytest.raises(TypeError, match="'leads' parameter of annotate"):
        run(data, leads="MLII")
    with pytest.raises(ValueError, match="'leads' parameter of annotate is empty"):
        run(data, leads=[])
    for n_jobs in (0, "x"):
        with pytest.raises(ValueError, match="'n_jobs' parameter of annotate"):
            run(data, n_jobs=n_jobs)
    with pytest.raises(ValueError, match="'record' parameter of annotate is empty"):
        run([])
    with pytest.raises(ValueError, match="'out' parameter of annotate is empty"):
        annotate_all(None, data, "", Options())
    assert not (tmp_path / "out").exists()


def test_the_table_has_the_seconds_without_a_beat(run, simulated):
    signal = simulated[0].signal.copy()
    signal[8 * 250 :] = 0.002 * np.sin(np.arange(12 * 250) / 20)[:, np.newaxis]
    row = run([replace(simulated[0], signal=signal, sample=(), symbol=())])[0].row
    assert row["unusable"] == 0 and 11 < row["no_beat"] < 13


def test_damaged_seals_are_none(tmp_path):
    for text in ("", "[]", '{"run": 1}', '{"run": {"format": 1, "corrections": []}}'):
        (tmp_path / "a.json").write_text(text)
        assert _sealed.read_seal(tmp_path, "a") == _sealed.Seal()


# fingerprints


def threshold(level):
    return lambda signal, fs: np.flatnonzero(signal > level)


class Own:
    """A detector that is no function."""

    def __call__(self, signal, fs):
        return []


def test_detectors_are_known_by_their_code_and_what_it_uses():
    facts = _fingerprint.function_facts
    assert facts("auto") == "auto"
    assert facts(threshold(0.5)) == facts(threshold(0.5)) != facts(threshold(0.6))
    assert facts(threshold(0.5)) != facts(lambda signal, fs: np.flatnonzero(signal > 1))
    assert facts(Own()) == facts(Own())


def test_models_and_extractors_that_no_file_holds_are_known_by_their_contents(model):
    known = _fingerprint.model_hash(model.model)
    assert known == _fingerprint.model_hash(model.model)
    assert _fingerprint.model_hash(Own()) == _fingerprint.model_hash(Own())
    assert _fingerprint.model_hash(threshold(1)) != _fingerprint.model_hash(threshold(1))
    steps = [FunctionTransformer(np.negative), FunctionTransformer(np.abs)]
    one, other = (
        _fingerprint.extractor_facts(clone(model.extractor).set_params(preprocessing=step))
        for step in steps
    )
    assert one != other
    assert one == _fingerprint.extractor_facts(
        clone(model.extractor).set_params(preprocessing=clone(steps[0]))
    )


# workers that are lost, without killing one


def test_recordings_of_lost_workers_fail_with_advice(tmp_path):
    job = Job("data/a", "a")
    outcome = _folder._lost(LostTask(ValueError("x"), ()), job, ["a"])
    assert outcome.row["status"] == "failed" and "lack of memory" in outcome.row["reason"]
    with pytest.raises(RuntimeError, match=r"Not annotated: a, c.*goes on with these"):
        _folder._lost(LostTask(ValueError("x"), (0, 2), no_workers=True), job, ["a", "b", "c"])
    elsewhere = _folder._seen_here(Outcome({"record": "a"}), job, tmp_path)
    assert "All machines need the same disk" in elsewhere.row["reason"]
