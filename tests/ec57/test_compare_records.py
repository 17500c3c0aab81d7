"""Comparisons of many recordings: by record, gross and average."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg import ECGRecord, compare_annotations, compare_records, tables

BEATS = [110_000, 111_000, 112_000, 113_000]
PAIRS = {
    "a": ((BEATS, list("NNVS")), (BEATS, list("NVVS"))),  # one N found as V
    "b": ((BEATS, list("NNNF")), (BEATS[:3] + [113_100], list("NNNS"))),  # F missed, S extra
    "c": ((BEATS[:2], list("FF")), (BEATS[:2], list("SV"))),  # fusion found as S and V
}


@pytest.fixture(scope="module")
def comparison():
    return compare_records(PAIRS, fs=360, n_samples=120_000)


def test_each_record_is_compared_separately(comparison):
    for name, pair in PAIRS.items():
        single = compare_annotations(*pair, fs=360, n_samples=120_000)
        assert comparison.comparisons[name].matrix.equals(single.matrix)
        assert comparison.comparisons[name].name == name


def test_gross_pools_all_beats(comparison):
    gross = comparison.table.loc["Gross"]
    assert gross["beats"] == 10
    assert_allclose(gross["QRS Se"], 9 / 10)
    assert_allclose(gross["QRS +P"], 9 / 10)
    assert_allclose(gross["VEB +P"], 1 / 2)  # F found as V is not false
    assert_allclose(gross["SVEB +P"], 1 / 3)  # F found as S is, and so is the extra one
    assert_allclose(gross["SVEB +P (sumstats)"], 1 / 2)  # here only the extra one
    row = comparison.statistics.loc["SVEB +P (sumstats)"]
    assert row[["numerator", "denominator"]].tolist() == [1, 2]
    assert comparison.matrix.to_numpy().sum() == 11


def test_average_excludes_records_without_a_denominator(comparison):
    average = comparison.table.loc["Average"]
    assert_allclose(average["QRS Se"], (1 + 3 / 4 + 1) / 3)
    assert_allclose(average["VEB Se"], 1)  # only a has V
    assert_allclose(average["SVEB +P"], (1 + 0 + 0) / 3)
    assert_allclose(average["SVEB +P (sumstats)"], (1 + 0) / 2)  # c has neither


def test_the_published_check_of_sumstats():
    # Ss, Ns, Vs, Os and Fs of one set of records, 64.84 % by hand
    counts = {("S", "S"): 1632, ("N", "S"): 447, ("V", "S"): 90, ("F", "S"): 50}
    symbols = [pair for pair, n in counts.items() for _ in range(n)]
    sample = 110_000 + 300 * np.arange(len(symbols))
    reference, test = map(list, zip(*symbols, strict=True))
    extra = sample[-1] + 300 * np.arange(1, 349)
    stream = np.append(sample, extra), test + ["S"] * 348
    found = compare_records({"all": ((sample, reference), stream)}, fs=360, n_samples=10**6)
    value = found.table.loc["Gross", "SVEB +P (sumstats)"]
    assert round(100 * value, 2) == 64.84
    assert_allclose(found.table.loc["Gross", "SVEB +P"], 1632 / (1632 + 447 + 90 + 50 + 348))


def test_gross_rr_error_weighs_records_by_their_intervals():
    late = [110_000, 111_006, 112_000, 113_000]
    pairs = {
        "a": ((BEATS, list("NNNN")), (late, list("NNNN"))),  # errors 6, -6, 0
        "b": ((BEATS[:2], list("NN")), (late[:2], list("NN"))),  # 6
    }
    table = compare_records(pairs, fs=360).table["RR error (ms)"]
    assert_allclose(table["Gross"], np.sqrt((36 + 36 + 0 + 36) / 4) / 0.36)
    assert_allclose(table["Average"], (np.sqrt(24) + 6) / 2 / 0.36)


def test_pairs_are_named_by_their_records():
    signal = np.zeros(140_000)
    record = ECGRecord(signal, 360, sample=BEATS, symbol=list("NNVS"), name="100")
    assert list(compare_records([(record, record)]).comparisons) == ["100"]
    other = ECGRecord(signal, 360, sample=BEATS, symbol=list("NNVS"), name="101")
    with pytest.raises(ValueError, match="a pair of two records, '100' and '101'"):
        compare_records([(record, other)])
    assert list(compare_records({"x": (record, other)}).comparisons) == ["x"]
    with pytest.raises(ValueError, match=r"a name of its own for each record.*Got '100'"):
        compare_records([(record, record), (record, record)])


def test_rates_and_lengths_can_be_given_by_record():
    pairs = dict.fromkeys("ab", PAIRS["a"])
    found = compare_records(pairs, fs={"a": 360, "b": 250}, n_samples={"a": 120_000})
    assert [one.fs for one in found.comparisons.values()] == [360, 250]
    assert [one.period[1] for one in found.comparisons.values()] == [120_000, 113_000]
    with pytest.raises(ValueError, match=r"'fs' parameter .* \['c'\]"):
        compare_records(pairs, fs={"a": 360, "b": 360, "c": 250})


def test_a_refused_record_is_named_or_excluded():
    pairs = {**PAIRS, "short": (([400], ["N"]), ([400], ["N"]))}
    with pytest.raises(
        ValueError, match=r"Record 'short': .* EC57 reserves the first five minutes"
    ):
        compare_records(pairs, fs=360)
    with pytest.warns(UserWarning, match="Excluded: Record 'short'"):
        found = compare_records(pairs, fs=360, on_error="warn")
    assert found.skipped["record"].tolist() == ["short"]
    assert "NOT COMPARED: 1 record:\n  Record 'short'" in str(found)
    assert found.table.loc["Gross"].equals(compare_records(PAIRS, fs=360).table.loc["Gross"])


@pytest.mark.filterwarnings("ignore:Excluded")
def test_no_comparable_record_is_an_error():
    with pytest.raises(ValueError, match="must hold at least one pair"):
        compare_records([])
    with pytest.raises(ValueError, match=r"found no record that it can compare.*'a'"):
        compare_records({"a": (([400], ["N"]), ([400], ["N"]))}, fs=360, on_error="warn")


@pytest.mark.parametrize(
    ("pairs", "options", "error", "message"),
    [
        ({"a": BEATS}, {}, TypeError, "must hold pairs .* as item 'a'"),
        ([None], {}, TypeError, "Got NoneType as item 0"),
        ({"Gross": PAIRS["a"]}, {}, ValueError, "other than Gross and Average"),
        (PAIRS, {"on_error": "skip"}, ValueError, "'raise' or 'warn'. Got 'skip'"),
        (PAIRS, {"start": -1}, ValueError, "'start' parameter of compare_records"),
        (PAIRS, {"fs": None}, ValueError, "Record 'a': the 'fs' parameter of compare_records"),
    ],
)
def test_parameters_are_checked(pairs, options, error, message):
    with pytest.raises(error, match=message):
        compare_records(pairs, **{"fs": 360, **options})


def test_pairs_have_the_name_of_their_record(comparison):
    pairs = comparison.pairs
    assert pairs["record"].tolist() == ["a", "b", "b", "c", "c"]
    assert pairs["test_symbol"].tolist() == ["V", "", "S", "S", "V"]


def test_print_has_a_row_per_record_gross_and_average(comparison):
    lines = str(comparison).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "EC57 beat-by-beat comparison of 3 records, 10 reference beats; percent"
    row = next(line.split() for line in lines if line.startswith("b "))
    assert row == ["b", "4", "75.00", "75.00", "-", "-", "0.000", "-", "0.00", "0.00"]
    assert [line.split()[0] for line in lines if line.startswith(("Gross ", "Average "))] == [
        "Gross",
        "Average",
    ]
    assert repr(comparison) == (
        "<RecordsComparison: 3 records, 10 reference beats, gross QRS Se 90.00, QRS +P 90.00>"
    )
    assert "NOT STANDARD" not in str(comparison)
    assert "NOT STANDARD" in str(compare_records(PAIRS, fs=360, window=0.1))
    assert comparison._repr_html_().count("<table") == 2


def test_a_large_table_fits_80_columns():
    n = 800_000
    sample = 110_000 + 100 * np.arange(n)
    stream = sample, np.full(n, "N")
    pairs = {f"a-long-name-of-a-record-{i}": (stream, stream) for i in range(3)}
    text = str(compare_records(pairs, fs=360))
    assert max(map(len, text.splitlines())) <= 80
    assert "2,400,000" in text and "…-a-record-2" in text


def test_to_dict_is_json_without_nan(comparison):
    data = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert (data["schema"], data["n_records"], data["standard"]) == (1, 3, True)
    assert [record["record"] for record in data["records"]] == ["a", "b", "c"]
    assert "pairs" not in data["records"][0]
    assert data["gross"]["statistics"]["sveb_ppv_sumstats"]["denominator"] == 2
    assert_allclose(data["average"]["sveb_ppv"], 1 / 3)
    assert len(comparison.to_dict(pairs=True)["records"][1]["pairs"]) == 2


def test_statistics_that_no_record_has_are_none():
    beats = [108400], ["N"]
    comparison = compare_records({"a": (beats, beats)}, fs=360)
    average = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))["average"]
    assert average["sveb_se"] is None and average["qrs_se"] == 1.0
    assert average["rr_error_ms"] is None  # one beat makes no interval
    assert "RMS RR error - ms (average - ms)" in str(comparison)


@pytest.mark.records
def test_reference_beats_of_ds1_from_5_minutes_on(records_folder):
    wfdb = pytest.importorskip("wfdb")
    streams = {
        name: wfdb.rdann(str(records_folder / "mitdb" / name), "atr") for name in tables.DS1
    }
    found = compare_records({name: (s, s) for name, s in streams.items()}, n_samples=650_000)
    # as `bxb -a atr atr` of WFDB 10.7.0 counts them
    assert np.diag(found.matrix)[:5].tolist() == [37982, 924, 3214, 335, 8]
    assert found.matrix.to_numpy().sum() == 42463
