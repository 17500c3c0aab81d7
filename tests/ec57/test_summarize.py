"""Summaries over recordings: each rule of sumstats by hand, and all its cases."""

import functools
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg import (
    compare_annotations,
    compare_episodes,
    compare_heart_rate,
    compare_runs,
    summarize,
    summarize_lines,
)
from skecg.records import read_header
from skecg.records.formats import read_annotations
from tests.ec57._cases import TABLES, case_name, cases

FS = 100
LENGTH = 900 * FS
RUNS = "Record CTs CFN CTp CFP STs SFN STp SFP LTs LFN LTp LFP  CSe C+P SSe S+P LSe L+P"
EPISODES = (
    "(AF detection)\nRecord  TPs   FN  TPp   FP  ESe E+P DSe D+P  Ref duration  Test duration \n"
)
SHUTDOWN = (
    "Record Nx   Vx   Fx   Qx  % beats  % N    % V    % F   Total Shutdown\n"
    "                           missed missed missed missed      Time\n"
)


def beats(symbols, at=400):
    """Make beats, one each second; a blank is none."""
    found = [(FS * (at + i), symbol) for i, symbol in enumerate(symbols) if symbol != " "]
    return [sample for sample, _ in found], [symbol for _, symbol in found]


def compare_beats(reference, test):
    return compare_annotations(beats(reference), beats(test), fs=FS, n_samples=LENGTH)


def vf(*episodes):
    """Make ventricular fibrillation of (begin, end) in seconds."""
    times = [FS * t for episode in episodes for t in episode]
    return times, ["[", "]"] * len(episodes)


def compare_vf(reference, test):
    return compare_episodes(vf(*reference), vf(*test), kind="VF", fs=FS, n_samples=LENGTH)


def percents(series):
    """Return statistics in percent, None for NaN."""
    return [None if np.isnan(v) else round(100 * v, 2) for v in series.tolist()]


# -- beats


def test_beats_are_summed_by_the_merged_rows_and_columns():
    # Nn, Nf -> Nn'; Nv; S found as f -> Sn'; V missed -> Vo'; F as s and Q as s -> Fs'; Os -> Os'
    summary = summarize({"a": compare_beats("NNNSVFQ ", "NFVF SSS")})
    assert {key: n for key, n in summary.sum.items() if n} == {
        "Nn'": 2,
        "Nv": 1,
        "Sn'": 1,
        "Vo'": 1,
        "Fs'": 2,
        "Os'": 1,
    }
    assert summary.totals == {"Total QRS complexes": 7, "Total VEBs": 1, "Total SVEBs": 1}
    # QRS 6/7 and 6/7, VEB 0/1 and 0/1, SVEB 0/1 and 0/1
    assert percents(summary.gross) == [85.71, 85.71, 0, 0, 0, 0]


def test_sveb_ppv_is_without_fs_by_a_fault():
    comparison = compare_beats("SSF", "SSS")
    assert summarize([comparison]).gross["SVEB +P"] == 1
    exact = summarize([comparison], reference_faults=False)
    assert_allclose([exact.gross["SVEB +P"], exact.average["SVEB +P"]], 2 / 3)


def test_average_is_the_mean_over_records_where_the_statistic_is_defined():
    summary = summarize({"a": compare_beats("NNVV", "NNVN"), "b": compare_beats("NNNN", "NN  ")})
    assert summary.gross["VEB Se"] == summary.average["VEB Se"] == 0.5
    assert summary.average["QRS Se"] == 0.75
    assert np.isnan(summary.average["SVEB Se"])
    assert summary.to_lines()[2].split()[-3:] == ["-", "-", "0.00"]


def test_rr_error_is_the_mean_of_the_printed_ones():
    line = "0 " * 19 + "- - - - - - "
    head = "Record Nn' Sn' Vn' Fn' On'  Ns  Ss  Vs  Fs' Os' Nv  Sv   Vv  Fv' Ov' No' So' Vo' Fo'"
    summary = summarize_lines([head, f"a {line} 10.00", f"b {line} -", f"c {line} 20.00"])
    assert summary.average["RR error (ms)"] == 15
    assert "RR error (ms)" not in summary.gross
    assert summary.n_records == 3


def test_without_svebs_s_counts_as_n():
    summary = summarize([compare_beats("NSSV S", "SNSSVV")], table="beats_no_sveb")
    # S as S, N as S and S as N are Nn'; V as S is Vn'; extra V and S as V
    assert {key: n for key, n in summary.sum.items() if n} == {
        "Nn'": 3,
        "Vn'": 1,
        "Nv": 1,
        "Ov'": 1,
    }
    # FPR: (Nv + Ov') / (Nn' + Fn' + On' + Nv + Ov')
    assert summary.gross["VEB FPR"] == 2 / 5
    assert "Total SVEBs" not in summary.totals


# -- shutdowns


def test_gross_shutdowns_are_halved_by_a_fault():
    lines = SHUTDOWN + (
        " a 2 1 0 0 0 0 0 0  3 seconds 8 0 4 0 0\n"
        " b 0 0 0 0 0 0 0 0  2 seconds 8 0 0 0 0\n"
        " c 0 0 0 0 0 0 0 0  0 seconds 0 0 0 0 0\n"
    )
    summary = summarize_lines(lines)
    assert percents(summary.gross) == [7.5, 6.25, 12.5, None]  # 3/40, 2/32, 1/8
    assert percents(summary.average) == [12.5, 12.5, 25, None]
    assert summary.n_records == 2  # a record without reference beats is none
    assert summary.sum["shutdown (s)"] == 5


def test_the_rule_does_not_halve_them():
    reference = beats("NNNN")
    on, off = FS * 401 - 30, FS * 402 + 30
    test = ([FS * 400, on, off, FS * 403], ["N", "~", "~", "N"], [0, 0x33, 0, 0])
    comparison = compare_annotations(reference, test, fs=FS, n_samples=LENGTH)
    for faults, share in ((True, 25), (False, 50)):
        summary = summarize([comparison], table="shutdown_no_sveb", reference_faults=faults)
        assert percents(summary.gross)[:2] == [share, share]
        assert percents(summary.average)[:2] == [50, 50]
    assert len(summarize([comparison], table="shutdown").gross) == 0


# -- runs


def test_runs_are_summed():
    pair = beats("NVVNVVVN"), beats("NVVNV NN")
    summary = summarize({"a": compare_runs(*pair, fs=FS, n_samples=LENGTH)})
    assert summary.sum[["CTs", "CFN", "STs", "SFN"]].tolist() == [1, 0, 0, 1]
    assert summary.totals["Total short runs"] == 1
    sve = summarize({"a": compare_runs(*pair, fs=FS, n_samples=LENGTH)}, table="sve_runs")
    assert sve.lines[0] == "(SVE run detection)"
    assert sve.sum.sum() == 0


def test_halves_are_printed_to_even():
    summary = summarize_lines([RUNS, " a 1 7 3 5 0 0 0 0 0 0 0 0 13 38 - - - -"])
    assert summary.to_lines()[1].split() == ["Gross", "12", "38", "-", "-", "-", "-"]


# -- episodes


def test_durations_are_rebuilt_from_percentages_by_a_fault():
    # of 100 s of the reference and 400 s of the test 42 s overlap: 42 % and 10.5, printed 11 %
    comparison = compare_vf([(400, 500)], [(458, 858)])
    summary = summarize([comparison])
    assert percents(summary.gross) == [100, 100, 44, 11]
    assert percents(summary.average) == [100, 100, 42, 11]
    exact = summarize([comparison], reference_faults=False)
    assert percents(exact.gross) == [100, 100, 42, 10.5]


def test_the_running_overlap_is_cut_to_milliseconds():
    lines = EPISODES + "a 1 0 1 0 100 100 33 33 0:00.005 0:00.004\n" * 3
    summary = summarize_lines(lines)  # 0.00165 s of each are 0.001 s
    assert_allclose(summary.gross["duration Se"], 3 / 15)
    assert summary.sum["reference duration (s)"] == 0.015


def test_average_durations_are_over_records_with_a_duration():
    summary = summarize({"a": compare_vf([(400, 500)], [(450, 500)]), "b": compare_vf([], [])})
    assert percents(summary.average) == [100, 100, 50, 100]
    nothing = summarize({"b": compare_vf([], [])})
    assert nothing.to_lines()[:2] == [
        "Sum       0    0    0    0                       0:00.000       0:00.000",
        "Gross                         -   -   -   -",
    ]


@pytest.mark.parametrize(
    ("shares", "text"), [((14, 15), "14"), ((28, 29), "28"), ((56, 57), "56"), ((57, 58), "58")]
)
def test_average_durations_are_means_of_whole_percents_halves_to_even(shares, text):
    rows = (
        f" {i} 1 0 1 0 100 100 {share} 100 0:10.000 0:10.000\n" for i, share in enumerate(shares)
    )
    average = summarize_lines(EPISODES + "".join(rows)).to_lines()[2].split()
    assert average == ["Average", "100", "100", text, "100"]


# -- measurements


def test_measurements_have_only_an_average():
    def compare(value):
        pair = [([FS * 400], ["="], [0], [text]) for text in ("60", value)]
        return compare_heart_rate(*pair, fs=FS, n_samples=LENGTH, reference_faults=False)

    comparisons = {"a": compare("63"), "b": compare("60")}
    summary = summarize(comparisons)
    assert summary.lines[1:3] == (
        "Measurement 0",
        "Record\tRMS error (%)\tMean reference measurement",
    )
    assert summary.to_lines() == ["Average 2.5000\t\t60", "Summary of results from 2 records"]
    unnormalized = summarize(comparisons, table="measurements_unnormalized")
    assert unnormalized.lines[-2] == "     a\t3.0000\t\t60 (unnormalized)"
    assert summarize_lines(unnormalized.lines).average["RMS error"] == 1.5


# -- parameters


def test_results_as_text_and_json():
    summary = summarize({"my record": compare_vf([(400, 500)], [(450, 500)])})
    assert "my record" in str(summary)
    assert repr(summary).startswith("<Summary of episodes: 1 records, gross episode Se 100.00")
    assert summary._repr_html_().startswith("<pre>(VF detection)")
    data = json.loads(json.dumps(summary.to_dict()))
    assert data["sum"]["reference duration (s)"] == 100
    assert data["records"][0]["record"] == "my record"


def test_invalid_comparisons_raise():
    episode, beat = compare_vf([], []), compare_beats("N", "N")
    with pytest.raises(ValueError, match="must not be empty"):
        summarize({})
    with pytest.raises(TypeError, match="Got str instead"):
        summarize({"a": "b"})
    with pytest.raises(ValueError, match=r"of one kind\. Got BeatComparison, EpisodeComparison"):
        summarize({"a": episode, "b": beat})
    with pytest.raises(ValueError, match="'table' parameter of summarize must be one of these"):
        summarize({"a": episode}, table="beats")
    af = compare_episodes(vf(), vf(), fs=FS, n_samples=LENGTH)
    with pytest.raises(ValueError, match=r"must be of one kind\. Got VF, AF"):
        summarize({"a": episode, "b": af})
    with pytest.raises(ValueError, match="'lines' parameter of summarize_lines must begin"):
        summarize_lines("nothing")
    with pytest.raises(ValueError, match="must hold lines under the heading"):
        summarize_lines([RUNS, "a 1 2"])
    line = "a 1 7 3 5 0 0 0 0 0 0 0 0 13 38 - - - -"
    with pytest.raises(ValueError, match="The file is summed up already"):
        summarize_lines(str(summarize_lines([RUNS, line])))
    with pytest.raises(ValueError, match="Pass each file by itself"):
        summarize_lines([RUNS, line, EPISODES.splitlines()[0]])
    with pytest.raises(ValueError, match=r"as a pathlib\.Path"):
        summarize_lines("ve_runs.txt")
    with pytest.raises(ValueError, match="must have a line of a record"):
        summarize_lines([RUNS])


def test_a_file_is_read_from_its_place_its_text_or_its_lines(tmp_path):
    path = tmp_path / "ve_runs.txt"
    path.write_text(f"{RUNS}\n a 1 7 3 5 0 0 0 0 0 0 0 0 13 38 - - - -\n")
    expected = str(summarize_lines(path))
    assert str(summarize_lines(path.read_text())) == expected
    with path.open() as lines:
        assert str(summarize_lines(lines)) == expected


# -- the reference program


@pytest.mark.records
@pytest.mark.parametrize("folder", cases("sum"), ids=case_name)
def test_summaries_of_lines_equal_those_of_the_reference_program(folder):
    files = json.loads((folder / "expected.json").read_text())["files"]
    for file in files.values():
        assert summarize_lines(file["input"]).to_lines() == file["output_after_input"]


@functools.cache
def _compare(folder, records, name):
    program, _, kind = name.partition("_")
    function, options = {
        "bxb": (compare_annotations, {}),
        "rxr": (compare_runs, {}),
        "mxm": (compare_heart_rate, {}),
        "epi": (compare_episodes, {"kind": kind.upper()}),
    }[program]
    found = {}
    for record in records:
        header = read_header(folder / record)
        pair = [read_annotations(folder / record, ending) for ending in ("atr", "test")]
        try:
            found[record] = function(*pair, fs=header.fs, n_samples=header.n_samples, **options)
        except ValueError:
            assert (folder.name, record, program) == ("sum_04_beats_runs", "r02", "rxr")
    return found


def _written(folder, file):
    """Return the text of a summary of comparisons, and that of the reference programs."""
    expected = json.loads((folder / "expected.json").read_text())
    name = file.removesuffix(".out")
    # the four files of bxb, and both of rxr and mxm, are of the same comparisons
    compared = name if name.startswith("epi") else name[:3]
    comparisons = _compare(folder, tuple(expected["records"]), compared)
    summary = summarize(comparisons, table=TABLES.get(name))
    wanted = expected["files"][file]
    return (
        [*summary.lines, *summary.to_lines()],
        [*wanted["input"], *wanted["output_after_input"]],
    )


@pytest.mark.records
@pytest.mark.parametrize("folder", cases("sum"), ids=case_name)
def test_summaries_of_comparisons_equal_those_of_the_reference_programs(folder):
    for file in json.loads((folder / "expected.json").read_text())["files"]:
        text, wanted = _written(folder, file)
        assert text == wanted
