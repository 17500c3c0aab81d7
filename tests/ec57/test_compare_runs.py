"""The run-by-run comparison of EC57: each rule by hand, and all cases of rxr."""

import json
import math

import numpy as np
import pytest

from skecg import ECGRecord, RunComparison, compare_runs, summarize
from skecg.records import Annotations
from tests.ec57._cases import case_name, cases
from tests.ec57._sequential_runs import matrices_in_order, random_annotations

START = 108_000  # 5:00 at 360 Hz; 150 ms are 54 samples
RR = 300


def annotate(text, at=START + 1000, step=RR):
    """Make annotations of words: a symbol, ``+(AFIB`` (a rhythm), ``~on``, ``~off``, or ``.``."""
    found = []
    for word in text.split():
        if word.startswith("+"):
            found.append((at, "+", 0, word[1:]))
        elif word.startswith("~"):
            found.append((at, "~", 0x30 if word == "~on" else 0, ""))
        elif word != ".":
            found.append((at, word, 0, ""))
        at += step
    return found


def columns(annotations):
    return tuple(map(list, zip(*annotations, strict=True))) if annotations else ([], [], [], [])


def compare(reference, test, n_samples=200_000, **options):
    """Compare words or lists of (sample, symbol, subtype, text)."""
    pair = [annotate(one) if isinstance(one, str) else one for one in (reference, test)]
    return compare_runs(*map(columns, pair), fs=360, n_samples=n_samples, **options)


def cells(matrix):
    """Return the cells of a matrix that are not 0, as in {(2, ">5"): 1}."""
    counts = matrix.stack()
    return {cell: int(n) for cell, n in counts[counts > 0].items()}


def ve(reference, test, **options):
    found = compare(reference, test, **options).ve
    return cells(found.sensitivity), cells(found.positive_predictivity)


def sve(reference, test, **options):
    found = compare(reference, test, **options).sve
    return cells(found.sensitivity), cells(found.positive_predictivity)


def both(*cell):
    """Return the cells of one run that both searches count alike."""
    return {cell: 1}, {cell: 1}


# -- lengths, members and what ends a run


def test_runs_of_each_length_are_on_the_diagonal():
    words = "N " + " N ".join("V " * length for length in range(1, 8)) + " N"
    diagonal = {(length, length): 1 for length in range(1, 6)} | {(">5", ">5"): 2}
    found = compare(words, words)
    assert ve(words, words) == (diagonal, diagonal)
    assert sve(words.replace("V", "A"), words.replace("V", "A")) == (diagonal, diagonal)
    assert np.isnan(found.ve.sensitivity.loc[0, 0])
    assert found.ve.discrepancies.empty
    assert found.sve.sensitivity.sum().sum() == 0


@pytest.mark.parametrize("symbol", list("VrEF"))
def test_ventricular_and_fusion_beats_are_members_of_ve_runs(symbol):
    words = f"N V {symbol} V N"
    assert ve(words, words) == both(3, 3)


@pytest.mark.parametrize("symbol", list("AaJSejn"))
def test_supraventricular_beats_are_members_of_sve_runs(symbol):
    words = f"N A {symbol} N"
    assert sve(words, words) == both(2, 2)


@pytest.mark.parametrize("symbol", list("NLRBAaJSejnQ/f?"))
def test_beats_of_other_classes_end_a_ve_run(symbol):
    assert ve(f"N V {symbol} V N", "N V V V N") == ({(1, 1): 2}, {(1, 3): 1})


@pytest.mark.parametrize("symbol", list("NLRBVrEFQ/f?"))
def test_beats_of_other_classes_end_an_sve_run(symbol):
    assert sve(f"N A {symbol} A N", "N A A A N") == ({(1, 1): 2}, {(1, 3): 1})


@pytest.mark.parametrize("word", [*'!|xsT"', "]", "+", "+(N", "~off", ". . ."])
def test_marks_and_time_do_not_end_a_run(word):
    words = f"N V {word} V N"
    assert ve(words, words) == both(2, 2)


def test_a_shutdown_ends_a_run_and_beats_in_it_count():
    words = "N V ~on V V ~off V N"
    assert ve(words, words) == ({(1, 1): 1, (3, 3): 1},) * 2
    # a second mark of the same shutdown is nothing
    words = "N V ~on V ~on V N"
    assert ve(words, words) == ({(1, 1): 1, (2, 2): 1},) * 2


# -- windows


@pytest.mark.parametrize(("shift", "found"), [(54, 1), (-54, 1), (55, 0), (-55, 0)])
def test_the_window_extends_150_ms_beyond_the_run_inclusive(shift, found):
    reference, test = annotate("N V N"), annotate("N V N")
    test[1] = (test[1][0] + shift, *test[1][1:])
    assert ve(reference, test) == ({(1, found): 1}, {(found, 1): 1})


@pytest.mark.parametrize(("fs", "window"), [(128, 19), (250, 38), (360, 54)])
def test_the_window_is_rounded_half_up(fs, window):
    beats = [400 * fs, 401 * fs], ["V", "N"]
    assert compare_runs(beats, beats, fs=fs).window == window


def test_only_what_lies_in_the_window_counts():
    # Se: the reference couplet is in a test run of 4; +P: of that run 2 are in the reference
    assert ve("N N V V N N", "N V V V V N") == ({(2, 2): 1}, {(2, 4): 1})


def test_pieces_of_a_run_are_not_added_up():
    assert ve("N V V V V N", "N V N V V N") == ({(4, 2): 1}, {(1, 1): 1, (2, 2): 1})


def test_a_beat_in_two_windows_counts_in_the_first():
    # reference: V at 0, N at 50, V at 100; test: V at 54, in both windows
    at = START + 1000
    reference = [(at, "V", 0, ""), (at + 50, "N", 0, ""), (at + 100, "V", 0, "")]
    test = [(at + 54, "V", 0, ""), (at + 500, "N", 0, "")]
    assert ve(reference, test)[0] == {(1, 1): 1, (1, 0): 1}
    # the one beyond the first window is kept for the second
    test.insert(1, (at + 55, "V", 0, ""))
    assert ve(reference, test)[0] == {(1, 1): 2}


def test_discrepancies_have_lengths_and_windows():
    found = compare("N V V V N", "N V V N N").ve.discrepancies
    begin = START + 1000 + RR
    assert found.to_numpy().tolist() == [["Se", 3, 2, begin - 54, begin + 2 * RR + 54]]
    longer = compare("N V N N", "N " + "V " * 7 + "N").ve.discrepancies
    assert longer["test"].tolist() == [6]


# -- ventricular fibrillation


def test_fibrillation_is_a_run_of_more_than_5_at_once():
    for words in ("N [ ] N", "N [ ! ! ] N", "N +(VFL +(N N"):
        assert ve(words, words) == both(">5", ">5")
    assert ve("N [ ] V V N", "N [ ] V V N") == both(">5", ">5")  # without an N between: one run
    assert ve("N [ ] N", "N N N N") == ({(">5", 0): 1}, {})


def test_fibrillation_in_an_open_run_does_not_make_it_longer():
    words = "N V V [ ! ! ] N"
    # both runs are couplets; the window reaches to ], so that each search meets fibrillation
    assert ve(words, words) == ({(2, ">5"): 1}, {(">5", 2): 1})


def test_a_beat_in_fibrillation_ends_it_as_a_run_of_the_defining_file():
    # the window has no end mark: it ends where the one before did, or at 0
    found = compare("N V N [ N ] N", "N V N N N N N").ve
    at = START + 1000
    row = found.discrepancies.iloc[0, 1:].tolist()
    assert row == [6, 0, at + 3 * RR - 54, at + RR + 54]
    alone = compare("N [ N ] N", "N N N N N").ve.discrepancies
    assert alone["last_sample"].tolist() == [0]


def test_an_end_mark_of_fibrillation_extends_the_window():
    # V, [, ]: the window reaches to 54 samples after ], where the test has its second V
    reference = annotate("N V [ ] N")
    test = annotate("N V . V N")
    assert ve(reference, test)[0] == {(1, 2): 1}
    assert ve(annotate("N V [ . N"), test)[0] == {(1, 1): 1}


def test_fibrillation_without_end_meets_every_later_window():
    assert ve("N V N V N V N", "N [ N N N N N")[0] == {(1, ">5"): 3}
    assert ve("N V N V N V N", "N N N [ N N N")[0] == {(1, 0): 1, (1, ">5"): 2}


def test_fibrillation_before_a_window_meets_it_only_if_it_ends_later():
    reference = "N N N N V N"
    assert ve(reference, "N [ ] N N N")[0] == {(1, 0): 1}
    assert ve(reference, "N [ N N N ]")[0] == {(1, ">5"): 1}
    # for this, atrial fibrillation and shutdowns end it too
    assert ve(reference, "N [ +(AFIB N N ]")[0] == {(1, 0): 1}
    assert ve(reference, "N [ ~on N N ]")[0] == {(1, 0): 1}


def test_fibrillation_of_the_learning_period_is_a_run_at_the_start():
    early = [(START - 500, "[", 0, "")]
    later = annotate("N N", at=START + 40)
    found = compare([*early, *later], [(START + 54, "V", 0, ""), (START + 60, "N", 0, "")]).ve
    assert cells(found.sensitivity) == {(">5", 1): 1}
    assert found.discrepancies.iloc[0, 3:].tolist() == [START - 54, START + 54]
    ended = [*early, (START - 400, "]", 0, ""), *later]
    assert ve(ended, later) == ({}, {})


# -- atrial fibrillation


@pytest.mark.parametrize("rhythm", ["+(AFIB", "+(AFL", "+(AF"])
def test_atrial_fibrillation_is_a_long_sve_run_with_n_beats(rhythm):
    words = f"N {rhythm} N N +(N N"
    assert sve(words, words) == both(">5", ">5")
    assert ve(words, words) == ({}, {})


def test_runs_after_an_ectopic_beat_in_atrial_fibrillation_are_counted_by_beats():
    words = "N +(AFIB N N V N N Q N +(N N"
    found = (
        {(">5", ">5"): 1, (2, ">5"): 1, (1, ">5"): 1},
        {
            (">5", ">5"): 1,
            (">5", 2): 1,
            (">5", 1): 1,
        },
    )
    assert sve(words, words) == found  # the test's fibrillation lasts to its end mark
    by_beats = "N . A A V A A Q A N N"
    assert sve(words, by_beats)[0] == {(">5", 2): 1, (2, 2): 1, (1, 1): 1}


def test_atrial_fibrillation_in_an_open_sve_run_is_counted_by_beats():
    words = "N A A +(AFIB N N +(N N"
    assert sve(words, "N A A . A A . N")[0] == {(4, 4): 1}


def test_atrial_fibrillation_ends_a_ve_run_only_in_the_searched_file():
    words = "N V +(AFIB V N"
    assert ve(words, words) == ({(2, 1): 1}, {(1, 2): 1})


def test_ventricular_fibrillation_ends_an_sve_run_only_in_the_searched_file():
    words = "N A [ A ] N"
    assert sve(words, words) == ({(2, 1): 1}, {(1, 2): 1})


def test_one_fibrillation_ends_the_other():
    # [ ends AF: the N beats are N; the rhythm mark then ends VF, and ] is nothing
    words = "N +(AFIB N [ ! +(N N V ] V N"
    assert sve(words, "N . A . N")[0] == {(">5", 1): 1}
    found = compare(words, words)
    assert cells(found.ve.sensitivity) == {(">5", ">5"): 1, (2, 2): 1}


# -- start and end of the test period


def test_runs_count_from_their_first_beat_in_the_test_period():
    straddling = annotate("V V V V N", at=START - 2 * RR)
    assert ve(straddling, straddling) == both(2, 2)
    # the window may reach before the start
    early = annotate("V N", at=START - 54, step=200)
    late = annotate("V N", at=START, step=146)
    assert ve(late, early) == ({(1, 1): 1}, {})


def test_a_run_that_is_open_at_the_end_counts_only_if_the_file_ends():
    words = annotate("N V V")
    end = words[-1][0]
    assert ve(words, words, n_samples=end) == both(2, 2)
    more = [*words, (end + 1, "N", 0, "")]
    assert ve(more, more, n_samples=end) == ({}, {})
    assert ve(more, more, n_samples=end + 1) == both(2, 2)
    assert ve(more, more, n_samples=None) == both(2, 2)
    for no_end in (0, math.inf):
        assert ve(more, more, n_samples=end, stop=no_end) == both(2, 2)


def test_stop_is_not_standard():
    words = "N V N V N"
    at = START + 1000
    found = compare(words, words, stop=(at + 2 * RR) / 360)
    assert cells(found.ve.sensitivity) == {(1, 1): 1}
    assert not found.standard and "NOT STANDARD" in str(found)
    assert not compare(words, words, stop=0).standard
    assert compare(words, words).standard
    message = r"more than start \(300\) seconds, math.inf for no end, or None. Got 200"
    with pytest.raises(ValueError, match=message):
        compare(words, words, stop=200)
    assert compare(words, words, n_samples=None).period == (START, None)


def test_an_annotator_without_annotations_in_the_test_period_is_refused():
    early, late = annotate("N V N", at=1000), annotate("N V N")
    for reference, test, role in ((early, late, "reference"), (late, early, "test")):
        with pytest.raises(ValueError, match=f"{role} has no annotation in the test period"):
            compare(reference, test)
    with pytest.raises(ValueError, match="reference has no annotation"):
        compare([], late)


def test_after_fibrillation_the_last_annotation_is_read_again():
    early = annotate("N [ ] V", at=1000)
    found = compare(early, annotate("N V N")).ve
    assert cells(found.sensitivity) == {(1, 0): 1}
    assert found.discrepancies.iloc[0, 3:].tolist() == [1900 - 54, 1900 + 54]


def test_runs_of_sve_are_missing_where_only_those_of_ve_can_be_compared():
    # fibrillation starts and does not end before the test period, for VE only (R2)
    early = annotate("N [", at=1000)
    with pytest.warns(UserWarning, match="uns of SVE are not compared, as an annotator has no"):
        found = compare(annotate("N V N"), early)
    assert cells(found.ve.sensitivity) == {(1, ">5"): 1} and found.sve is None
    assert found.to_dict()["sve"] is None and list(found.kinds()) == ["VE"]
    assert "SVE runs were not compared" in str(found) and "SVE runs were" in found._repr_html_()
    # as the program writes no line of it, it is in one summary only
    whole = compare(annotate("N A A N"), annotate("N A A N"))
    pair = {"a": whole, "b": found}
    assert summarize(pair, table="ve_runs").n_records == 2
    assert summarize(pair, table="sve_runs").n_records == 1
    with pytest.raises(ValueError, match="needs a recording with compared SVE runs"):
        summarize({"b": found}, table="sve_runs")


def test_a_record_that_ends_before_the_period_is_refused():
    with pytest.raises(ValueError, match=r"ends at 277.8 s, before the test period, which starts"):
        compare("N", "N", n_samples=100_000)
    assert compare("N", "N", n_samples=START + 5000).period == (START, START + 5000)


# -- the annotation that rxr carries from one search to the next


def test_the_last_annotation_of_a_file_opens_its_next_search():
    # the test ends with AF: in the search of SVE its N beats are S from sample 0 on
    reference, test = "N A N N", "N N N N +(AFIB"
    assert sve(reference, test)[0] == {(1, ">5"): 1}
    assert sve(reference, test, reference_faults=False)[0] == {(1, 0): 1}
    # the first annotation beyond the end does the same for VE: the test's runs meet VF
    reference = annotate("N N N N N [")
    end = reference[-1][0] - 1
    test = annotate("N V N")
    assert ve(reference, test, n_samples=end)[1] == {(">5", 1): 1}
    assert ve(reference, test, n_samples=end, reference_faults=False)[1] == {(0, 1): 1}


def test_a_file_that_ended_in_a_run_leaves_nothing():
    reference, test = "N N V N", "N N N N ["
    # the test's [ is an open VE run at its end, so that the search of SVE begins without it
    assert sve(reference.replace("V", "A"), test)[0] == {(1, 0): 1}


# -- statistics


def test_statistics_by_hand():
    # reference couplet as 3; run of 4 as 3; run of 5 as couplet; run of 6 as 5; test couplet as 1
    reference = "N V V N N  N V V V V N  N V V V V V N  N V V V V V V N  N V N N"
    test = "    N V V V N  N V V V N N  N V V N N N N  N V V V V V N N  N V V N"
    found = compare(reference, test).ve
    short = {(4, 3): 1, (5, 2): 1, (1, 1): 1}
    assert cells(found.sensitivity) == {(2, 2): 1, **short, (">5", 5): 1}
    short = {(3, 3): 1, (2, 2): 1, (5, 5): 1}
    assert cells(found.positive_predictivity) == {(2, 3): 1, **short, (1, 2): 1}
    fractions = found.statistics[["numerator", "denominator"]].to_numpy().tolist()
    assert fractions == [[1, 1], [1, 2], [1, 2], [2, 3], [0, 1], [0, 0]]
    assert found.statistics["value"].tolist()[:5] == [1, 0.5, 0.5, 2 / 3, 0]
    assert np.isnan(found.statistics.loc["long run +P", "value"])
    line = found.to_line()
    assert line["SFP"] == 1 and line["S+P"] == 67 and line["L+P"] is None


def test_percentages_are_rounded_half_up():
    reference = " N N ".join(["V V"] * 8) + " N"
    test = "V V " + "N " * 40
    assert compare(reference, test).ve.to_line()["CSe"] == 13  # 1/8


# -- inputs and outputs


def test_records_have_the_texts_of_their_rhythms():
    rhythm = Annotations([START + 900], ["+"], aux_note=["(AFIB"])
    at = START + 1000 + RR * np.arange(4)
    signal = np.zeros((200_000, 1))
    leads = {"sample": at, "symbol": list("NNNN"), "other": rhythm}
    record = ECGRecord(signal, 360, name="r1", **leads)
    found = compare_runs(record, record)
    assert cells(found.sve.sensitivity) == {(">5", ">5"): 1}
    assert found.name == "r1" and found.period == (START, 200_000)


def test_texts_must_be_one_each():
    with pytest.raises(ValueError, match=r"one text each .* Got shapes \(1,\) and \(2,\)"):
        compare_runs(([1], ["N"], [0], ["", ""]), ([1], ["N"]), fs=360)
    with pytest.raises(ValueError, match=r"\(sample, symbol, subtype, aux_note\).* Got 5 items"):
        compare_runs(([1], ["N"], [0], [""], [0]), ([1], ["N"]), fs=360)


def test_text_html_and_json():
    found = compare("N V V N A N", "N V N N A N")
    assert isinstance(found, RunComparison)
    text = str(found)
    for part in ("VE runs", "SVE runs", "couplet Se", "1 discrepancy: 1 of Se, 0 of +P"):
        assert part in text, part
    assert "VE couplet Se 0/1" in repr(found)
    assert found._repr_html_().count("<table") == 6
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data["ve"]["sensitivity"][2][1] == 1 and data["ve"]["sensitivity"][0][0] is None
    assert data["ve"]["statistics"]["couplet_se"] == {
        "value": 0.0,
        "numerator": 0,
        "denominator": 1,
    }
    assert data["ve"]["discrepancies"][0]["statistic"] == "Se"
    assert "discrepancies" not in found.to_dict(discrepancies=False)["sve"]


# -- the rules read annotation by annotation


@pytest.mark.parametrize("seed", range(60))
def test_random_annotations_give_the_result_of_a_sequential_reading(seed):
    rng = np.random.default_rng(seed)
    reference, test = random_annotations(rng), random_annotations(rng)
    faults = bool(seed % 2)
    end = None if seed % 3 == 0 else START + 6000
    expected = matrices_in_order(reference, test, START, end, 54, faults)
    found = compare(reference, test, n_samples=end, reference_faults=faults)
    for kind, (sensitivity, positive_predictivity) in expected.items():
        matrices = getattr(found, kind)
        assert np.array_equal(np.nan_to_num(matrices.sensitivity), sensitivity)
        assert np.array_equal(np.nan_to_num(matrices.positive_predictivity), positive_predictivity)


# -- the reference program


@pytest.mark.records
@pytest.mark.parametrize("folder", cases("rxr"), ids=case_name)
def test_runs_equal_those_of_the_reference_program(folder):
    import wfdb

    expected = json.loads((folder / "expected.json").read_text())
    base, options = str(folder / expected["record"]), expected["options"]
    pair = [wfdb.rdann(base, annotator) for annotator in ("atr", "test")]
    options = {
        "fs": expected["fs"],
        "n_samples": expected["n_samples"],
        "start": options["start_s"],
        "stop": options["end_s"],
        "window": options["window_s"],
    }
    if expected["returncode"]:
        with pytest.raises(ValueError, match="test period, which starts at 300 s"):
            compare_runs(*pair, **options)
        return
    found = compare_runs(*pair, **options)
    assert found.window == expected["match_window_samples"]
    assert found.period[0] == expected["test_period_starts_at_sample"]
    for kind in ("ve", "sve"):
        runs, program = getattr(found, kind), expected[kind]
        data = runs.to_dict()
        assert data["sensitivity"] == program["sensitivity_matrix"]
        assert data["positive_predictivity"] == program["positive_predictivity_matrix"]
        listed = runs.discrepancies
        for statistic, name in (("Se", "sensitivity"), ("+P", "positive_predictivity")):
            rows = listed[listed["statistic"] == statistic].iloc[:, 1:].to_numpy().tolist()
            assert rows == program["discrepancies_ref_test_from_to"][name]
        fractions = runs.statistics[["numerator", "denominator"]].to_numpy().tolist()
        assert fractions == [[share["num"], share["den"]] for share in program["stats"].values()]
        line = {key: value for key, value in program["line"].items() if key != "record"}
        assert runs.to_line() == line


@pytest.mark.records
def test_there_are_at_least_85_cases():
    assert len(cases("rxr")) >= 85
