"""``skecg info`` on recordings, usable or broken."""

import json
import shutil

import numpy as np
import pytest

import skecg


@pytest.fixture
def broken(recordings, tmp_path):
    """A copy of three recordings that tests may break."""
    for name in ("sim000", "sim001", "sim002"):
        for file in recordings.glob(f"{name}.*"):
            shutil.copy(file, tmp_path)
    return tmp_path


def test_info_prints_a_row_per_record_and_the_sums(invoke, recordings):
    result = invoke("info", recordings)
    assert result.code == 0 and result.err == ""
    lines = result.out.splitlines()
    records = [skecg.read_record(path) for path in skecg.find_records(recordings)]
    row = next(line.split() for line in lines if line.startswith("sim003"))
    n = int((records[3].symbol == "N").sum())
    assert row[:6] == ["sim003", "simulated:sim003", "MLII+V5", "250", "0:40", str(n)]
    n_beats = sum(len(record.sample) for record in records)
    assert f"8 records of 8 subjects, 5.3 minutes of ECG, {n_beats} beats" in result.out
    assert max(map(len, lines)) <= 80


def test_info_as_json_has_every_symbol(invoke, recordings):
    data = json.loads(invoke("info", recordings, "--json").out)
    assert (data["schema"], data["n_records"], data["n_problems"]) == (1, 8, 0)
    record = skecg.read_record(recordings / "sim000")
    symbols, counts = np.unique(record.symbol, return_counts=True)
    assert data["records"][0]["symbols"] == dict(zip(symbols, counts.tolist(), strict=True))
    assert data["leads"] == {"MLII+V5": 8} and data["fs"] == {"250": 8}
    assert data["duration_s"] == pytest.approx(8 * 40)


def test_info_names_broken_recordings_and_goes_on(invoke, words, broken):
    data = (broken / "sim000.dat").read_bytes()
    (broken / "sim000.dat").write_bytes(data[: len(data) // 2])  # truncated
    (broken / "sim001.dat").write_bytes(b"\x07\x00" + (broken / "sim001.dat").read_bytes()[2:])
    result = invoke("info", broken)
    assert result.code == 1
    text = words(result.out)
    assert "Cannot be used: 2" in text
    assert "Record 'sim000': its signal file" in text
    assert "Record 'sim001': the checksum of lead 'MLII' must be" in text
    assert "3 records of 1 subject" in text


def test_info_of_a_record_without_annotations_is_usable(invoke, words, broken):
    (broken / "sim002.atr").unlink()
    result = invoke("info", broken)
    assert result.code == 0
    assert "Unlabelled: 1 record without '*.atr' (sim002): skecg annotate" in words(result.out)
    data = json.loads(invoke("info", broken, "--json").out)
    record = data["records"][2]
    assert (record["problem"], record["labelled"], record["format"]) == (None, False, "WFDB")
    assert record["leads"] == ["MLII", "V5"] and record["symbols"] == {}
    assert (data["n_unlabelled"], data["n_problems"]) == (1, 0)


def test_info_counts_the_formats(invoke, words, broken):
    record = skecg.read_record(broken / "sim000")
    np.savez(broken / "own.npz", signal=record.signal, fs=250)
    result = invoke("info", broken)
    assert result.code == 0
    assert "Formats: WFDB (3), NumPy archive (1)" in words(result.out)


def test_info_lists_warnings(invoke, tmp_path):
    signal = np.column_stack([np.sin(np.arange(1000) / 9), np.zeros(1000)])
    record = skecg.ECGRecord(signal, 250, ["II", "V1"], [100], ["N"], name="flat")
    skecg.write_record(record, tmp_path)
    result = invoke("info", tmp_path)
    assert result.code == 0
    assert "Warnings: 1" in result.out and "'V1'" in result.out


@pytest.mark.parametrize(
    ("name", "message"),
    [("empty", "No recordings in"), ("file.zip", "Unpack it"), ("nowhere", "no such folder")],
)
def test_info_of_an_unusable_folder_exits_with_1(invoke, words, tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.zip").write_bytes(b"")
    result = invoke("info", tmp_path / name)
    assert result.code == 1 and result.out == ""
    assert result.err.startswith("error: ") and message in words(result.err)


def test_info_quiet_prints_only_errors(invoke, recordings, broken):
    assert invoke("info", recordings, "--quiet").out == ""
    (broken / "sim000.dat").unlink()
    result = invoke("info", broken, "--quiet")
    assert (result.code, result.out) == (1, "")


def test_debug_shows_the_traceback(invoke, tmp_path):
    result = invoke("info", tmp_path, "--debug")
    assert result.code == 1
    assert "Traceback (most recent call last)" in result.err and "FileNotFoundError" in result.err


def test_info_into_a_closed_pipe_is_quiet(start, recordings):
    process = start("info", recordings)
    process.stdout.close()  # as `skecg info FOLDER | head -0` does
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
