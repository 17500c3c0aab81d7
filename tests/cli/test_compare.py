"""``skecg compare``: two annotators of the same recordings."""

import csv
import json
import shutil

import numpy as np
import pytest

import skecg

FS = 50
SYMBOLS = list("NNVNSNNVNN") * 3


def record(name, late=0, symbols=SYMBOLS, seconds=340):
    """A flat recording with a beat a second from 5:01 on."""
    sample = 301 * FS + FS * np.arange(len(symbols)) + late
    signal = np.zeros(seconds * FS)
    return skecg.ECGRecord(signal, FS, sample=sample, symbol=symbols, name=name)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Folders of three recordings with reference annotations and with a test's."""
    reference, test = (tmp_path_factory.mktemp(name) for name in ("reference", "test"))
    for i, name in enumerate("abc"):
        skecg.write_record(record(name), reference / name)  # in folders of their own
        symbols = ["V"] * i + SYMBOLS[i:]
        skecg.write_record(record(name, late=2, symbols=symbols), test, annotator="skecg")
    return reference, test


@pytest.fixture
def folders(written, tmp_path):
    """A copy of them that a test may break."""
    for folder, name in zip(written, ("reference", "test"), strict=True):
        shutil.copytree(folder, tmp_path / name)
    return tmp_path / "reference", tmp_path / "test"


def test_compare_prints_a_row_a_record_gross_and_average(run, written):
    result = run("compare", *written)
    assert (result.code, result.err.strip()) == (0, "")  # old rich ends bars with a line
    lines = result.out.splitlines()
    assert lines[0] == "EC57 beat-by-beat comparison of 3 records, 90 reference beats; percent"
    row = next(line.split() for line in lines if line.startswith("c "))
    assert row[:5] == ["c", "30", "100.00", "100.00", "100.00"]
    assert row[5] == "75.00"  # 6 of 8 V
    assert [line.split()[0] for line in lines if line[:5] in ("Gross", "Avera")] == [
        "Gross",
        "Average",
        "Gross:",
    ]
    assert max(map(len, lines)) <= 80


def test_compare_of_one_recording_prints_its_matrix(invoke, written):
    reference, test = written
    result = invoke("compare", reference / "b" / "b", test / "b.skecg")
    assert result.code == 0, result.err
    assert "EC57 beat-by-beat comparison of record b" in result.out
    assert "1 mismatch: 0 missed, 0 extra, 1 of another class" in result.out
    assert "QRS Se               100.00 %  (30/30)" in result.out
    assert "Gross" not in result.out


def test_compare_writes_json_and_every_mismatch(invoke, written, tmp_path):
    result = invoke(
        "compare", *written, "--json", tmp_path / "r.json", "--pairs", tmp_path / "p.csv"
    )
    assert result.code == 0, result.err
    data = json.loads((tmp_path / "r.json").read_text())
    assert (data["schema"], data["standard"], data["n_records"]) == (1, True, 3)
    assert data["method"] == "ANSI/AAMI EC57:2012, beat by beat"
    assert data["records"][2]["statistics"]["veb_ppv"]["value"] == 0.75
    assert data["settings"]["annotator"] == "skecg" and "wfdb" in data["versions"]
    with open(tmp_path / "p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["record"] for row in rows] == ["b", "c", "c"]
    assert rows[0]["reference_sample"] == str(301 * FS)
    assert rows[0]["test_sample"] == str(301 * FS + 2)
    assert "written:" in result.err


def test_compare_prints_json_alone(invoke, written):
    result = invoke("compare", *written, "--json", "-", "--start", "0")
    data = json.loads(result.out)
    assert data["standard"] is False and data["settings"]["start"] == 0


def test_compare_says_that_a_comparison_is_not_standard(invoke, written):
    result = invoke("compare", *written, "--window", "0.02")
    assert "NOT STANDARD: EC57 asks for start=300" in result.out
    row = next(line.split() for line in result.out.splitlines() if line.startswith("Gross"))
    assert row[2] == "0.00"  # two samples are 40 ms


def test_compare_takes_what_annotate_and_write_record_make(invoke, tmp_path):
    from sklearn.dummy import DummyClassifier

    beats = skecg.load_simulated(2, duration=20, random_state=0)
    model = DummyClassifier(strategy="constant", constant="N").fit(beats.data, beats.target)
    made = skecg.simulate_record(30, random_state=1, name="ana")
    path = skecg.write_record(made, tmp_path / "reference")
    unseen = skecg.read_record(path, annotator=None)
    found = skecg.annotate(model, unseen, extractor=beats.extractor)
    skecg.write_record(found.record, tmp_path / "found", annotator="skecg")
    result = invoke("compare", tmp_path / "reference", tmp_path / "found", "--start", "0")
    assert result.code == 0, result.err
    assert "of record ana" in result.out


def test_compare_in_one_folder(invoke, words, folders):
    reference, test = folders
    for file in test.glob("*.skecg"):
        shutil.move(file, reference / file.stem)
    assert "3 records" in invoke("compare", reference, reference).out
    result = invoke("compare", reference, reference, "--annotator", "atr")
    assert result.code == 2 and "REF and TEST are the same files" in words(result.err)


def test_compare_takes_records_by_name(invoke, written, tmp_path):
    (tmp_path / "names.txt").write_text("c\n")
    result = invoke("compare", *written, "--records", tmp_path / "names.txt")
    assert result.code == 0 and "of record c" in result.out


def test_compare_names_records_without_test(invoke, words, folders):
    reference, test = folders
    (test / "b.skecg").unlink()
    result = invoke("compare", reference, test)
    assert result.code == 1 and result.out == ""
    assert "1 of 3 records have no annotations '*.skecg'" in words(result.err)
    assert "(b/b). Take others with --records, or leave these out" in words(result.err)
    result = invoke("compare", reference, test, "--skip-broken")
    assert result.code == 0 and "of 2 records" in result.out
    assert "NOT COMPARED: 1 record:" in result.out and "'b'" in result.out


def test_compare_warns_of_tests_without_reference(invoke, words, folders):
    reference, test = folders
    shutil.rmtree(reference / "c")
    result = invoke("compare", reference, test)
    assert result.code == 0 and "of 2 records" in result.out
    assert "1 of 3 files '*.skecg'" in words(result.err) and "not compared: c." in words(
        result.err
    )


def test_compare_names_a_record_that_the_rules_refuse(invoke, words, folders):
    reference, test = folders
    short = skecg.ECGRecord(np.zeros(280 * FS), FS, sample=[50], symbol=["N"], name="d")
    skecg.write_record(short, reference)
    skecg.write_record(short, test, annotator="skecg")
    result = invoke("compare", reference, test)
    assert result.code == 1 and result.out == ""
    text = words(result.err)
    assert (
        "Record 'd': the recording ends at 280.0 s, before the test period starts at 300 s."
        in text
    )
    assert "--skip-broken leaves such recordings out" in text
    assert "of 3 records" in invoke("compare", reference, test, "--skip-broken").out


def test_compare_names_a_truncated_file(invoke, words, folders):
    reference, test = folders
    file = test / "a.skecg"
    file.write_bytes(file.read_bytes()[:-3])
    result = invoke("compare", reference, test)
    assert result.code == 1 and "Record 'a': its annotation file" in words(result.err)
    assert "of 2 records" in invoke("compare", reference, test, "--skip-broken").out


def test_compare_needs_the_rate_where_there_is_no_header(invoke, words, folders):
    reference, test = folders
    for file in [*reference.rglob("*.hea"), *test.glob("*.hea")]:
        file.unlink()
    result = invoke("compare", reference, test)
    assert result.code == 1 and "Say it with --fs" in words(result.err)
    assert "of 3 records" in invoke("compare", reference, test, "--fs", FS).out


def test_compare_refuses_two_recordings(invoke, words, folders):
    reference, test = folders
    skecg.write_record(record("a", seconds=350), test, annotator="skecg")
    result = invoke("compare", reference, test)
    assert result.code == 1
    assert "must give one length. Got 17000 and 17500 samples" in words(result.err)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nowhere", "TEST"], 1, "neither a folder 'nowhere' nor annotations 'nowhere.atr'"),
        (["REF", "TEST", "--annotator", "qrs"], 1, "no annotations '*.qrs' in"),
        (["REF", "TEST", "--annotator", "qrs"], 1, "Files there end in .skecg; name the ending"),
        (["REF", "TEST", "--annotator", "."], 1, "'annotator' parameter of --annotator"),
        (["REF", "TEST", "--json", "no/r.json"], 1, "there is no folder 'no'"),
        (["REF", "TEST", "--stop", "200"], 1, "'stop' parameter of compare_records"),
        (["REF"], 2, "Missing argument 'TEST'"),
    ],
)
def test_compare_says_what_is_wrong(invoke, words, written, tmp_path, args, code, message):
    places = dict(zip(("REF", "TEST"), written, strict=True))
    result = invoke("compare", *[places.get(arg, arg) for arg in args], cwd=tmp_path)
    assert (result.code, result.out) == (code, "")
    assert message in words(result.err)


def test_compare_quiet_says_nothing(invoke, written):
    result = invoke("compare", *written, "--quiet")
    assert (result.code, result.out, result.err.strip()) == (0, "", "")


@pytest.mark.records
def test_compare_of_real_recordings_agrees_with_the_library(invoke, records_folder):
    folder = records_folder.parent / "ec57" / "cases" / "14_mixture_208"
    result = invoke("compare", folder, folder, "--annotator", "test")
    expected = json.loads((folder / "expected.json").read_text())["stats"]
    assert result.code == 0, result.err
    for key, name in (("qrs_se", "QRS Se"), ("veb_pp", "VEB +P"), ("sveb_pp", "SVEB +P ")):
        line = next(row for row in result.out.splitlines() if row.startswith(name))
        assert f"{expected[key]['percent']:.2f} %" in line
