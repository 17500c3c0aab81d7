import dataclasses
import os
import warnings
from typing import ClassVar

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin

import skecg
from skecg import BeatExtractor, RecordError, find_records, load_beats, write_record
from skecg.utils import suggestions

BACKENDS = ["sequential", "threading", "loky"]


@pytest.fixture
def folder(tmp_path, spikes):
    """Three small records on disk."""
    for i, name in enumerate(("p1", "p2", "p3")):
        peaks = range(100, 900, 100 + 50 * i)
        symbols = ["N", "V"] * (len(peaks) // 2) + ["S"] * (len(peaks) % 2)
        write_record(spikes(peaks, symbol=symbols, name=name, subject=f"s{i}"), tmp_path)
    return tmp_path


def same_beats(a, b):
    np.testing.assert_array_equal(a.data, b.data)
    np.testing.assert_array_equal(a.target, b.target)
    np.testing.assert_array_equal(a.groups, b.groups)
    pd.testing.assert_frame_equal(a.meta, b.meta)
    pd.testing.assert_frame_equal(a.skipped, b.skipped)
    assert a.DESCR == b.DESCR
    return True


def test_load_beats_reads_the_records_of_a_folder_in_order(folder):
    beats = load_beats(find_records(folder))
    assert beats.data.shape == (8 + 6 + 4, 50)
    assert beats.data.dtype == np.float32
    assert beats.data.flags.c_contiguous
    assert beats.meta["record"].unique().tolist() == ["p1", "p2", "p3"]
    assert beats.groups.tolist() == ["s0"] * 8 + ["s1"] * 6 + ["s2"] * 4
    assert beats.target_names == ["N", "V"]
    assert isinstance(beats.meta.index, pd.RangeIndex)
    assert (beats.data.argmax(axis=1) == 25).all()


def test_load_beats_takes_paths_and_records_mixed(folder, spikes):
    record = spikes([300], name="mine")
    beats = load_beats([folder / "p3", record, f"{folder / 'p1'}.hea"])
    assert beats.meta["record"].unique().tolist() == ["p3", "mine", "p1"]


def test_load_beats_takes_one_path_or_record(folder, spikes):
    assert load_beats(str(folder / "p1")).meta["record"].unique().tolist() == ["p1"]
    assert load_beats(spikes([300], name="mine")).meta["record"].tolist() == ["mine"]


def test_load_beats_of_one_record_equals_extract(folder, spikes):
    record = spikes([10, 300, 600], symbol=["N", "V", "N"])
    assert same_beats(load_beats(record), BeatExtractor().extract(record))


@pytest.mark.parametrize("backend", BACKENDS)
def test_load_beats_two_jobs_give_the_same_rows(folder, backend):
    paths = find_records(folder)
    with joblib.parallel_config(backend):
        assert same_beats(load_beats(paths, n_jobs=2), load_beats(paths, n_jobs=1))


def test_load_beats_uses_threads_by_default(spikes):
    records = [spikes([300], name=name) for name in "ab"]
    load_beats(records, n_jobs=2, preprocessing=_Notes())
    assert _Notes.processes == {os.getpid()}


def test_load_beats_reads_another_annotator(tmp_path, spikes):
    write_record(spikes([300], name="a"), tmp_path)
    (tmp_path / "a.atr").rename(tmp_path / "a.qrs")
    with pytest.raises(FileNotFoundError, match="atr"):
        load_beats(tmp_path / "a")
    assert len(load_beats(tmp_path / "a", annotator="qrs").data) == 1


def test_load_beats_takes_an_extractor_and_leaves_it_as_it_is(spikes):
    extractor = BeatExtractor((0.2, 0.2))
    beats = load_beats(spikes([300]), extractor=extractor)
    assert beats.data.shape == (1, 100)
    assert extractor.fs is None
    assert beats.extractor.fs == 250


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"extractor": BeatExtractor(), "fs": 250}, ValueError, "either an extractor.*'fs'"),
        ({"extractor": "wide"}, TypeError, "'extractor'.*BeatExtractor"),
        ({"windows": (0.1, 0.1)}, TypeError, "'windows'.*window, fs, leads|fs, leads.*window"),
        ({"on_error": "ignore"}, ValueError, "'on_error'.*'raise' or 'warn'"),
        ({"edges": "wrap"}, ValueError, "'edges'"),
    ],
)
def test_load_beats_refuses_invalid_parameters(spikes, params, error, words):
    with pytest.raises(error, match=words):
        load_beats(spikes([300]), **params)


@pytest.mark.parametrize(
    ("records", "error", "words"),
    [
        ([], ValueError, "empty.*find_records"),
        (3, TypeError, "paths or ECGRecords"),
        ([3], TypeError, "Got int"),
        (["nowhere/e0103"], FileNotFoundError, "e0103"),
    ],
)
def test_load_beats_refuses_other_objects_than_records(records, error, words):
    with pytest.raises(error, match=words):
        load_beats(records)


def test_load_beats_of_a_folder_points_to_find_records(folder):
    with pytest.raises(ValueError, match=r"is a folder.*load_beats\(find_records\("):
        load_beats(folder)


def test_load_beats_lists_rates_that_differ_without_reading_signals(folder, spikes):
    (folder / "p2.dat").unlink()
    fast = spikes([300], fs=360, name="fast")
    words = r"250 Hz \(3 records, such as 'p1'\), 360 Hz.*fs=250"
    with pytest.raises(ValueError, match=words) as caught:
        load_beats([*find_records(folder), fast])
    assert suggestions(caught.value) == ("fs",)


def test_load_beats_resamples_to_one_rate(spikes):
    records = [spikes([360], fs=360, name="fast"), spikes([500], fs=250, name="slow")]
    beats = load_beats(records, fs=250)
    assert beats.data.argmax(axis=1).tolist() == [25, 25]
    assert beats.meta[["peak", "fs"]].values.tolist() == [[360, 360], [500, 250]]


def test_load_beats_warns_when_the_first_lead_is_not_always_the_same(spikes):
    records = [
        spikes([300], name="a", lead_names=("V5", "MLII")),
        spikes([300], name="b", lead_names=("MLII", "V5")),
    ]
    with pytest.warns(UserWarning, match=r"'V5' \(1 record, such as 'a'\), 'MLII'") as caught:
        beats = load_beats(records)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert suggestions(caught[0].message) == ("leads",)
    assert beats.meta["leads"].tolist() == ["V5", "MLII"]


def test_load_beats_does_not_warn_when_leads_are_chosen(spikes):
    records = [
        spikes([300], name="a", lead_names=("V5", "MLII")),
        spikes([300], name="b", lead_names=("MLII", "V5")),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_beats(records, leads=["V5"]).data.max(axis=1).tolist() == [1, 2]
        load_beats(records, leads=[0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_load_beats_stops_at_a_broken_record(folder, backend):
    (folder / "p2.dat").write_bytes(b"")
    with pytest.raises(RecordError, match="p2") as caught, joblib.parallel_config(backend):
        load_beats(find_records(folder), n_jobs=2)
    assert "p2" in caught.value.__notes__[0]
    assert suggestions(caught.value) == ("on_error",)


def test_load_beats_suggests_leads_where_one_is_missing(folder):
    words = "'II' is missing"
    with pytest.raises(RecordError, match=words) as caught, joblib.parallel_config("loky"):
        load_beats(find_records(folder), leads=["II"], n_jobs=2)
    assert suggestions(caught.value) == ("leads", "missing_leads", "on_error")


def test_load_beats_of_one_record_suggests_no_way_to_exclude_it(folder):
    (folder / "p2.dat").write_bytes(b"")
    with pytest.raises(RecordError, match="p2") as caught:
        load_beats(folder / "p2")
    assert suggestions(caught.value) == ()


@pytest.mark.parametrize("backend", BACKENDS)
def test_load_beats_excludes_broken_records_and_names_them_once(folder, spikes, backend):
    (folder / "p2.dat").write_bytes(b"")
    (folder / "p3.atr").unlink()
    (folder / "p4.hea").write_text("no header\n")
    flat = dataclasses.replace(spikes([300], name="flat"), signal=np.zeros((1000, 1)))
    records = [*find_records(folder), flat]
    with pytest.warns(UserWarning, match="4 of 5 records were excluded") as caught:
        with joblib.parallel_config(backend):
            beats = load_beats(records, on_error="warn", n_jobs=2)
    assert len(caught) == 1
    lines = str(caught[0].message).split("\n")
    assert [line.split(":")[0] for line in lines[1:]] == ["  p2", "  p3", "  p4", "  flat"]
    assert beats.meta["record"].unique().tolist() == ["p1"]
    assert beats.skipped["record"].tolist() == ["p2", "p3", "p4", "flat"]
    assert beats.skipped["reason"].str.startswith("record excluded: ").all()
    assert "p4" in beats.DESCR


@pytest.mark.parametrize("backend", BACKENDS)
def test_load_beats_passes_on_warnings_of_the_reader(tmp_path, spikes, backend):
    for name in ("a", "b"):
        record = spikes([300, 600], name=name)
        signal = record.signal.copy()
        signal[800:810] = np.nan
        write_record(dataclasses.replace(record, signal=signal), tmp_path)
    with pytest.warns(UserWarning) as caught, joblib.parallel_config(backend):
        load_beats(find_records(tmp_path), n_jobs=2)
    assert [any(f"'{n}'" in str(w.message) for w in caught) for n in "ab"] == [True, True]
    assert {w.category for w in caught} == {UserWarning}


def test_load_beats_counts_excluded_beats(spikes):
    records = [spikes([5, 300], name="a"), spikes([300], symbol=["Q"], name="b")]
    beats = load_beats(records, classes={"N": "N"})
    assert beats.skipped.values.tolist() == [
        ["a", "window reaches beyond the recording", 1],
        ["b", "symbol 'Q' has no class", 1],
    ]
    assert beats.meta["record"].tolist() == ["a"]


def test_load_beats_without_any_row_gives_the_reasons(spikes):
    records = [spikes([5], name="a"), spikes([300], symbol=["Q"], name="b")]
    with pytest.raises(ValueError, match=r"(?s)2 records.*beyond the recording.*'Q' has no class"):
        load_beats(records, classes={"N": "N"})


def test_load_beats_distinguishes_records_of_one_name_by_folder(tmp_path, spikes):
    for ward in ("ward1", "ward2"):
        (tmp_path / ward).mkdir()
        write_record(spikes([300], name="p"), tmp_path / ward)
    write_record(spikes([300], name="q"), tmp_path)
    beats = load_beats(find_records(tmp_path))
    assert sorted(beats.meta["record"]) == ["q", "ward1/p", "ward2/p"]


def test_load_beats_uses_more_folders_where_one_is_not_enough(tmp_path, spikes):
    for site in ("x", "y"):
        (tmp_path / site / "ward").mkdir(parents=True)
        write_record(spikes([300], name="p"), tmp_path / site / "ward")
    beats = load_beats(find_records(tmp_path))
    assert sorted(beats.meta["record"]) == ["x/ward/p", "y/ward/p"]


def test_load_beats_refuses_one_file_given_twice(folder):
    path = folder / "p1"
    with pytest.raises(ValueError, match="2 times"):
        load_beats([path, folder / ".." / folder.name / "p1"])


def test_load_beats_refuses_records_in_memory_of_one_name(spikes):
    with pytest.raises(ValueError, match=r"2 ECGRecords.*'record'.*name="):
        load_beats([spikes([300]), spikes([400])])


def test_load_beats_return_X_y_gives_the_arrays(spikes):
    X, y = load_beats(spikes([300]), return_X_y=True)
    assert X.shape == (1, 50)
    assert y.tolist() == ["N"]


def test_load_beats_as_frame_gives_frames(spikes):
    beats = load_beats(spikes([300, 600], symbol=["N", "V"]), as_frame=True)
    assert beats.data.columns.tolist() == beats.feature_names
    assert (beats.data.dtypes == np.float32).all()
    assert beats.target.name == "target"
    assert beats.frame.columns.tolist() == [*beats.feature_names, "target"]
    X, y = load_beats(spikes([300]), as_frame=True, return_X_y=True)
    assert isinstance(X, pd.DataFrame)
    assert isinstance(y, pd.Series)


def test_load_beats_shows_a_bar_only_when_asked(folder, capfd):
    load_beats(find_records(folder))
    assert capfd.readouterr() == ("", "")
    load_beats(find_records(folder), verbose=1)
    shown = capfd.readouterr()
    assert shown.out == ""


class _Notes(TransformerMixin, BaseEstimator):
    """Changes nothing, and notes where it ran; other processes cannot add to this set."""

    processes: ClassVar = set()

    def fit(self, X, y=None):
        self.processes.add(os.getpid())
        return self

    def transform(self, X):
        return X


class _Fails(TransformerMixin, BaseEstimator):
    """A preprocessing with a bug."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        raise ZeroDivisionError("a bug is not a broken record")


def test_load_beats_does_not_hide_bugs(spikes):
    with pytest.raises(ZeroDivisionError, match="bug"):
        load_beats(spikes([300]), preprocessing=_Fails(), on_error="warn")


def test_load_beats_takes_subjects_by_name_or_by_folder(folder):
    paths = find_records(folder)
    beats = load_beats(paths, subjects={"p1": "A", f"{folder.name}/p2": "A", "p3": "B"})
    assert dict(zip(beats.meta["record"], beats.groups, strict=True)) == {
        "p1": "A",
        "p2": "A",
        "p3": "B",
    }
    assert beats.meta["subject"].tolist() == beats.groups.tolist()


@pytest.mark.parametrize("backend", BACKENDS)
def test_load_beats_takes_subjects_of_files_and_records_in_memory(folder, spikes, backend):
    own = spikes([100, 300], name="own", subject="me")
    with joblib.parallel_config(backend, n_jobs=1 if backend == "sequential" else 2):
        beats = load_beats(
            [folder / "p1", own], subjects={"p1": "A", "own": "A"}, window=(0.1, 0.1)
        )
    assert beats.subjects == ["A"] and own.subject == "me"


@pytest.mark.parametrize(
    ("subjects", "message"),
    [
        ({"p1": "A", "p2": "A"}, "'subjects' parameter of load_beats gives no subject of 1 .*p3"),
        ({"p1": "A", "p2": "A", "p3": "B", "p9": "B"}, "names 1 record that .* not among .*: p9"),
    ],
)
def test_load_beats_refuses_subjects_of_other_records(folder, subjects, message):
    with pytest.raises(ValueError, match=message):
        load_beats(find_records(folder), subjects=subjects)


def test_load_beats_warns_once_where_names_suggest_one_person(spikes):
    records = [spikes([100, 300], name=name) for name in ("p7_1", "p7_2", "p8_1")]
    with pytest.warns(UserWarning, match=r"one person under several records \(p7_1, p7_2\)") as w:
        beats = load_beats(records)
    assert len(w) == 1 and suggestions(w[0].message) == ("subjects",)
    assert beats.subjects == ["p7_1", "p7_2", "p8_1"]
    with warnings.catch_warnings(action="error", category=UserWarning):
        load_beats(records, subjects={"p7_1": "7", "p7_2": "7", "p8_1": "8"})
        load_beats([dataclasses.replace(r, subject=r.name[:2]) for r in records])


def test_a_worker_returns_warnings_and_errors_that_its_caller_can_read():
    from skecg.beats._load import _Source, _work
    from skecg.beats._workers import ProcessId, this_process

    elsewhere = ProcessId("another-host", 1)
    assert this_process() != elsewhere
    record = skecg.simulate_record(5, name="a", random_state=0)

    class Warning_(BaseEstimator, TransformerMixin):
        def fit(self, X, y=None):
            return self

        def transform(self, X):
            warnings.warn("the leads are loose", UserWarning, stacklevel=1)
            warnings.warn("for developers", DeprecationWarning, stacklevel=1)
            return X

    cut = _work(_Source(record), BeatExtractor(preprocessing=Warning_(), fs=250), "atr", elsewhere)
    assert [caught.message for caught in cut.caught] == ["the leads are loose"]
    assert len(cut.result.data) > 0
    cut = _work(_Source("missing"), BeatExtractor(fs=250), "atr", elsewhere)
    assert isinstance(cut.result, FileNotFoundError)
    assert "on the host" in str(cut.result) and "same path" in str(cut.result)
