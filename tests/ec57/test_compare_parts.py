"""Comparisons of all parts: beats, runs, episodes and heart rates in one result."""

import functools
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import skecg
from skecg import compare_folders, compare_records, comparison_page, summarize
from skecg.ec57 import _compare, _parts
from tests.ec57._cases import TABLES, case_name, cases

FS = 100
LENGTH = 900 * FS
DETECTED = "NNVVNVVVNAAN"


def annotations(beats, *marks, at=400):
    """Make a beat each second, and marks (second, symbol, text) among them."""
    rows = [((at + i) * FS, symbol, "") for i, symbol in enumerate(beats)]
    rows += [(round(second * FS), symbol, text) for second, symbol, text in marks]
    rows.sort(key=lambda row: row[0])
    sample, symbol, texts = (list(column) for column in zip(*rows, strict=True))
    return sample, symbol, [0] * len(rows), texts


def rates(*values):
    return [(310 + 60 * i, "=", str(value)) for i, value in enumerate(values)]


# a: one couplet of two, one short run as a couplet; half of the AF; VF missed; rates
# b: the test finds nothing but beats
AF, VF = [(500, "+", "(AFIB"), (520, "+", "(N")], [(600, "[", ""), (610, "]", "")]
ST = [(700, "s", "(ST0+"), (710, "s", "AST0+200"), (720, "s", "ST0+)")]
REFERENCE = {
    "a": annotations(DETECTED, *AF, *VF, *rates(60, 80)),
    "b": annotations(DETECTED, *VF, *ST),
}
TEST = {
    "a": annotations("NNVVNVVNNAAN", (510, "+", "(AFIB"), (520, "+", "(N"), *rates(62, 80)),
    "b": annotations("NNNNNNNNNNNN", ST[0], ST[2]),
}


@pytest.fixture(scope="module")
def comparison():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH)


def row(table, name, columns):
    """Return cells of a row, None for NaN."""
    return [None if pd.isna(value) else value for value in table.loc[name, columns]]


def test_each_part_equals_its_own_function(comparison):
    options = {"fs": FS, "n_samples": LENGTH}
    assert comparison.parts == ("beats", "runs", "episodes", "heart_rate")
    assert comparison.records == tuple(comparison.runs) == ("a", "b")
    for name in "ab":
        pair = REFERENCE[name], TEST[name]
        beats = skecg.compare_annotations(*pair, **options)
        assert comparison.comparisons[name].matrix.equals(beats.matrix)
        runs = skecg.compare_runs(*pair, **options)
        assert comparison.runs[name].ve.to_dict() == runs.ve.to_dict()
        assert comparison.runs[name].sve.to_dict() == runs.sve.to_dict()
        for kind in ("AF", "VF", "ST", "ST0", "ST1"):
            episodes = skecg.compare_episodes(*pair, kind=kind, **options)
            found = comparison.episodes[kind][name]
            assert found.to_line() == episodes.to_line()
            assert found.measurements.equals(episodes.measurements)
    rate = skecg.compare_heart_rate(REFERENCE["a"], TEST["a"], **options)
    assert list(comparison.heart_rate) == ["a"]
    assert comparison.heart_rate["a"].pairs.equals(rate.pairs)
    assert {one.name for one in comparison.episodes["AF"].values()} == {"a", "b"}


def test_runs_have_a_table_by_record_gross_and_average(comparison):
    table = comparison.tables["ve_runs"]
    assert table.index.tolist() == ["a", "b", "Gross", "Average"]
    columns = ["couplets in reference", "couplets in test", "couplet Se", "couplet +P"]
    # a: the test has the couplet, and a couplet in the run of three; b: it has nothing
    assert row(table, "a", columns) == [1, 2, 1, 1]
    assert row(table, "b", columns) == [1, 0, 0, None]
    assert row(table, "Gross", columns) == [2, 2, 0.5, 1]
    assert row(table, "Average", columns) == [None, None, 0.5, 1]
    short = ["short runs in reference", "short run Se", "short run +P", "long run Se"]
    assert row(table, "Gross", short) == [2, 0, None, 0]  # VF is a long run
    sve = comparison.tables["sve_runs"]
    assert row(sve, "Gross", columns) == [2, 1, 0.5, 1]


def test_episodes_have_a_table_of_each_kind_with_durations(comparison):
    table = comparison.tables["AF"]
    columns = ["episodes in reference", "episodes in test", "episode Se", "episode +P"]
    columns += ["duration Se", "duration +P", "reference duration (s)", "test duration (s)"]
    assert row(table, "a", columns) == [1, 1, 1, 1, 0.5, 1, 20, 10]
    assert row(table, "b", columns) == [0, 0, None, None, None, None, 0, 0]
    assert row(table, "Gross", columns) == [1, 1, 1, 1, 0.5, 1, 20, 10]
    assert row(table, "Average", columns) == [None, None, 1, 1, 0.5, 1, None, None]
    assert row(comparison.tables["VF"], "Gross", columns[:4]) == [2, 0, 0, None]
    assert row(comparison.tables["ST0"], "Gross", columns[:4]) == [1, 1, 1, 1]
    assert row(comparison.tables["ST1"], "Gross", columns[:4]) == [0, 0, None, None]


def test_heart_rates_have_a_table_without_gross(comparison):
    table = comparison.tables["heart_rate"]
    assert table.index.tolist() == ["a", "Gross", "Average"]
    # 60 against 62, 80 against 80, and once more the last ones, by a fault of mxm
    assert_allclose(table.loc["a", "RMS error"], np.sqrt(4 / 2))
    assert row(table, "Gross", ["measurements", "RMS error"]) == [3, None]
    assert_allclose(table.loc["Average", "RMS error"], 1.4142, atol=1e-9)  # as printed


def test_numbers_are_those_of_the_summaries(comparison):
    expected = {
        **{
            key: summarize(comparison.comparisons, table=key)
            for key in ("beats", "beats_no_sveb", "shutdown", "shutdown_no_sveb")
        },
        **{key: summarize(comparison.runs, table=key) for key in ("ve_runs", "sve_runs")},
        **{kind: summarize(found) for kind, found in comparison.episodes.items()},
        **{
            key: summarize(comparison.heart_rate, table=key)
            for key in ("measurements", "measurements_unnormalized")
        },
    }
    assert list(comparison.summaries) == list(expected)
    for key, summary in expected.items():
        assert str(comparison.summaries[key]) == str(summary)
    for key, table in comparison.tables.items():
        if key not in ("heart_rate", "shutdown"):
            for name, values in (("Gross", "gross"), ("Average", "average")):
                shares = getattr(comparison.summaries[key], values)
                if key == "beats":
                    shares = shares.rename({"SVEB +P": "SVEB +P (sumstats)"})
                assert_allclose(table.loc[name, shares.index].astype(float), shares)
    fpr = comparison.summaries["beats_no_sveb"].gross["VEB FPR"]
    assert comparison.tables["beats"].loc["Gross", "VEB FPR"] == fpr


def test_average_of_rr_errors_is_that_of_the_printed_ones():
    late = annotations("NNNN")
    late[0][1] += 1
    found = compare_records({"a": (annotations("NNNN"), late)}, fs=FS)
    table = found.tables["beats"]["RR error (ms)"]
    assert table["Average"] == 8.16 and np.isnan(table["Gross"])  # sqrt(200/3) ms
    rules = compare_records({"a": (annotations("NNNN"), late)}, fs=FS, reference_faults=False)
    assert_allclose(rules.tables["beats"].loc["Average", "RR error (ms)"], np.sqrt(200 / 3))


def test_beats_keep_both_counts_of_sveb():
    pair = annotations("NSFN"), annotations("NSSN")
    for faults in (True, False):
        found = compare_records({"a": pair}, fs=FS, reference_faults=faults)
        shares = found.tables["beats"].loc["Gross", ["SVEB +P", "SVEB +P (sumstats)"]]
        assert shares.tolist() == [0.5, 1]


def test_shutdowns_have_a_table_if_there_are_any(comparison):
    assert "shutdown" not in comparison.tables
    test = ([40000, 40070, 40230, 40300], ["N", "~", "~", "N"], [0, 0x33, 0, 0])
    for faults, gross in ((True, 0.25), (False, 0.5)):
        found = compare_records({"a": (annotations("NNNN"), test)}, fs=FS, reference_faults=faults)
        table = found.tables["shutdown"]
        assert table.loc["a", "missed N beats"] == 2
        assert table.loc["a", "share of all beats missed"] == 0.5
        assert table.loc["Gross", "share of N missed"] == gross  # halved by sumstats
        assert table.loc["Average", "share of N missed"] == 0.5
        assert ("halved" in found.to_text()) is faults


def test_rules_apply_without_the_faults():
    found = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, reference_faults=False)
    assert len(found.heart_rate["a"].pairs) == 2
    assert not found.episodes["AF"]["a"].reference_faults
    assert not found.summaries["ve_runs"].reference_faults
    assert found.to_dict()["reference_faults"] is False
    assert "known faults" not in found.to_text()


# -- what cannot be compared


def test_a_record_of_which_only_runs_of_ve_can_be_compared_is_in_one_table():
    fibrillation = annotations("", (10, "[", ""))
    pairs = {"a": (annotations("NVVN"), fibrillation), "b": (annotations("NVAN"),) * 2}
    found = compare_records(pairs, fs=FS, n_samples=LENGTH, parts=("runs",))
    assert list(found.tables["ve_runs"].index) == ["a", "b", "Gross", "Average"]
    assert list(found.tables["sve_runs"].index) == ["b", "Gross", "Average"]
    assert found.not_compared["record"].tolist() == ["a"]
    assert found.not_compared["reason"][0].startswith("runs of SVE are not compared")
    assert "runs of SVE are not compared" in " ".join(found.to_text().split())
    assert "runs of SVE are not compared" in comparison_page(found)
    only = compare_records({"a": pairs["a"]}, fs=FS, n_samples=LENGTH, parts=("runs",))
    assert "sve_runs" not in only.tables and "Runs of ventricular" in only.to_text()
    assert "Runs of ventricular" in comparison_page(only)


def test_a_part_that_a_record_does_not_allow_is_listed_with_its_reason():
    reference = {
        "a": annotations("NVVN"),
        "early": annotations("NVVN", at=10),
        "rate": annotations("NN", *rates(60)),
    }
    test = {"a": annotations("NVVN"), "early": annotations("NVVN"), "rate": annotations("NN")}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compare_records(reference, test, fs=FS, n_samples=LENGTH)
    assert found.not_compared[["part", "record"]].to_numpy().tolist() == [
        ["runs", "early"],
        ["heart_rate", "rate"],
    ]
    runs, rate = found.not_compared["reason"]
    assert runs.startswith("the reference has no annotation in the test period")
    assert rate.startswith("the test annotations must have measurements")
    assert list(found.runs) == ["a", "rate"] and not found.heart_rate
    assert "heart_rate" not in found.tables
    assert len(found.comparisons) == len(found.episodes["AF"]) == 3
    text = found.to_text()
    assert "NOT COMPARED: runs of ectopic beats of 1 record (early): the reference has" in text
    assert "No heart rates:" in text
    assert "Not compared: runs of ectopic beats of 1 record, heart rates of 1 record" in str(found)
    assert found.to_dict()["not_compared"][0]["record"] == "early"


def test_episodes_of_unknown_length_are_as_epicmp_counts_them():
    pair = {"a": (REFERENCE["a"], TEST["a"])}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compare_records(pair, fs=FS)
    assert found.not_compared["part"].tolist() == ["episodes"]
    assert found.tables["AF"].loc["Gross", "episodes in reference"] == 0
    text = " ".join(found.to_text().split())
    assert "No episode of atrial fibrillation was compared." in text
    assert "NOT COMPARED: episodes of 1 record (a): the length of the recording is unknown" in text
    rules = compare_records(pair, fs=FS, reference_faults=False)
    assert rules.tables["AF"].loc["Gross", "episodes in reference"] == 1
    assert rules.not_compared.empty


def test_a_record_without_a_mean_has_no_error_in_percent():
    pairs = {
        "a": (annotations("N", *rates(60, 60)), annotations("N", *rates(63, 63))),
        "zero": (annotations("N", *rates(0)), annotations("N", *rates(1))),
    }
    found = compare_records(pairs, fs=FS, n_samples=LENGTH)
    table = found.tables["heart_rate"]
    assert np.isnan(table.loc["zero", "RMS error (%)"])
    assert found.summaries["measurements"].n_records == 1
    assert table.loc["Average", "RMS error (%)"] == table.loc["a", "RMS error (%)"].round(4)
    only = compare_records({"zero": pairs["zero"]}, fs=FS, n_samples=LENGTH)
    assert "measurements" not in only.summaries
    assert np.isnan(only.tables["heart_rate"].loc["Average", "RMS error (%)"])
    assert "-" in only.to_text()


def test_a_record_that_is_too_short_is_refused_by_each_part():
    short = {"short": (annotations("N", at=10), annotations("N", at=10))}
    for part in ("beats", "runs", "episodes", "heart_rate"):
        with pytest.raises(ValueError, match=r"Record 'short': the recording ends at 100\.0 s"):
            compare_records(short, fs=FS, n_samples=100 * FS, parts=[part])


# -- parts


def test_annotations_are_read_once(monkeypatch):
    calls = []

    def read(*args, **kwargs):
        calls.append(args[1])
        return to_stream(*args, **kwargs)

    to_stream = _compare.to_stream
    monkeypatch.setattr(_compare, "to_stream", read)
    compare_records({"a": (REFERENCE["a"], TEST["a"])}, fs=FS, n_samples=LENGTH)
    assert calls == ["reference", "test"]


def test_only_the_parts_that_are_asked_for_are_compared(monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError

    for name in ("compare_streams", "compare_run_streams", "compare_heart_rate_streams"):
        monkeypatch.setattr(_parts, name, fail)
    found = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, parts=["episodes"])
    assert found.parts == ("episodes",)
    assert list(found.tables) == ["AF", "VF", "ST", "ST0", "ST1"]
    assert found.records == ("a", "b")


def test_without_beats_nothing_of_beats_is_counted():
    found = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, parts=("runs", "episodes"))
    assert found.comparisons == {}
    assert found.table.empty and "QRS Se" in found.table and found.pairs.empty
    assert found.matrix.shape == (7, 7) and not found.matrix.to_numpy().any()
    assert found.statistics["denominator"].sum() == 0
    assert str(found).startswith(
        "EC57 comparison of 2 records: runs of ectopic beats, episodes\n\nRuns of"
    )
    assert "QRS" not in str(found)
    assert repr(found) == "<RecordsComparison: 2 records, runs of ectopic beats, episodes>"
    assert found._repr_html_().startswith("<pre>EC57 comparison")
    data = json.loads(json.dumps(found.to_dict(pairs=True, details=True), allow_nan=False))
    assert data["n_records"] == 2 and "gross" not in data and "records" not in data
    nonstandard = compare_records(
        REFERENCE, TEST, fs=FS, n_samples=LENGTH, parts="runs", window=0.1
    )
    assert not nonstandard.standard and "NOT STANDARD" in str(nonstandard)


def test_heart_rates_that_no_record_has_are_just_not_there():
    found = compare_records(
        {"b": (REFERENCE["b"], TEST["b"])}, fs=FS, n_samples=LENGTH, parts=["heart_rate"]
    )
    assert found.records == ("b",) and found.tables == {} and found.not_compared.empty
    assert str(found).count("No heart rates") == 1


@pytest.mark.parametrize(
    "parts",
    [[], "rhythm", ["beats", "rhythm"], 3, None],
    ids=["none", "str", "list", "int", "None"],
)
def test_parts_are_checked(parts):
    with pytest.raises(ValueError, match="'parts' parameter of compare_records must be"):
        compare_records(REFERENCE, TEST, fs=FS, parts=parts)


def test_parts_may_be_an_array_and_of_any_type():
    beats = ([108400], ["N"])
    found = compare_records({"a": beats}, {"a": beats}, fs=360, parts=np.array(["runs", "beats"]))
    assert found.parts == ("beats", "runs")
    with pytest.raises(ValueError, match="'parts' parameter"):
        compare_records({"a": beats}, {"a": beats}, fs=360, parts=[["beats"]])


def test_names_that_are_one_text_are_refused():
    beats = ([108400], ["N"])
    two = {1: beats, "1": beats}
    with pytest.raises(ValueError, match="Got '1' twice"):
        compare_records(two, two, fs=360, parts="beats")


def test_infinite_heart_rates_are_none_in_json():
    pair = annotations("NN", *rates("60", "1e400")), annotations("NN", *rates("60", "61"))
    data = compare_records({"a": pair}, parts="heart_rate", fs=FS, n_samples=FS * 900).to_dict(
        details=True
    )
    json.dumps(data, allow_nan=False)
    assert data["heart_rate"]["records"][0]["rms_error"] is None
    assert data["heart_rate"]["records"][0]["pairs"][1]["reference"] is None


def test_reference_faults_are_checked():
    with pytest.raises(ValueError, match="'reference_faults' parameter of compare_records"):
        compare_records(REFERENCE, TEST, fs=FS, reference_faults="no")


# -- reference and test as two mappings, or two folders


def test_two_mappings_are_paired_by_name():
    one, two = ({"a": annotations("NV")}, {"a": annotations("NN")})
    assert compare_records(one, two, fs=FS).matrix.loc["V", "N"] == 1
    pairs = compare_records({"a": (one["a"], two["a"])}, fs=FS)
    assert pairs.matrix.equals(compare_records(one, two, fs=FS).matrix)


def test_names_that_only_one_has_are_named_or_excluded():
    reference, test = (
        dict.fromkeys("abc", annotations("N")),
        dict.fromkeys("bcd", annotations("N")),
    )
    message = r"2 of 4 records have annotations only of the reference or only of the test: a, d\."
    with pytest.raises(ValueError, match=message) as caught:
        compare_records(reference, test, fs=FS)
    assert skecg.utils.suggestions(caught.value) == ("on_error",)
    with pytest.warns(UserWarning, match="Excluded: 2 of 4 records"):
        found = compare_records(reference, test, fs={"a": FS, "b": FS, "c": FS}, on_error="warn")
    assert found.records == ("b", "c")
    assert found.skipped["record"].tolist() == ["a", "d"]
    assert found.skipped["reason"][0] == "Record 'a': there are no annotations of the test."
    with pytest.warns(UserWarning, match="Excluded"), pytest.raises(ValueError, match="one pair"):
        compare_records({"a": annotations("N")}, {"b": annotations("N")}, on_error="warn")


def test_two_mappings_or_two_folders_are_needed():
    pairs = [(annotations("N"), annotations("N"))]
    for reference, test in ((pairs, {"a": pairs[0][0]}), ("folder", {}), ({}, "folder")):
        with pytest.raises(TypeError, match="must be two folders, or two mappings"):
            compare_records(reference, test, fs=FS)


def test_two_folders_are_compared_as_compare_folders_does(tmp_path):
    record = skecg.simulate_record(360, random_state=0, name="a")
    skecg.write_record(record, tmp_path / "reference")
    skecg.write_record(record, tmp_path / "test", annotator="skecg")
    folders = tmp_path / "reference", str(tmp_path / "test")
    found = compare_records(*folders, parts=["beats", "runs"])
    assert found.parts == ("beats", "runs") and found.records == ("a",)
    assert found.to_text() == compare_folders(*folders, parts=["beats", "runs"]).to_text()
    assert compare_folders(*folders, reference_faults=False).reference_faults is False
    with pytest.raises(ValueError, match="'n_samples' parameter of compare_records must be None"):
        compare_records(*folders, n_samples=1000)
    with pytest.raises(ValueError, match="'parts' parameter of compare_folders"):
        compare_records(*folders, parts="rhythm")


# -- text and JSON


def test_print_names_the_other_parts(comparison):
    text = str(comparison)
    assert text.startswith("EC57 beat-by-beat comparison of 2 records")
    assert "Also compared: runs of ectopic beats, episodes, heart rates." in text
    assert "print(comparison.to_text())" in text and "couplet" not in text
    beats = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, parts="beats")
    assert text.startswith(str(beats)) and "Also" not in str(beats)


def test_text_has_a_table_of_each_part(comparison):
    text = comparison.to_text()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert text.startswith(str(comparison).partition("\n\nAlso")[0])
    at = lines.index("Runs of ventricular ectopic beats (VE)")
    assert lines[at + 1].split() == ["couplets", "short", "runs", "long", "runs"]
    assert lines[at + 4].split() == ["a", *"1 2 100 100 1 0 0 - 1 0 0 -".split()]
    assert lines[at + 7].split() == ["Gross", *"2 2 50 100 2 0 0 - 2 0 0 -".split()]
    at = lines.index("Episodes of atrial fibrillation")
    assert lines[at + 4].split() == ["a", *"1 1 100 100 50 100 0:20.000 0:10.000".split()]
    assert "No episode of ischemic ST, signal 1 in reference or test." in lines
    assert "ST deviation at 1 extremum of the reference; difference of more than 100" in text
    assert "Without any, in reference and test: 1 record" in lines
    assert "1 record without measurements of both annotators" in lines
    runs = comparison.to_text(parts=["runs"])
    assert "Runs of ventricular" in runs and "QRS" not in runs and "Episodes" not in runs


def test_percentages_are_rounded_as_by_the_programs():
    # 1 of 8 couplets is 12.5 %: rxr prints 13, sumstats 12
    reference, test = annotations("NVV" * 8 + "N"), annotations("NVV" + "N" * 22)
    text = compare_records({"a": (reference, test)}, fs=FS, parts="runs").to_text().splitlines()
    assert [line.split()[3] for line in text[5:10] if line[0] in "aG"] == ["13", "12"]


def test_text_says_what_the_test_never_marks():
    beats = [400 * FS + FS * i for i in range(5)]
    reference = {"a": annotations(5 * "N", (410, "+", "(AFIB"), (420, "+", "(N"))}
    options = {"fs": FS, "n_samples": LENGTH}
    text = " ".join(
        compare_records(reference, {"a": (beats, 5 * ["N"])}, **options).to_text().split()
    )
    assert "The test marks no episode of atrial fibrillation in any record." in text
    assert "(--parts beats,runs)" in text and "test has no beat" not in text
    rhythm = ([410 * FS, 420 * FS], ["+", "+"], [0, 0], ["(AFIB", "(N"])
    text = " ".join(compare_records(reference, {"a": rhythm}, **options).to_text().split())
    assert "The test has no beat in the test period of any record." in text
    assert "marks no episode" not in text
    only = compare_records(reference, {"a": rhythm}, parts=["episodes"], **options)
    assert "test has no beat" not in only.to_text()


def test_signals_that_are_numbered_1_and_2_are_said():
    marks = [400 * FS, 430 * FS], ["s", "s"], [0, 0], ["(ST2+", "ST2+)"]
    options = {"fs": FS, "n_samples": LENGTH}
    with pytest.warns(UserWarning, match=r"In 1 record \(a\), signals of ST .* numbered 1 and 2"):
        compare_records({"a": marks}, {"a": marks}, parts=["episodes"], **options)
    with pytest.warns(UserWarning, match="Signals of ST episodes are numbered 1 and 2"):
        skecg.compare_episodes(marks, marks, kind="ST0", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        skecg.compare_episodes(marks, marks, kind="ST", **options)
        compare_records({"a": marks}, {"a": marks}, parts=["beats"], **options)


def test_only_compared_parts_can_be_printed(comparison):
    beats = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, parts="beats")
    with pytest.raises(ValueError, match=r"were compared: beats\. Got \['runs'\]"):
        beats.to_text(parts=["beats", "runs"])
    with pytest.raises(ValueError, match="'parts' parameter of to_text"):
        comparison.to_text(parts=["rhythm"])


def test_json_has_all_numbers_and_details_on_request(comparison):
    data = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert data["parts"] == ["beats", "runs", "episodes", "heart_rate"]
    assert data["records"][0]["record"] == "a"  # beats, as without the other parts
    ve = data["runs"]["records"][0]["ve"]
    assert ve["statistics"]["couplet_se"] == {"value": 1, "numerator": 1, "denominator": 1}
    assert ve["sensitivity"][2][2] == 1 and "discrepancies" not in ve
    af = data["episodes"]["AF"][0]
    assert af["statistics"]["duration_se"] == {"value": 0.5, "numerator": 10, "denominator": 20}
    assert "overlaps" not in af
    assert data["summaries"]["ve_runs"]["gross"]["couplet Se"] == 0.5
    assert data["heart_rate"]["records"][0]["mean_reference"] == 110
    details = comparison.to_dict(details=True)
    assert details["runs"]["records"][0]["ve"]["discrepancies"][0]["statistic"] == "Se"
    assert details["episodes"]["AF"][0]["overlaps"][0]["overlap"] == 10
    assert details["episodes"]["ST"][1]["measurements"][0]["flagged"]
    assert len(details["heart_rate"]["records"][0]["pairs"]) == 3
    beats = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, parts="beats").to_dict()
    assert {key: data[key] for key in beats} == json.loads(json.dumps(beats))
    assert "summaries" not in beats and "not_compared" not in beats


# -- the reference programs


@functools.cache
def _compare_case(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return compare_folders(folder, folder, annotator="test")


@pytest.mark.records
@pytest.mark.parametrize("folder", cases("sum"), ids=case_name)
def test_summaries_of_folders_equal_sumstats(folder):
    files = json.loads((folder / "expected.json").read_text())["files"]
    found = _compare_case(folder)
    for file, expected in files.items():
        name = file.removesuffix(".out")
        summary = found.summaries[TABLES.get(name, name.removeprefix("epi_").upper())]
        wanted = [*expected["input"], *expected["output_after_input"]]
        assert [*summary.lines, *summary.to_lines()] == wanted


@pytest.mark.records
def test_tables_of_folders_have_the_printed_numbers(records_folder):
    folder = records_folder.parent / "ec57" / "runs" / "sum_04_beats_runs"
    found = _compare_case(folder)
    assert found.not_compared["record"].tolist() == ["r02"]  # rxr refuses it
    files = json.loads((folder / "expected.json").read_text())["files"]
    for file, key in (("rxr_ve.out", "ve_runs"), ("rxr_sve.out", "sve_runs")):
        texts = found.report_tables[key].texts()
        printed = {
            line.split()[0]: line.split()
            for line in [*files[file]["input"], *files[file]["output_after_input"]]
        }
        for record, cells in texts.items():
            shares = [cells[i] for i in (2, 3, 6, 7, 10, 11)]
            assert shares == printed[record][-6:]
