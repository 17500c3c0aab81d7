"""Marks of the episodes of an annotator."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import wfdb
from sklearn.dummy import DummyClassifier

from skecg import (
    Annotations,
    annotate,
    compare_episodes,
    compare_runs,
    load_simulated,
    mark_episodes,
    read_record,
    simulate_record,
    write_annotations,
    write_record,
)
from skecg.ec57._marks import NO_EXTREMUM, find_episodes
from skecg.ec57._streams import to_stream

FS, N = 250, 225_000

TABLE = pd.DataFrame(
    [
        ("AF", 400, 500, None, None),
        ("AF", 500, 520, None, None),  # touches the one before
        ("AF", 700, 800, None, None),
        ("VF", 450, 460, None, None),  # in AF
        ("VF", 850, 900, None, None),  # to the end of the recording
        ("ST0", 310, 340, 320, -150),
        ("ST0", 340, 380, 380, 210.4),  # the extremum is the end
        ("ST1", 330, 350, 330, None),  # and the begin
        ("ST1", 600, 650, None, None),
    ],
    columns=["kind", "start", "end", "extremum", "extremum_value"],
)


def stream_of(annotations):
    return to_stream(annotations, "test", "here")


def listed(annotations, kind, n_samples=N):
    found = find_episodes(stream_of(annotations), kind, n_samples)
    signal = int(kind[-1]) if kind[-1].isdigit() else 0
    extrema = [None if at == NO_EXTREMUM else at / FS for at in found.extrema[:, signal].tolist()]
    return list(zip((found.on / FS).tolist(), (found.off / FS).tolist(), extrema, strict=True))


def expected(kind):
    rows = TABLE[TABLE["kind"] == kind]
    extrema = [None if np.isnan(at) else at for at in rows["extremum"]]
    return list(zip(rows["start"].astype(float), rows["end"].astype(float), extrema, strict=True))


@pytest.mark.parametrize("kind", ["AF", "VF", "ST0", "ST1"])
@pytest.mark.parametrize("order", ["table", "mixed"])
def test_the_marks_are_read_as_the_episodes_of_the_table(kind, order):
    table = TABLE if order == "table" else TABLE.sample(frac=1, random_state=1)
    assert listed(mark_episodes(table, fs=FS, n_samples=N), kind) == expected(kind)


def test_episodes_of_both_signals_are_joined_for_the_kind_st():
    marks = mark_episodes(TABLE, fs=FS, n_samples=N)
    found = find_episodes(stream_of(marks), "ST", N)
    assert (found.on / FS).tolist() == [310, 600]
    assert (found.off / FS).tolist() == [380, 650]


def test_times_in_samples_are_those_in_seconds():
    samples = pd.DataFrame({"kind": TABLE["kind"], "extremum_value": TABLE["extremum_value"]})
    for name in ("start", "end", "extremum"):
        samples[f"{name}_sample"] = FS * TABLE[name]
    assert mark_episodes(samples, n_samples=N) == mark_episodes(TABLE, fs=FS, n_samples=N)


def test_texts_are_those_of_wfdb_databases():
    marks = mark_episodes(TABLE.iloc[5:8], fs=FS)
    assert marks.symbol.tolist() == ["s"] * 9
    assert (marks.sample / FS).tolist() == [310, 320, 330, 330, 340, 340, 350, 380, 380]
    assert marks.aux_note.tolist() == [
        *("(ST0-", "AST0-150", "(ST1", "AST1", "ST0-)", "(ST0+", "ST1)", "AST0+210", "ST0+)"),
    ]


def test_random_episodes_are_found_again():
    rng = np.random.default_rng(0)
    for _ in range(50):
        parts = []
        for kind in ("AF", "VF", "ST0", "ST1"):
            bounds = np.sort(rng.choice(N // 500, 2 * rng.integers(1, 9), replace=False)) * 500
            if rng.random() < 0.5:
                bounds[-1] = N
            start, end = bounds[::2], bounds[1::2]
            extremum = rng.integers(start, np.minimum(end, N - 1) + 1)
            parts.append(
                pd.DataFrame({"kind": kind, "start_sample": start, "end_sample": end})
                if kind in ("AF", "VF")
                else pd.DataFrame(
                    {
                        "kind": kind,
                        "start_sample": start,
                        "end_sample": end,
                        "extremum_sample": extremum,
                        "extremum_value": rng.integers(-300, 300, len(start)),
                    }
                )
            )
        marks = mark_episodes(pd.concat(parts).reset_index(drop=True), n_samples=N)
        assert len(marks) == 0 or marks.sample[-1] < N
        for part in parts:
            found = find_episodes(stream_of(marks), part["kind"].iloc[0], N)
            assert found.on.tolist() == part["start_sample"].tolist()
            assert found.off.tolist() == part["end_sample"].tolist()
            if "extremum_sample" in part:
                column = int(part["kind"].iloc[0][-1])
                assert found.extrema[:, column].tolist() == part["extremum_sample"].tolist()


def test_a_missing_end_is_that_of_the_recording():
    table = pd.DataFrame({"start": [10, 20], "end": [15, None]})
    marks = mark_episodes(table, fs=FS, kind="AF")
    assert marks.aux_note.tolist() == ["(AFIB", "(N", "(AFIB"]
    assert listed(marks, "AF") == [(10, 15, None), (20, N / FS, None)]


def test_no_episode_has_no_mark():
    empty = pd.DataFrame({"start": [], "end": []})
    assert len(mark_episodes(empty, fs=FS, kind="VF")) == 0
    other = Annotations([5], ["~"])
    assert mark_episodes(empty, fs=FS, kind="VF", other=other) == other


def test_fibrillation_of_the_atria_goes_on_after_that_of_the_ventricles_in_runs():
    table = pd.DataFrame(
        {"kind": ["AF", "VF", "VF"], "start": [310, 320, 322], "end": [360, 322, 330]}
    )
    marks = mark_episodes(table, fs=FS)
    assert list(zip(marks.symbol.tolist(), marks.aux_note.tolist(), strict=True)) == [
        *(("+", "(AFIB"), ("[", ""), ("]", ""), ("[", ""), ("]", ""), ("+", "(AFIB"), ("+", "(N")),
    ]
    beats = FS * np.array([326, *range(335, 344)])
    sample = np.concatenate([beats, marks.sample])
    order = np.argsort(sample, kind="stable")
    columns = (
        sample[order],
        np.concatenate([["V"], ["N"] * 9, marks.symbol])[order],
        np.zeros(len(sample), dtype=int),
        np.concatenate([[""] * 10, marks.aux_note])[order],
    )
    runs = compare_runs(columns, columns, fs=FS, n_samples=N)
    assert runs.sve.sensitivity.loc[">5"].sum() == 2  # before and after


def test_marks_are_added_to_other_annotations():
    other = Annotations([100, 2500], ["~", '"'], subtype=[-1, 0], aux_note=["", "note"])
    marks = mark_episodes(TABLE.iloc[2:3], fs=FS, other=other)
    assert marks.symbol.tolist() == ["~", '"', "+", "+"]
    assert marks.subtype.tolist() == [-1, 0, 0, 0]
    with pytest.raises(ValueError, match=r"no marks with the symbols .* Got \['\+'\]"):
        mark_episodes(TABLE.iloc[:1], fs=FS, other=Annotations([0], ["+"], aux_note=["(N"]))
    with pytest.raises(ValueError, match=r"Got \['\[ \]'\]"):
        mark_episodes(TABLE.iloc[3:4], fs=FS, other=Annotations([0], ["]"]))
    both = mark_episodes(TABLE.iloc[3:4], fs=FS, other=Annotations([0], ["+"], aux_note=["(N"]))
    assert both.symbol.tolist() == ["+", "[", "]"]


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        ({"start": 5, "end": 5}, {}, "Row 7 .* must end after its start.*Got samples 1250 and"),
        ({"start": 5, "end": 5.001}, {}, "Row 7 .* must end after its start"),
        ({"start": -1, "end": 5}, {}, "Row 7 .* inside the recording. Got samples -250 to 1250"),
        ({"start": 1, "end": 5}, {"n_samples": 1000}, "inside the recording of 1000 samples"),
        ({"start": 4, "end": None}, {"n_samples": 1000}, "inside the recording of 1000 samples"),
        ({"start": None, "end": 5}, {}, "Row 7 .* must have a start"),
        ({"start": "1:00", "end": 5}, {}, "Row 7 .* a number as start. Got '1:00'"),
        ({"start": np.inf, "end": 5}, {}, "Row 7 .* a number as start. Got inf"),
        ({"start_sample": 1.5, "end_sample": 9}, {}, "a whole number as start_sample. Got 1.5"),
        ({"start": 1, "end": 5, "extremum": 6}, {"kind": "ST0"}, "its extremum from start to end"),
        ({"start": 1, "end": 5, "extremum_value": 9}, {"kind": "ST1"}, "must have an extremum"),
        ({"start": 1, "end": 5}, {"kind": "AFL"}, "Row 7 .* of a kind of AF, VF, .*Got 'AFL'"),
        ({"start": 1, "end": 5}, {"kind": None}, "must have a column kind"),
        ({"start": 1, "end": 5}, {"fs": None}, "'fs' parameter .* must be given"),
        ({"start": 1}, {}, "must have a column end, in seconds, or end_sample"),
        ({"start": 1, "start_sample": 1, "end": 5}, {}, "one of the columns start and start_s"),
    ],
)
def test_errors_name_the_row(row, options, message):
    table = pd.DataFrame([row], index=[7])
    with pytest.raises(ValueError, match=message):
        mark_episodes(table, **{"fs": FS, "kind": "AF", **options})


def test_episodes_of_a_kind_must_not_overlap():
    table = pd.DataFrame({"start": [10, 5], "end": [20, 11]}, index=["a", "b"])
    with pytest.raises(ValueError, match=r"Row 'a' .* before the end of row 'b'"):
        mark_episodes(table, fs=FS, kind="AF")
    open_end = pd.DataFrame({"start": [10, 5], "end": [20, None]})
    with pytest.raises(ValueError, match=r"Row 0 .* must not overlap with another one of VF"):
        mark_episodes(open_end, fs=FS, kind="VF")


def test_other_types_are_refused():
    with pytest.raises(TypeError, match=r"must be a DataFrame, one row per episode. Got list"):
        mark_episodes([(1, 2)], fs=FS)
    with pytest.raises(TypeError, match=r"must be an Annotations or None. Got list"):
        mark_episodes(TABLE, fs=FS, other=[1])


@pytest.fixture(scope="module")
def record():
    return simulate_record(N / FS, fs=FS, random_state=0, name="r1")


def test_marks_are_compared_from_memory_and_from_files(record, tmp_path):
    truth = replace(record, other=mark_episodes(TABLE, fs=FS, n_samples=N, other=record.other))
    late = TABLE.assign(start=TABLE["start"] + 4, end=np.minimum(TABLE["end"] + 4, N / FS))
    late["extremum"] += 4
    found = replace(truth, other=mark_episodes(late, fs=FS, n_samples=N))
    for name, one in (("truth", truth), ("found", found)):
        path = write_record(one, tmp_path / name, annotator="epi")
        read = wfdb.rdann(str(path), "epi")
        others = np.array([symbol in "+s[]" for symbol in read.symbol])
        assert read.sample[others].tolist() == one.other.sample.tolist()
        texts = np.array(read.aux_note)[others].tolist()
        assert [text.rstrip("\0") for text in texts] == one.other.aux_note.tolist()
        again = read_record(path, annotator="epi")
        assert again.other == one.other
        for kind in ("AF", "VF", "ST0", "ST1", "ST"):
            assert listed(again, kind) == listed(one.other, kind)
            assert listed(read, kind) == listed(one.other, kind)
    for kind in ("AF", "VF", "ST0", "ST1", "ST"):
        results = [
            compare_episodes(truth, found, kind=kind),
            compare_episodes(truth, found.other, kind=kind),
            compare_episodes(
                wfdb.rdann(str(tmp_path / "truth" / "r1"), "epi"),
                read_record(tmp_path / "found" / "r1", annotator="epi"),
                kind=kind,
            ),
        ]
        for one in results[1:]:
            pd.testing.assert_frame_equal(one.episodes, results[0].episodes)
        assert results[0].statistics["value"]["episode Se"] == 1


def test_a_rhythm_annotator_writes_its_marks_next_to_a_recording(record, tmp_path):
    truth = replace(record, other=mark_episodes(TABLE, fs=FS, n_samples=N))
    path = write_record(truth, tmp_path)
    source = read_record(path, annotator=None)
    marks = mark_episodes(TABLE, fs=source.fs, n_samples=source.n_samples)
    write_annotations(replace(source, other=marks), tmp_path, annotator="rhythm")
    assert wfdb.rdann(str(path), "rhythm").symbol == marks.symbol.tolist()


def test_annotate_keeps_the_marks_and_nothing_of_the_reference(tmp_path):
    beats = load_simulated(2, duration=20, random_state=0)
    model = DummyClassifier(strategy="most_frequent").fit(beats.data, beats.target)
    truth = simulate_record(400, random_state=1, name="r1")
    shown = pd.DataFrame({"kind": "AF", "start": [310, 350], "end": [330, 360]})
    truth = replace(truth, other=mark_episodes(shown, fs=truth.fs))
    path = write_record(truth, tmp_path)
    source = read_record(path, annotator=None)
    marks = mark_episodes(shown.iloc[:1], fs=source.fs, n_samples=source.n_samples)
    test = annotate(model, replace(source, other=marks), extractor=beats.extractor).record
    assert test.other == marks
    assert test.annotations is None
    assert len(test.sample) > 300
    write_annotations(test, tmp_path, annotator="mine")
    for found in (test, read_record(path, annotator="mine")):
        values = compare_episodes(read_record(path), found).statistics["value"]
        assert values.round(3).tolist() == [0.5, 1, 0.667, 1]
    # of a record that was read with its reference, the result has no texts or beats of it
    result = annotate(model, read_record(path), extractor=beats.extractor).record
    assert result.annotations is None


def test_a_table_of_several_recordings_is_refused():
    table = pd.DataFrame({"record": ["201", "203"], "start": [0, 0], "end": [9, 9]})
    with pytest.raises(
        ValueError, match=r"of one recording\. Got the records 201, 203: .*groupby"
    ):
        mark_episodes(table, fs=360, kind="AF")
    assert len(mark_episodes(table.iloc[:1], fs=360, kind="AF").sample) == 2
