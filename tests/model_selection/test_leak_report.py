"""Shared subjects, records, rows and windows, each made on purpose."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import Bunch

from skecg import tables
from skecg.beats import BeatExtractor, load_beats, take_beats
from skecg.datasets import load_simulated
from skecg.layout import BeatLayout
from skecg.model_selection import leak_report, train_test_subjects

WINDOW = BeatExtractor(window=(0.1, 0.1))
_next = iter(range(10**6))


def make_beats(*records, rate=250.0, extractor=WINDOW, **parts):
    """Beats from (record, subject, peaks in samples), each row unlike all others."""
    names = [name for name, _, peaks in records for _ in peaks]
    groups = [subject for _, subject, peaks in records for _ in peaks]
    peaks = [peak for *_, peaks in records for peak in peaks]
    meta = pd.DataFrame({"record": names, "subject": groups, "sample": peaks, "peak": peaks})
    meta["fs"] = rate
    data = np.array([[next(_next), 1, 2, 3] for _ in peaks], dtype=np.float32)
    beats = Bunch(data=data, groups=np.array(groups), meta=meta, extractor=extractor)
    return Bunch(**(beats | parts))


def test_beats_of_other_people_share_nothing():
    report = leak_report(make_beats(("a", "A", [100, 300])), make_beats(("b", "B", [100, 300])))
    assert not report.found
    assert str(report).splitlines() == [
        "Overlap of 2 training beats (1 subject) and 2 test beats (1 subject): none",
        "  subjects in both: none",
        "  records in both: none",
        "  one recording under two names: none",
        "  duplicate rows: none",
        "  overlapping windows: none",
    ]
    assert repr(report) == "<LeakReport: none>"


def test_split_by_subject_of_loaded_beats_is_clean():
    beats = load_simulated(6, duration=30, random_state=0)
    assert not leak_report(*train_test_subjects(beats, random_state=0)).found


def test_a_subject_in_both_is_named_with_its_records():
    train = make_beats(("a1", "A", [100]), ("a2", "A", [100]), ("c", "C", [9]))
    report = leak_report(train, make_beats(("a3", "A", [100]), ("b", "B", [100])))
    assert report.found
    assert report.subjects.to_dict("records") == [
        {"subject": "A", "train_records": "a1, a2", "test_records": "a3"}
    ]
    assert "subjects in both: 1: A (a1, a2 | a3)" in str(report)
    assert report.records.empty and report.windows.empty


def test_groups_decide_who_is_one_subject():
    train, test = make_beats(("a", "A", [100])), make_beats(("b", "B", [100]))
    train.groups[:] = test.groups[:] = "Z"
    assert leak_report(train, test).subjects["subject"].tolist() == ["Z"]


def test_a_record_in_both_is_counted_beat_by_beat():
    report = leak_report(make_beats(("a", "A", [100, 300])), make_beats(("a", "A", [900])))
    assert report.records.to_dict("records") == [
        {"record": "a", "subject": "A", "train_beats": 2, "test_beats": 1}
    ]
    assert report.windows.empty


def test_records_of_one_name_and_two_people_are_two():
    report = leak_report(
        make_beats(("100", "mitdb:100", [100])), make_beats(("100", "ltafdb:100", [100]))
    )
    assert not report.found


def test_folders_before_a_name_do_not_hide_a_record():
    report = leak_report(
        make_beats(("mitdb/100", "mitdb:100", [100])), make_beats(("100", "mitdb:100", [500]))
    )
    assert report.records["record"].tolist() == ["100"]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (("e0104", "edb:e0104"), ("sele0104", "edb:e0104")),
        (("sel100", "mitdb:100"), ("100", "mitdb:100")),
        (("803", "svdb:803"), ("sel803", "svdb:803")),
        (("118e24", "mitdb:118"), ("118", "mitdb:118")),
        (("118e24", "mitdb:118"), ("118e_6", "mitdb:118")),
    ],
)
def test_one_recording_under_two_names_is_found(train, test):
    report = leak_report(make_beats((*train, [100])), make_beats((*test, [100])))
    assert report.recordings[["train_record", "test_record"]].to_numpy().tolist() == [
        [train[0], test[0]]
    ]
    assert "not compared" in report.notes[0]  # one beat does not show where the excerpt begins


@pytest.mark.parametrize(
    ("source", "excerpt", "subject"),
    [("108", "x_108", "mitdb:108"), ("16265", "sel16265", "nsrdb:16265")],
)
def test_published_excerpts_are_found_by_the_database_of_the_subject(source, excerpt, subject):
    report = leak_report(
        make_beats((source, subject, [100, 900])), make_beats((excerpt, subject, [100, 900]))
    )
    assert report.subjects["subject"].tolist() == [subject]
    assert report.recordings[["train_record", "test_record"]].to_numpy().tolist() == [
        [source, excerpt]
    ]


def test_a_private_record_with_the_name_of_a_published_one_is_another_recording():
    train = make_beats(("201", "mitdb:201", [100, 900]))
    for name in ("201", "ward/201"):
        assert not leak_report(train, make_beats((name, "ward:201", [100, 900]))).found


def test_201_and_202_are_one_tape():
    report = leak_report(
        make_beats(("202", "mitdb:201", [9])), make_beats(("201", "mitdb:201", [9]))
    )
    assert report.subjects["subject"].tolist() == ["mitdb:201"]
    assert report.recordings.iloc[0].tolist() == ["202", "201", "two parts of one tape of one man"]
    assert report.records.empty and report.windows.empty


def irregular(n, seed=0):
    """Peaks at 1000 Hz with RR intervals from 600 to 1000 ms."""
    return np.cumsum(np.random.default_rng(seed).integers(600, 1000, n))


@pytest.mark.parametrize("excerpt_is_test", [True, False])
def test_place_of_an_excerpt_is_found_from_its_beats(excerpt_is_test):
    whole = irregular(400)
    part = whole[100:160] - 60_000  # begins a minute into the source
    source = make_beats(("e0104", "edb:e0104", whole.tolist()), rate=1000)
    excerpt = make_beats(
        ("sele0104", "edb:e0104", (part / 4).round().astype(int).tolist()), rate=250
    )
    pair = (source, excerpt) if excerpt_is_test else (excerpt, source)
    report = leak_report(*pair)
    assert report.recordings["relation"].tolist() == ["sele0104 begins 0:01:00.0 into e0104"]
    assert report.notes == () and len(report.windows) == 60
    ours = report.windows["test_row"] if excerpt_is_test else report.windows["train_row"]
    assert ours.tolist() == list(range(60))
    assert report.windows["distance"].max() < 0.003


def test_noisy_copies_begin_with_their_source():
    peaks = irregular(50).tolist()
    report = leak_report(
        make_beats(("118", "mitdb:118", peaks)), make_beats(("118e24", "mitdb:118", peaks))
    )
    assert report.recordings["relation"].tolist() == ["the same from its start"]
    assert len(report.windows) == 50


def test_excerpt_without_common_beats_is_noted():
    report = leak_report(
        make_beats(("e0104", "edb:e0104", irregular(200, 1).tolist())),
        make_beats(("sele0104", "edb:e0104", irregular(200, 2).tolist())),
    )
    assert report.recordings["relation"].tolist() == ["one recording"]
    assert "e0104 and sele0104 were not compared" in report.notes[0]
    assert "note: windows of e0104" in str(report)


def test_windows_overlap_up_to_their_length():
    # windows of 25 samples before and 25 after: [75, 125) and so on
    train = make_beats(("a", "A", [1000, 2000]))
    test = make_beats(("a", "A", [950, 951, 1049, 1050, 1500, 1960, 2010]))
    windows = leak_report(train, test).windows
    assert windows["test_row"].tolist() == [1, 2, 5, 6]
    assert windows["train_row"].tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(windows["distance"], [0.196, 0.196, 0.16, 0.04])
    assert windows["test_sample"].tolist() == [951, 1049, 1960, 2010]


def test_windows_of_two_lengths_and_rates_are_compared_in_seconds():
    train = make_beats(
        ("a", "A", [1000]), extractor=BeatExtractor(window=(0.1, 0.5))
    )  # 3.9 to 4.5 s
    test = make_beats(
        ("a", "A", [360, 368, 450, 466]), rate=100, extractor=BeatExtractor((0.1, 0.25))
    )
    assert leak_report(train, test).windows["test_row"].tolist() == [1, 2]


def test_windows_without_an_extractor_are_half_the_row_around_the_peak():
    layout = {"extractor": None, "layout": BeatLayout(n_samples=4), "fs": 40.0}  # 50 ms each
    train, test = (
        make_beats(("a", "A", [1000]), **layout),
        make_beats(("a", "A", [1024, 1025]), **layout),
    )
    assert leak_report(train, test).windows["test_row"].tolist() == [0]


def test_windows_of_unknown_length_are_noted():
    report = leak_report(make_beats(("a", "A", [9]), extractor=None), make_beats(("a", "A", [9])))
    assert report.windows.empty
    assert report.notes == (
        "windows were not compared: there is neither an extractor nor layout and fs",
    )


def test_neighbors_in_a_row_widen_it():
    layout = BeatLayout(n_samples=4, neighbors=1)
    train = make_beats(("a", "A", [100, 300, 500]), layout=layout)
    test = make_beats(("a", "A", [700, 900, 1100]), ("b", "B", [200]), layout=layout)
    assert leak_report(train, test).windows.empty  # 500 and 700 are neighbors, not in a row
    test = make_beats(("a", "A", [400, 900, 1100]), layout=layout)
    # [400, 900] touches [300 .. 500]; 900 reaches back to 400
    assert leak_report(train, test).windows["test_row"].tolist() == [0, 1]


def test_records_do_not_run_into_each_other():
    train = make_beats(("a", "A", [1000]), ("b", "B", [10]))
    report = leak_report(train, make_beats(("a", "A", [10]), ("b", "B", [1000])))
    assert len(report.records) == 2 and report.windows.empty


def test_a_beat_in_training_under_two_names_counts_once():
    peaks = irregular(20).tolist()
    train = make_beats(("118", "mitdb:118", peaks), ("118e24", "mitdb:118", peaks))
    assert len(leak_report(train, make_beats(("118", "mitdb:118", peaks))).windows) == 20


def test_equal_rows_are_found_across_people():
    train, test = make_beats(("a", "A", [1, 2, 3])), make_beats(("b", "B", [7, 8, 9]))
    test.data[[0, 2]] = train.data[1]
    rows = leak_report(train, test).duplicate_rows
    assert rows.iloc[1].to_dict() == {
        "test_row": 2,
        "test_record": "b",
        "test_sample": 9,
        "train_row": 1,
        "train_record": "a",
        "train_sample": 2,
    }
    assert rows["test_row"].tolist() == [0, 2]


def test_rows_are_compared_by_bits_not_by_value():
    train, test = make_beats(("a", "A", [1, 2])), make_beats(("b", "B", [1, 2]))
    train.data[0], test.data[0] = [0.0, 1, 2, 3], [-0.0, 1, 2, 3]
    train.data[1] = test.data[1] = [np.nan, 1, 2, 3]
    assert leak_report(train, test).duplicate_rows["test_row"].tolist() == [1]


def test_rows_with_one_hash_are_compared_byte_by_byte(monkeypatch):
    from skecg.model_selection._overlap import _rows

    monkeypatch.setattr(_rows, "_hash_rows", lambda data: np.zeros(len(data), dtype=np.uint64))
    train, test = make_beats(("a", "A", [1, 2])), make_beats(("b", "B", [1, 2]))
    test.data[1] = train.data[0]
    rows = leak_report(train, test).duplicate_rows
    assert rows[["test_row", "train_row"]].to_numpy().tolist() == [[1, 0]]


def test_rows_are_hashed_in_parts_as_at_once(monkeypatch):
    from skecg.utils import _mapped

    monkeypatch.setattr(_mapped, "_BLOCK", 2 * make_beats(("a", "A", [1])).data.nbytes)
    beats = make_beats(("a", "A", [1, 2, 3, 4, 5]))
    rows = leak_report(beats, beats).duplicate_rows
    assert rows["train_row"].tolist() == [0, 1, 2, 3, 4]


def test_flat_rows_are_noted_and_not_counted():
    train, test = make_beats(("a", "A", [1, 2])), make_beats(("b", "B", [1, 2]))
    train.data[0] = test.data[:] = 0.5
    report = leak_report(train, test)
    assert not report.found
    assert report.notes[0].startswith("2 test rows of a single value")


def test_rows_of_two_widths_are_noted():
    train, test = make_beats(("a", "A", [1])), make_beats(("b", "B", [1]))
    test.data = test.data[:, :3].astype(float)
    assert leak_report(train, test).notes == (
        "rows were not compared: 4 columns of float32 and 3 columns of float64",
    )


def test_rows_of_tables_and_fortran_order_are_compared():
    train, test = make_beats(("a", "A", [1, 2])), make_beats(("b", "B", [1]))
    test.data[0] = train.data[1]
    train.data, test.data = np.asfortranarray(train.data), pd.DataFrame(test.data)
    assert leak_report(train, test).duplicate_rows["train_row"].tolist() == [1]


def test_beats_against_themselves_share_everything():
    beats = load_simulated(2, duration=30, random_state=0)
    report = leak_report(beats, beats)
    n = len(beats.target)
    assert len(report.subjects) == len(report.records) == 2
    assert report.duplicate_rows["train_row"].tolist() == report.windows["train_row"].tolist()
    assert (
        report.windows["test_row"].tolist() == list(range(n)) and not report.windows.distance.any()
    )
    assert f"duplicate rows: {n} of {n} test beats, in 2 records" in str(report)


def test_report_is_data_for_json_and_html():
    beats = load_simulated(2, duration=30, random_state=0)
    report = leak_report(take_beats(beats, slice_of(beats, 0)), beats)
    data = json.loads(json.dumps(report.to_dict()))
    n = int((beats.meta["record"] == "sim000").sum())
    assert data["found"] and data["n_beats"] == {"train": n, "test": len(beats.target)}
    assert data["duplicate_rows"] == {"test_beats": n, "by_test_record": {"sim000": n}}
    assert data["records"][0]["test_beats"] == n
    assert "<li>records in both: 1: sim000</li>" in report._repr_html_()


def slice_of(beats, number):
    return beats.meta["record"] == f"sim{number:03d}"


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (np.zeros((2, 4)), TypeError, "'test' parameter of leak_report must be Beats .* ndarray"),
        (Bunch(data=[]), ValueError, "It lacks 'groups', 'meta'"),
        (make_beats(("a", "A", [])), ValueError, "'test' parameter of leak_report has no beats"),
        (
            make_beats(("a", "A", [1]), groups=np.array(["A", "A"])),
            ValueError,
            "different lengths",
        ),
    ],
)
def test_leak_report_of_other_than_beats_raises(bad, error, message):
    with pytest.raises(error, match=message):
        leak_report(make_beats(("a", "A", [1])), bad)


def test_meta_without_peaks_raises():
    bad = make_beats(("a", "A", [1]))
    bad.meta = bad.meta.drop(columns="peak")
    with pytest.raises(ValueError, match="'meta' has no column 'peak'"):
        leak_report(bad, make_beats(("b", "B", [1])))


@pytest.mark.records
def test_excerpts_of_edb_lie_where_their_headers_say(records_folder):
    import wfdb

    checked = 0
    for header in sorted((records_folder / "edb").glob("*.hea")):
        excerpt = str(header.with_suffix(""))
        comment = wfdb.rdheader(excerpt).comments[-1]
        clock = comment.rpartition("beginning at ")[2].split(":")
        begins = sum(float(part) * 60**i for i, part in enumerate(reversed(clock)))
        name = header.stem.removeprefix("sel")
        sets = []
        for path in (str(records_folder / "edb_annotations" / name), excerpt):
            notes = wfdb.rdann(path, "atr")
            beats = [
                s
                for s, x in zip(notes.sample, notes.symbol, strict=True)
                if x in tables.BEAT_SYMBOLS
            ]
            sets.append(make_beats((path.rpartition("/")[2], f"edb:{name}", beats)))
        report = leak_report(*sets)
        hours, rest = divmod(begins, 3600)
        text = f"{int(hours)}:{int(rest // 60):02d}:{rest % 60:04.1f}"
        assert report.recordings["relation"].tolist() == [
            f"{header.stem} begins {text} into {name}"
        ]
        assert len(report.windows) == len(sets[1].meta)
        checked += 1
    assert checked == 22


@pytest.mark.records
def test_halves_of_real_excerpts_share_people(records_folder):
    """sele0124 and sele0126 are one man, who is found without a common record."""
    paths = [records_folder / "edb" / name for name in ("sele0124", "sele0126", "sele0104")]
    beats = load_beats(paths, leads=[0])
    test = (beats.meta["record"] == "sele0126").to_numpy()
    report = leak_report(take_beats(beats, ~test), take_beats(beats, test))
    assert report.subjects["subject"].tolist() == ["edb:e0123"]
    assert report.records.empty and report.recordings.empty
    assert report.duplicate_rows.empty and report.windows.empty


@pytest.mark.parametrize("part", ["groups", "record", "subject"])
def test_missing_values_raise(part):
    train, test = make_beats(("a", "A", [100, 300])), make_beats(("b", "B", [100, 300]))
    if part == "groups":
        test.groups = np.array(["B", None], dtype=object)
    else:
        test.meta.loc[1, part] = None
    with pytest.raises(ValueError, match=rf"'test' .* '{part}'.* lacks 1 of 2 values"):
        leak_report(train, test)


# ---- rows with context


CONTEXT = BeatExtractor(  # 61 s, 10 + 33 beats
    window=(0.1, 0.1), fs=250, context=30, neighbors=0, scalars="basic"
)


def test_rows_of_windows_have_no_context():
    report = leak_report(make_beats(("a", "A", [100])), make_beats(("a", "A", [900])))
    assert report.shared_context is None
    assert "context" not in str(report)
    assert "shared_context" not in report.to_dict()


def test_context_of_one_record_are_shared_as_far_as_context_reaches():
    extent = CONTEXT.context_extent
    assert extent.beats == 10 and extent.seconds == pytest.approx(61)
    minute = 60 * 250
    # so few beats that each counts for 2 s: 20 + 61 + 66 s on each side
    train = make_beats(("a", "A", [0]), extractor=CONTEXT)
    test = make_beats(("a", "A", [minute, 2 * minute, 4 * minute, 5 * minute]), extractor=CONTEXT)
    report = leak_report(train, test)
    assert report.windows.empty
    assert report.shared_context["test_sample"].tolist() == [minute, 2 * minute, 4 * minute]
    assert report.shared_context["distance"].tolist() == [60, 120, 240]
    assert "shared context: 3 of 4 test beats, in 1 record" in str(report)
    assert report.to_dict()["shared_context"] == {
        "test_beats": 3,
        "by_test_record": {"a": 3},
    }


def test_context_end_where_context_does_not_reach():
    peaks = np.arange(0, 3600 * 250, 250)  # one beat a second for an hour
    sets = [make_beats(("a", "A", half), extractor=CONTEXT) for half in np.split(peaks, 2)]
    shared = leak_report(*sets).shared_context
    # from a beat 10 beats, 61 s and 33 beats: the last training beat reaches from 1799 s to
    # 1799 + 10 + 61 + 33 = 1903 s, and the beat at 2006 s back to 2006 - 104 = 1902 s
    assert shared["test_sample"].max() == 250 * (1799 + 104 + 104 - 1)
    assert len(shared) == 207


def test_context_of_other_people_are_their_own():
    train = make_beats(("a", "A", [100]), extractor=CONTEXT)
    report = leak_report(train, make_beats(("b", "B", [100]), extractor=CONTEXT))
    assert not report.found
    assert str(report).splitlines()[-1] == "  shared context: none"


def test_window_within_the_context_of_a_training_row_is_shared():
    train = make_beats(("a", "A", [100]), extractor=CONTEXT)
    test = make_beats(("a", "A", [60 * 250, 160 * 250]))
    assert leak_report(train, test).shared_context["test_sample"].tolist() == [60 * 250]
