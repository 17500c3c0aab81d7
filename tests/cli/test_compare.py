"""``skecg compare``: print and write the comparison of annotation files."""

import csv
import json
import shutil

import numpy as np
import pytest

import skecg

FS = 50
SYMBOLS = list("NNVNSNNVNN") * 3


def record(name, late=0, symbols=SYMBOLS, seconds=340, **options):
    """Make a flat recording with a beat a second from 5:01 on."""
    sample = 301 * FS + FS * np.arange(len(symbols)) + late
    signal = np.zeros(seconds * FS)
    return skecg.ECGRecord(signal, FS, sample=sample, symbol=symbols, name=name, **options)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Folders of three recordings with reference annotations and with a test's."""
    reference, test = (tmp_path_factory.mktemp(name) for name in ("reference", "test"))
    for i, name in enumerate("abc"):
        skecg.write_record(record(name), reference / name)  # each in its own folder
        symbols = ["V"] * i + SYMBOLS[i:]
        skecg.write_record(record(name, late=2, symbols=symbols), test, annotator="skecg")
    return reference, test


@pytest.fixture
def folders(written, tmp_path):
    """A copy of them that a test may change."""
    for folder, name in zip(written, ("reference", "test"), strict=True):
        shutil.copytree(folder, tmp_path / name)
    return tmp_path / "reference", tmp_path / "test"


def test_compare_prints_a_row_per_record_gross_and_average(invoke, written):
    result = invoke("compare", *written)
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


def test_parts_choose_what_is_compared(invoke, written, tmp_path):
    result = invoke(
        "compare", *written, "--parts", "runs, episodes", "--lines", tmp_path / "lines"
    )
    assert result.code == 0
    assert result.out.startswith("EC57 comparison of 3 records: runs of ectopic beats, episodes")
    assert not (tmp_path / "lines" / "beats.txt").exists()
    assert (tmp_path / "lines" / "AF.txt").exists()
    result = invoke("compare", *written, "--parts", "rhythm")
    assert result.code == 1 and "names of parts: 'beats', 'runs'" in " ".join(result.err.split())
    result = invoke("compare", *written, "--parts", "runs", "--pairs", tmp_path / "pairs.csv")
    assert result.code == 1 and "add beats to --parts" in " ".join(result.err.split())


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


def test_compare_prints_only_json(invoke, written):
    result = invoke("compare", *written, "--json", "-", "--start", "0")
    data = json.loads(result.out)
    assert data["standard"] is False and data["settings"]["start"] == 0


def test_compare_marks_nonstandard_comparisons(invoke, written):
    result = invoke("compare", *written, "--window", "0.02")
    assert "NOT STANDARD: EC57 requires start=300" in result.out
    row = next(line.split() for line in result.out.splitlines() if line.startswith("Gross"))
    assert row[2] == "0.00"  # two samples are 40 ms


def test_compare_reads_annotations_that_were_written(invoke, tmp_path):
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


def test_compare_takes_records_by_name(invoke, written, tmp_path):
    (tmp_path / "names.txt").write_text("c\n")
    result = invoke("compare", *written, "--records", tmp_path / "names.txt")
    assert result.code == 0 and "of record c" in result.out


def test_compare_names_the_options_that_help(invoke, words, folders):
    reference, test = folders
    (test / "b.skecg").unlink()
    result = invoke("compare", reference, test)
    assert result.code == 1 and result.out == ""
    assert "1 of 3 records have no annotations '*.skecg'" in words(result.err)
    hint = "On the command line: --records FILE|SET; --skip-broken to exclude such recordings"
    assert hint in words(result.err)
    result = invoke("compare", reference, test, "--skip-broken")
    assert result.code == 0 and "of 2 records" in result.out
    assert "NOT COMPARED: 1 record:" in result.out and "'b'" in result.out


def test_compare_takes_the_rate_where_there_is_no_header(invoke, words, folders):
    reference, test = folders
    for file in [*reference.rglob("*.hea"), *test.glob("*.hea")]:
        file.unlink()
    result = invoke("compare", reference, test)
    assert result.code == 1 and "On the command line: --fs HZ;" in words(result.err)
    assert "of 3 records" in invoke("compare", reference, test, "--fs", FS).out


def test_compare_prints_warnings_and_keeps_them_in_the_settings(invoke, words, folders):
    reference, test = folders
    shutil.rmtree(reference / "c")
    result = invoke("compare", reference, test, "--json", "-")
    assert result.code == 0
    assert "warning: 1 of 3 files '*.skecg'" in words(result.err)
    (warning,) = json.loads(result.out)["settings"]["warnings"]
    assert warning.endswith("not compared: c.")


@pytest.fixture(scope="module")
def rhythm(tmp_path_factory):
    """Folders of two recordings: runs of V, and fibrillation that the test finds in part."""
    reference, test = (tmp_path_factory.mktemp(name) for name in ("reference", "test"))
    for name in "ab":
        for runs, end, folder, annotator in (
            ("NNVVNVVVNN", 390, reference, "atr"),
            ("NNVVNVVNNN", 350, test, "skecg"),
        ):
            marks = skecg.Annotations([340 * FS, end * FS], ["+", "+"], aux_note=["(AFIB", "(N"])
            one = record(name, symbols=list(runs) * 3, seconds=400, other=marks)
            skecg.write_record(one, folder, annotator=annotator)
    return reference, test


def test_compare_all_prints_each_part(invoke, rhythm):
    result = invoke("compare", *rhythm, "--all")
    assert (result.code, result.err.strip()) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "EC57 beat-by-beat comparison of 2 records, 60 reference beats; percent"
    at = lines.index("Runs of ventricular ectopic beats (VE)")
    assert lines[at + 4].split() == ["a", *"3 6 100 100 3 0 0 - 0 0 - -".split()]
    at = lines.index("Episodes of atrial fibrillation")
    assert lines[at + 7].split() == ["Gross", *"2 2 100 100 20 100 1:40.000 0:20.000".split()]
    assert max(map(len, lines)) <= 80
    comparison = skecg.compare_folders(*rhythm)
    assert result.out == f"{comparison.to_text()}\n"


def test_compare_all_writes_json_page_and_line_files(invoke, rhythm, tmp_path):
    json_file, page, lines = tmp_path / "r.json", tmp_path / "r.html", tmp_path / "lines"
    options = ["--json", json_file, "--html", page, "--lines", lines, "--details"]
    result = invoke("compare", *rhythm, "--all", *options)
    assert result.code == 0, result.err
    for path in (json_file, page, f"{lines}/"):
        assert f"written: {path}" in result.err.replace("\n", "")
    data = json.loads(json_file.read_text())
    assert data["parts"] == ["beats", "runs", "episodes", "heart_rate"]
    assert data["settings"]["all"] is True and data["settings"]["rules"] is False
    assert data["episodes"]["AF"][0]["overlaps"][0]["overlap"] == 10
    assert len(data["records"][0]["pairs"]) == 3
    text = page.read_text()
    assert "<h1>Comparison by EC57</h1>" in text and "skecg compare" in text
    comparison = skecg.compare_folders(*rhythm)
    assert sorted(file.name for file in lines.iterdir()) == sorted(
        f"{name}{end}" for name in comparison.summaries for end in (".txt", ".sum.txt")
    )
    written = (lines / "AF.txt").read_text()
    assert written.splitlines() == list(comparison.summaries["AF"].lines)
    assert skecg.summarize_lines(written).to_lines() == comparison.summaries["AF"].to_lines()
    assert (lines / "ve_runs.sum.txt").read_text() == f"{comparison.summaries['ve_runs']}\n"


def test_compare_without_all_is_of_beats(invoke, rhythm, tmp_path):
    options = ["--json", "-", "--html", tmp_path / "r.html", "--lines", tmp_path]
    data = json.loads(invoke("compare", *rhythm, *options).out)
    assert "runs" not in data and "pairs" not in data["records"][0]
    assert "Episodes" not in (tmp_path / "r.html").read_text()
    assert {file.name for file in tmp_path.glob("*.sum.txt")} == {
        f"{name}.sum.txt" for name in ("beats", "beats_no_sveb", "shutdown", "shutdown_no_sveb")
    }


def test_compare_replaces_only_line_files_of_an_earlier_one(invoke, words, rhythm, tmp_path):
    lines = tmp_path / "lines"
    assert invoke("compare", *rhythm, "--all", "--lines", lines).code == 0
    (lines / "notes.txt").write_text("mine")
    assert invoke("compare", *rhythm, "--lines", lines).code == 0
    left = {file.name for file in lines.iterdir()}
    assert "AF.txt" not in left and {"beats.txt", "notes.txt"} <= left
    (lines / "AF.txt").write_text("mine")
    result = invoke("compare", *rhythm, "--all", "--lines", lines)
    assert result.code == 1 and "'AF.txt' in it is not one" in words(result.err)
    assert (lines / "AF.txt").read_text() == "mine"


def test_compare_writes_no_line_file_if_one_fails(invoke, rhythm, tmp_path, monkeypatch):
    lines = tmp_path / "lines"
    assert invoke("compare", *rhythm, "--lines", lines).code == 0
    before = {file.name: file.read_text() for file in lines.iterdir()}

    def fails(summary):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(skecg.Summary, "__str__", fails)
    assert invoke("compare", *rhythm, "--all", "--lines", lines).code == 1
    assert {file.name: file.read_text() for file in lines.iterdir()} == before


def test_compare_does_not_write_over_annotations(invoke, words, folders):
    reference, test = folders
    (path,) = test.glob("a.skecg")
    before = path.read_bytes()
    result = invoke("compare", *folders, "--html", path)
    assert result.code == 1 and "which has annotations" in words(result.err)
    assert path.read_bytes() == before
    result = invoke("compare", *folders, "--lines", reference)
    assert result.code == 1 and "are compared. Name another folder" in words(result.err)


def test_compare_refuses_a_record_with_the_name_of_a_row(invoke, words, tmp_path):
    skecg.write_record(record("Gross"), tmp_path, annotator="atr")
    skecg.write_record(record("Gross"), tmp_path / "test", annotator="skecg")
    result = invoke("compare", tmp_path, tmp_path / "test")
    assert result.code == 1 and "names other than Gross and Average" in words(result.err)


def test_compare_by_the_rules_is_without_faults(invoke, rhythm):
    result = invoke("compare", *rhythm, "--all", "--rules", "--json", "-")
    data = json.loads(result.out)
    assert data["reference_faults"] is False and data["settings"]["rules"] is True
    assert "known faults" not in invoke("compare", *rhythm, "--all", "--rules").out
    assert "known faults" in invoke("compare", *rhythm, "--all").out


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nowhere", "TEST"], 1, "neither a folder 'nowhere' nor annotations 'nowhere.atr'"),
        (["REF", "TEST", "--annotator", "qrs"], 1, "no annotations '*.qrs' in"),
        (["REF", "TEST", "--annotator", "qrs"], 1, "On the command line: --annotator NAME."),
        (["REF", "TEST", "--reference-annotator", "qrs"], 1, ": --reference-annotator NAME."),
        (["REF", "TEST", "--annotator", "."], 1, "'annotator' parameter of compare_folders"),
        (["REF", "REF", "--annotator", "atr"], 1, "reference and test are the same files"),
        (["REF", "TEST", "--json", "no/r.json"], 1, "there is no folder 'no'"),
        (["REF", "TEST", "--html", "-"], 1, "cannot write a page to '-'"),
        (["REF", "TEST", "--json", "."], 1, "it is a folder. Name a file."),
        (["REF", "TEST", "--json", "r", "--html", "./r"], 1, "cannot write two results to"),
        (["REF", "TEST", "--pairs", "-"], 1, "cannot write mismatches to '-'"),
        (["REF", "TEST", "--lines", "no/dir"], 1, "there is no folder 'no'"),
        (["REF", "TEST", "--lines", __file__], 1, "cannot write files into"),
        (["REF", "TEST", "--stop", "200"], 1, "'stop' parameter of compare_folders"),
        (["REF"], 2, "Missing argument 'TEST'"),
    ],
)
def test_compare_explains_errors(invoke, words, written, tmp_path, args, code, message):
    places = dict(zip(("REF", "TEST"), written, strict=True))
    result = invoke("compare", *[places.get(arg, arg) for arg in args], cwd=tmp_path)
    assert (result.code, result.out) == (code, "")
    assert message in words(result.err)


def test_compare_quiet_prints_nothing(invoke, written):
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
