"""Records that were read are compared as their files are."""

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb

from skecg import (
    ECGRecord,
    compare_annotations,
    compare_episodes,
    compare_folders,
    compare_heart_rate,
    compare_records,
    compare_runs,
    read_record,
    write_record,
)
from skecg.records import RecordError
from skecg.records._split_annotations import split_annotations
from skecg.records.formats import read_annotations
from skecg.tables import BEAT_SYMBOLS

FS, N_SAMPLES = 360, 400 * 360
MEANINGS = {1: "N", 5: "V", 9: "S", 14: "~", 18: "s", 22: '"', 28: "+", 32: "[", 33: "]", 23: "="}


def content(annotations):
    """Encode (sample, code, text, subtype), an interval of 32 bits before each."""
    made, before = b"", 0
    for sample, code, text, subtype in annotations:
        a, b, c, d = (sample - before & 0xFFFFFFFF).to_bytes(4, "little")
        made += bytes([0, 59 << 2, c, d, a, b, 0, code << 2])
        if subtype:
            made += bytes([subtype & 0xFF, 61 << 2])
        if text:
            made += bytes([len(text), 63 << 2]) + text + b"\0" * (len(text) % 2)
        before = sample
    return made + b"\0\0"


def strange(rng):
    """Draw annotations as files have them, many at one sample and some outside the signal."""
    texts = [
        b"(AFIB",
        b"(N",
        b"(AFL",
        b"(VFL",
        b"(ST0-",
        b"AST0-120",
        b"ST0-)",
        b"(ST1+",
        b"ST1+)",
    ]
    rows = [(int(rng.integers(-400, 0)), 28, b"(AFIB", 0), (-3, 32, b"", 0), (-2, 33, b"", 0)]
    at = 0
    for _ in range(500):
        at += int(rng.choice([0, 5, 40, 200, 300]))
        code = int(rng.choice([1, 1, 1, 5, 5, 9, 14, 18, 28, 32, 33, 33, 45, 23]))
        text = b""
        if code in (18, 28):
            text = texts[rng.integers(len(texts))]
        elif code == 23:
            text = b"%d" % rng.integers(60, 80)
        elif code in (1, 5) and rng.random() < 0.3:
            text = b"%d %d" % tuple(rng.integers(-200, 200, 2))
        rows.append((at + 280 * FS, code, text, int(rng.choice([0, 51])) if code == 14 else 0))
    return rows


@pytest.fixture(scope="module")
def signal():
    return np.tile(np.sin(np.arange(FS) / 20), N_SAMPLES // FS)


def write(folder, rows, signal):
    path = write_record(ECGRecord(signal, FS, ["II"], name="r1", subject="r1"), folder)
    (folder / "r1.atr").write_bytes(content(rows))
    return path


@pytest.mark.filterwarnings("ignore:Record 'r1'")
@pytest.mark.parametrize("seed", range(12))
def test_the_numbers_are_those_of_the_files(tmp_path, signal, seed):
    rng = np.random.default_rng(seed)
    paths = [write(tmp_path / name, strange(rng), signal) for name in ("truth", "found")]
    records = [read_record(path) for path in paths]
    files = compare_folders(tmp_path / "truth", tmp_path / "found", annotator="atr")
    memory = compare_records({"r1": tuple(records)})
    pd.testing.assert_frame_equal(memory.comparisons["r1"].matrix, files.comparisons["r1"].matrix)
    pd.testing.assert_frame_equal(memory.pairs, files.pairs)
    pd.testing.assert_frame_equal(memory.table, files.table)


@pytest.mark.filterwarnings("ignore:Record 'r1'", "ignore:The (reference|test) annotations")
@pytest.mark.parametrize("seed", range(12))
def test_runs_and_episodes_are_those_of_all_annotations(tmp_path, signal, seed):
    rows = [strange(np.random.default_rng([seed, i])) for i in range(2)]
    records = [
        read_record(write(tmp_path / name, part, signal))
        for name, part in zip(("truth", "found"), rows, strict=True)
    ]
    columns = [
        (
            [row[0] for row in part],
            [MEANINGS.get(row[1], f"[{row[1]}]") for row in part],
            [row[3] for row in part],
            [row[2].decode() for row in part],
        )
        for part in rows
    ]
    options = {"fs": FS, "n_samples": N_SAMPLES}
    for kind in ("AF", "VF", "ST", "ST0", "ST1"):
        found = compare_episodes(*records, kind=kind)
        expected = compare_episodes(*columns, kind=kind, **options)
        pd.testing.assert_frame_equal(found.episodes, expected.episodes)
        pd.testing.assert_frame_equal(found.measurements, expected.measurements)
    found, expected = compare_runs(*records), compare_runs(*columns, **options)
    for name in ("ve", "sve"):
        pd.testing.assert_frame_equal(
            getattr(found, name).discrepancies, getattr(expected, name).discrepancies
        )
        pd.testing.assert_frame_equal(
            getattr(found, name).sensitivity, getattr(expected, name).sensitivity
        )
    rates = compare_heart_rate(*records), compare_heart_rate(*columns, **options)
    pd.testing.assert_frame_equal(rates[0].pairs, rates[1].pairs)
    assert rates[0].n == rates[1].n


@pytest.fixture
def read(tmp_path, signal):
    rows = [
        *((-30, 28, b"(AFIB", 0), (-10, 5, b"", 0), (90, 45, b"", 0)),
        *((360 * second, 1, b"-20 5", 0) for second in range(1, 400)),
        (360 * 399, 5, b"", 0),
        (N_SAMPLES + 5, 1, b"", 0),
    ]
    path = write(tmp_path, rows, signal)
    with pytest.warns(UserWarning, match="other annotation outside the signal: 1"):
        return path, read_record(path)


def test_a_record_keeps_all_annotations_of_its_file(read):
    _, record = read
    stream = record.annotations
    assert len(record.sample) == 399
    assert stream.sample[[0, 1, 2, -1]].tolist() == [-30, -10, 90, N_SAMPLES + 5]
    assert stream.symbol[[0, 1, 2, -2]].tolist() == ["+", "V", "[45]", "V"]
    assert stream.aux_note[[0, 3]].tolist() == ["(AFIB", "-20 5"]
    assert not stream.sample.flags.writeable
    copy = pickle.loads(pickle.dumps(record))
    assert copy.annotations == stream
    assert not copy.annotations.sample.flags.writeable


def test_a_record_of_wfdb_objects_keeps_all_annotations(tmp_path, signal):
    rows = [(0, 28, b"(AFIB", 0), (360, 1, b"-20 5", 0), (720, 5, b"", 0), (720, 1, b"", 0)]
    path = str(write(tmp_path, rows, signal))
    record = ECGRecord.from_wfdb(wfdb.rdrecord(path), wfdb.rdann(path, "atr"))
    assert record.annotations.sample.tolist() == [0, 360, 720, 720]
    assert record.annotations.aux_note[:2].tolist() == ["(AFIB", "-20 5"]
    with pytest.warns(UserWarning, match="annotations excluded"):
        assert read_record(path).annotations.symbol.tolist() == ["+", "N", "V", "N"]


def test_a_stretch_keeps_its_annotations(read):
    path, _ = read
    with pytest.warns(UserWarning, match="annotations excluded"):
        first = read_record(path, stop=10)
    assert first.annotations.sample[[0, -1]].tolist() == [-30, 9 * FS]
    with pytest.warns(UserWarning, match="at the same sample as another: 1"):
        last = read_record(path, start=390)
    assert last.annotations.sample[[0, -1]].tolist() == [0, 10 * FS + 5]


def test_a_changed_copy_has_only_what_it_says(read):
    _, record = read
    assert replace(record, name="other").annotations is record.annotations
    assert replace(record, signal=record.signal + 1).annotations is record.annotations
    for change in (
        {"sample": record.sample[:-1], "symbol": record.symbol[:-1]},
        {"symbol": np.where(record.sample == FS, "V", record.symbol)},
        {"other": type(record.other)([5], ["~"])},
        {"fs": 250},
        {"annotations": None},
    ):
        assert replace(record, **change).annotations is None
    with pytest.raises(TypeError, match=r"'annotations' must be an AnnotationStream.*Got list"):
        replace(record, annotations=[1])


@pytest.mark.filterwarnings("ignore:Record 'r1'. the reference")
def test_the_comparison_of_a_changed_copy_says_that_beats_were_excluded(read):
    _, record = read
    changed = replace(record, sample=record.sample[:-1], symbol=record.symbol[:-1])
    message = (
        r"Record 'r1': the test annotations are those of a changed copy .*outside the signal: 2"
    )
    with pytest.warns(UserWarning, match=message):
        compare_annotations(record, changed)
    silent = replace(changed, excluded={})
    assert compare_annotations(record, silent).matrix.loc["N", "O"] >= 1


# -- the reference programs


def _cases():
    """Find the cases of recordings that have a length, as a record always has."""
    folder = Path(os.environ.get("SKECG_TEST_DATA", "nowhere")) / "ec57"
    found = [*folder.glob("runs/rxr_*"), *folder.glob("runs/epi_*"), *folder.glob("cases/*")]
    found = [one for one in sorted(found) if (one / "expected.json").is_file()]
    return [
        one
        for one in found
        if json.loads((one / "expected.json").read_text())["n_samples"] is not None
    ] or [None]


def as_record(path, annotator, fs, n_samples):
    """Make a record of a file without a signal, as read_record does of one with a signal."""
    parts = split_annotations(read_annotations(path, annotator), fs, n_samples, path.name)
    made = ECGRecord(
        np.zeros(n_samples, dtype=np.float32),
        fs,
        sample=parts.sample,
        symbol=parts.symbol,
        other=parts.other,
        excluded=parts.excluded,
        annotations=parts.stream,
    )
    assert made.annotations is parts.stream
    return made


@pytest.mark.records
@pytest.mark.parametrize("folder", _cases(), ids=lambda folder: getattr(folder, "name", "none"))
def test_records_give_the_numbers_of_the_reference_programs(folder):
    expected = json.loads((folder / "expected.json").read_text())
    fs, n_samples = expected["fs"], expected["n_samples"]
    path = folder / expected["record"]
    refusals = [_refusal(path, annotator, n_samples) for annotator in ("atr", "test")]
    if any(refusals):
        with pytest.raises(RecordError, match=next(filter(None, refusals))):
            _pair_of_records(path, fs, n_samples)
        return
    _check_case(_pair_of_records(path, fs, n_samples), expected, expected["options"])


def _refusal(path, annotator, n_samples):
    """Return why a record of a file is refused, None if it is not: files may be without beats."""
    found = read_annotations(path, annotator)
    beats = found.sample[np.isin(found.symbol, list(BEAT_SYMBOLS))]
    if len(found.sample) and not len(beats):
        return "annotations is a beat"
    return "beats lie outside the signal" if len(beats) and beats[0] >= n_samples else None


def _pair_of_records(path, fs, n_samples):
    return [as_record(path, annotator, fs, n_samples) for annotator in ("atr", "test")]


def _check_case(pair, expected, options):
    period = {"start": options.get("start_s", 300), "stop": options.get("end_s")}
    if expected["returncode"] in (1, 2):
        compare = compare_runs if expected.get("kind") == "rxr" else compare_annotations
        with pytest.raises(ValueError, match="test period, which starts at"):
            compare(*pair, **period)
        return
    if "ve" in expected:
        found = compare_runs(*pair, window=options["window_s"], **period)
        for kind in ("ve", "sve"):
            line = {key: n for key, n in expected[kind]["line"].items() if key != "record"}
            assert getattr(found, kind).to_line() == line
    elif "results" in expected:
        minimum = "min_overlap_duration" if options["min_length_in_overlap"] else "min_duration"
        for kind, result in expected["results"].items():
            found = compare_episodes(
                *pair,
                kind=kind,
                exclude_flutter=options["exclude_afl"],
                **{minimum: options["min_length_s"]},
                **period,
            )
            line = {key: n for key, n in result["line"].items() if key != "record"}
            assert found.to_line() == line
    else:
        found = compare_annotations(*pair, window=options["window_s"], **period)
        assert found.matrix.to_dict(orient="index") == {
            row: {column.upper(): n for column, n in cells.items()}
            for row, cells in expected["matrix"].items()
        }
