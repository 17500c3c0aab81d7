"""``skecg annotate``: results, progress, exit codes and words."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.annotation._folder import LOCK
from skecg.utils import locked

PLAIN = ("--detector", "sleepecg")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Recordings of 20 s in WFDB, EDF and CSV files, and a broken one."""
    folder = tmp_path_factory.mktemp("recordings")
    one, two, three = skecg.simulate_records(3, duration=20, random_state=1)
    skecg.write_record(one, folder)
    skecg.write_record(two, folder, format="edf")
    time = np.arange(three.n_samples) / three.fs
    pd.DataFrame({"time": time, "II": three.signal[:, 0]}).to_csv(
        folder / "table.csv", index=False
    )
    return folder


@pytest.fixture(scope="module")
def annotated(invoke, recordings, tmp_path_factory):
    """Output and folder of ``skecg annotate``."""
    out = tmp_path_factory.mktemp("annotated") / "out"
    result = invoke("annotate", "lstm", recordings, "--out", out, *PLAIN)
    assert result.code == 0, result.err
    result.folder = out
    return result


def test_annotate_writes_a_table_and_files(annotated):
    names = ["sim000", "sim001", "table"]
    table = pd.read_csv(annotated.folder / "recordings.csv")
    assert table["record"].tolist() == names and set(table["status"]) == {"ok"}
    for name in names:
        found = json.loads((annotated.folder / f"{name}.json").read_text())
        assert found["summary"]["beats"] == len(pd.read_csv(annotated.folder / f"{name}.csv"))
        assert "<html" in (annotated.folder / f"{name}.html").read_text()
        (line,) = (one for one in annotated.out.splitlines() if one.startswith(name))
        assert line.split()[1:3] == ["0:20", str(found["summary"]["beats"])]
    assert f"{table['beats'].sum():,}" in annotated.out
    assert max(map(len, annotated.out.splitlines())) <= 80


def test_annotate_tells_the_progress(annotated):
    lines = annotated.err.splitlines()
    assert [line.split(" ")[:2] for line in lines] == [
        ["1/3", "sim000:"],
        ["2/3", "sim001:"],
        ["3/3", "table:"],
    ]
    assert "1.0 minutes at" in lines[-1] and lines[-1].endswith("x real time")


def test_annotate_goes_on(invoke, words, annotated, recordings):
    result = invoke("annotate", "lstm", recordings, "--out", annotated.folder, *PLAIN)
    assert result.code == 0 and "3 complete before" in words(result.out) and not result.err


def test_annotate_reports_a_broken_recording(invoke, words, recordings, tmp_path):
    data = shutil.copytree(recordings, tmp_path / "data")
    (data / "sim000.dat").unlink()
    arguments = ("annotate", "lstm", data, "--out", data / "out", *PLAIN)
    result = invoke(*arguments, "--quiet")
    assert result.code == 1 and result.out == ""
    assert "error: Record 'sim000': there is no signal file" in words(result.err)
    again = invoke(*arguments)
    assert again.code == 1 and "1 failed" in words(again.out)
    assert "2 complete before" in words(again.out)


def test_annotate_one_recording_with_some_options(invoke, recordings, tmp_path):
    result = invoke(
        *("annotate", "lstm", recordings / "sim001.edf", "--out", tmp_path / "out", "--edf"),
        *("--leads", "V5", "--review-below", "0.99", *PLAIN),
    )
    assert result.code == 0, result.err
    table = pd.read_csv(tmp_path / "out" / "sim001.csv")
    assert set(table["leads"].dropna()) <= {"V5"}
    uncertain = (table[["p_N", "p_S", "p_V", "p_F"]].max(axis=1) < 0.99).sum()
    assert result.out.splitlines()[3].split()[-1] == str(uncertain)
    found = skecg.read_record(tmp_path / "out" / "sim001.edf")
    assert found.sample.tolist() == table["sample"].tolist()


def test_annotate_merges_corrections(invoke, words, recordings, annotated, tmp_path):
    out = shutil.copytree(annotated.folder, tmp_path / "out")
    sample = pd.read_csv(out / "table.csv")["sample"]
    file = tmp_path / "reviewed.csv"
    file.write_text(f"record,sample,corrected\ntable,{sample[3]},V\ntable,{sample[4]},-\n")
    arguments = ("annotate", "lstm", recordings, "--out", out, *PLAIN)
    result = invoke(*arguments, "--corrections", file)
    assert result.code == 0, result.err
    assert "Corrections: 1 beat reviewed, 1 deleted, 0 not applied" in words(result.out)
    table = pd.read_csv(out / "table.csv")
    assert len(table) == len(sample) - 1 and table["class"][3] == "V"
    assert "2 complete before" in words(result.out)
    table.drop(index=6).to_csv(out / "table.csv", index=False)
    kept = invoke(*arguments)
    assert "On the command line: --corrections DIR." in words(kept.err) and kept.code == 0
    assert invoke(*arguments, "--corrections", out).code == 0
    assert len(pd.read_csv(out / "table.csv")) == len(sample) - 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("none.skecg", "{data}", "--out", "{out}"), 1, "'none.skecg', which does not exist"),
        (("lstm", "{data}"), 2, "Missing option '--out'"),
        (("lstm", "--out", "{out}"), 2, "Missing argument"),
        (("lstm", "{data}", "--out", "{out}", "--leads", ","), 2, "name leads, separated by"),
        (("lstm", "{data}", "--out", "{out}", "--detector", "x"), 1, "'detector' parameter"),
        (("lstm", "{data}", "--out", "{data}"), 1, "never go next to a recording's own files"),
        (("lstm", "{data}", "--out", "{data}/sim000.hea"), 1, "is a file. Name a folder"),
        (("lstm", "{out}x", "--out", "{out}"), 1, "there is no header"),
        (("lstm", "{data}", "--out", "{out}", "--corrections", "no.csv"), 1, "no corrections"),
    ],
)
def test_annotate_refuses_wrong_use(invoke, words, recordings, tmp_path, arguments, code, message):
    filled = [one.format(data=recordings, out=tmp_path / "out") for one in arguments]
    result = invoke("annotate", *PLAIN, *filled)
    assert result.code == code and message in words(result.err), result.err


def test_annotate_refuses_a_folder_in_use(invoke, words, recordings, tmp_path):
    with locked(tmp_path / LOCK, tmp_path, "another command"):
        result = invoke("annotate", "lstm", recordings, "--out", tmp_path, *PLAIN)
    assert result.code == 1 and "is being written by process" in words(result.err)


@pytest.mark.slow
def test_annotate_imports_no_tensorflow(recordings, tmp_path):
    code = (
        "import sys\n"
        "from skecg.cli import app\n"
        f"app({['annotate', 'lstm', str(recordings / 'sim000'), '--out', str(tmp_path)]!r}"
        f" + {list(PLAIN)!r}, standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'imblearn', 'distributed', 'edfio'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
