"""The beat-by-beat comparison of EC57: each rule by hand, and all cases of bxb."""

import json
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skecg import ECGRecord, compare_annotations
from skecg.ec57._statistics import statistics_of
from skecg.records import Annotations
from skecg.tables import BEAT_SYMBOLS, CLASS_MAPS

START = 108_000  # 5:00 at 360 Hz
LABELS = list("NSVFQOX")


def compare(reference, test, fs=360, n_samples=200_000, **options):
    """Compare streams of (sample, symbol) or (sample, symbol, subtype)."""
    streams = []
    for stream in (reference, test):
        columns = list(zip(*stream, strict=True)) or [(), ()]
        streams.append(tuple(map(list, columns)))
    return compare_annotations(*streams, fs=fs, n_samples=n_samples, **options)


def beats(*samples, symbol="N"):
    return [(sample, symbol) for sample in samples]


def cells(comparison):
    """Return the cells of the matrix that are not 0, as in {"Nv": 2}."""
    counts = comparison.matrix.stack()
    return {row + column.lower(): n for (row, column), n in counts[counts > 0].items()}


# -- window and period


@pytest.mark.parametrize(
    ("fs", "window"), [(128, 19), (250, 38), (257, 39), (360, 54), (500, 75), (1000, 150)]
)
def test_the_window_is_rounded_half_up_and_inclusive(fs, window):
    at = 400 * fs
    inside = compare(beats(at), beats(at + window), fs, 500 * fs)
    assert inside.window == window
    assert cells(inside) == {"Nn": 1}
    assert cells(compare(beats(at), beats(at - window), fs, 500 * fs)) == {"Nn": 1}
    outside = compare(beats(at), beats(at + window + 1), fs, 500 * fs)
    assert cells(outside) == {"No": 1, "On": 1}


def test_beats_of_the_learning_period_are_not_counted():
    early = beats(1000, 50_000, START - 100)
    assert cells(compare(early, early)) == {}
    assert cells(compare([*early, (START, "V")], [*early, (START, "V")])) == {"Vv": 1}


def test_a_test_beat_before_the_start_may_match_the_first_reference_beat():
    assert cells(compare(beats(START + 10), beats(START - 10))) == {"Nn": 1}
    assert cells(compare(beats(START + 50), beats(START - 5))) == {"No": 1}  # 55 samples
    # unless another is nearer
    nearer = compare(beats(START + 10), beats(START - 10, START + 12))
    assert nearer.pairs.empty and cells(nearer) == {"Nn": 1}
    # of two equally far, the later one
    assert cells(compare(beats(START + 10), beats(START - 10, START + 30))) == {"Nn": 1}


def test_a_test_beat_after_the_start_may_match_a_beat_before_it():
    assert cells(compare(beats(START - 10, START + 300), beats(START + 10, START + 300))) == {
        "Nn": 1
    }
    # not if it comes later than a window
    late = compare(beats(START + 300), beats(START + 55, START + 300))
    assert cells(late) == {"Nn": 1, "On": 1}
    # nor if it is the nearest of the first reference beat
    assert cells(compare(beats(START + 80), beats(START + 50))) == {"Nn": 1}


def test_a_pair_may_extend_beyond_the_end_and_unmatched_beats_may_not():
    n = 150_000
    for reference, test in [(n - 20, n + 20), (n + 20, n - 20), (n, n)]:
        assert cells(compare(beats(reference), beats(test), n_samples=n)) == {"Nn": 1}
    alone = compare(beats(n - 200, n + 1), beats(n - 200, n + 100), n_samples=n)
    assert cells(alone) == {"Nn": 1}
    assert cells(compare(beats(n), [], n_samples=n)) == {"No": 1}


def test_without_a_length_the_last_reference_beat_is_the_end():
    comparison = compare(beats(110_000, 111_000), beats(110_000, 111_000, 112_000), n_samples=None)
    assert cells(comparison) == {"Nn": 2}
    assert comparison.period == (START, 111_000)


def test_stop_ends_the_period_and_is_not_standard():
    both = beats(START + 100, 143_900, 144_000, 145_000)
    comparison = compare(both, both, stop=400)
    assert cells(comparison) == {"Nn": 3}
    assert not comparison.standard and "NOT STANDARD" in str(comparison)
    assert compare(both, both).standard and "NOT STANDARD" not in str(compare(both, both))
    assert compare(both, both, stop=1e6).period == (START, 200_000)


@pytest.mark.parametrize("n_samples", [50_000, START - 1, None])
def test_a_record_that_ends_before_the_period_is_refused(n_samples):
    with pytest.raises(
        ValueError, match=r"before the test period, which starts at 300 s. EC57 reserves"
    ):
        compare(beats(400, 800), beats(400, 800), n_samples=n_samples)


# -- classes


def test_every_symbol_is_counted_in_its_class():
    symbols = sorted(BEAT_SYMBOLS)
    stream = [(START + 300 * (i + 1), symbol) for i, symbol in enumerate(symbols)]
    expected = pd.Series([CLASS_MAPS["ec57"][symbol] for symbol in symbols]).value_counts()
    found = cells(compare(stream, stream))
    assert found == {f"{label}{label.lower()}": n for label, n in expected.items()}


def test_a_flutter_wave_is_a_beat_without_class():
    reference = [(110_000, "!"), (111_000, "N"), (112_000, "!"), (113_000, "!")]
    test = [(110_000, "V"), (111_000, "!"), (112_000, "!")]
    comparison = compare(reference, test)
    assert cells(comparison) == {"Ov": 1, "No": 1}
    first = comparison.pairs.iloc[0]
    assert first[["reference_sample", "reference_symbol", "test_symbol"]].tolist() == [
        110_000,
        "!",
        "V",
    ]
    assert len(comparison.pairs) == 2


def test_other_annotations_are_not_counted():
    reference = [(110_000, "N"), (110_010, "+"), (110_020, "~"), (110_030, "|"), (110_900, "x")]
    assert cells(compare(reference, beats(110_000))) == {"Nn": 1}


def test_unknown_symbols_are_named():
    with pytest.warns(
        UserWarning, match=r"test annotations contain symbols .*\['normal'\]"
    ) as found:
        comparison = compare_annotations(([110_000], ["N"]), ([110_000], ["normal"]), fs=360)
    assert cells(comparison) == {"No": 1}
    assert found[0].filename == __file__


# -- fibrillation and shutdown


def test_no_beats_are_compared_in_fibrillation_of_the_reference():
    reference = [(110_000, "N"), (111_000, "["), (111_100, "!"), (112_000, "]"), (113_000, "N")]
    test = beats(110_000, 111_000, 111_500, 112_000, 113_000)
    assert cells(compare(reference, test)) == {"Nn": 2}
    # the test beat that is 1 sample late is extra
    assert cells(compare(reference, beats(110_000, 112_001, 113_000))) == {"Nn": 2, "On": 1}


def test_fibrillation_of_the_test_excuses_no_error():
    test = [(110_000, "N"), (110_500, "["), (111_000, "N"), (111_500, "]"), (112_000, "N")]
    assert cells(compare(beats(110_000, 111_000, 112_000), test)) == {"Nn": 2, "No": 1}


def test_fibrillation_without_end_lasts_to_the_end():
    reference = [(110_000, "N"), (111_000, "["), (112_000, "N")]
    assert cells(compare(reference, beats(110_000, 112_000, 150_000))) == {"Nn": 1}


def test_after_one_that_ended_extra_beats_in_fibrillation_without_end_are_counted():
    reference = [(109_000, "["), (109_500, "]"), (110_000, "N"), (111_000, "["), (112_000, "N")]
    found = compare(reference, beats(109_200, 110_000, 112_000, 150_000))
    assert cells(found) == {"Nn": 1, "On": 2}


def shutdown(*times, subtype=0x30):
    """Return marks that begin and end shutdowns."""
    return [(time, "~", subtype if i % 2 == 0 else 0) for i, time in enumerate(times)]


def with_subtype(stream):
    return [(sample, symbol, 0) for sample, symbol in stream]


@pytest.mark.parametrize("subtype", [0x30, 0x33, -1])
def test_beats_missed_in_a_shutdown_of_the_test_are_in_column_x(subtype):
    found = with_subtype(beats(110_000, 114_000))
    test = sorted([*found, *shutdown(111_000, 112_000, subtype=subtype)])
    reference = beats(110_000, 110_999, 111_000, 112_000, 112_001, 114_000)
    reference = [(t, "V" if t == 112_000 else n) for t, n in reference]
    comparison = compare(with_subtype(reference), test)
    assert cells(comparison) == {"Nn": 2, "No": 2, "Nx": 1, "Vx": 1}
    assert_allclose(comparison.shutdown, 1000 / 360)
    assert comparison.statistics.loc["QRS Se", "denominator"] == 6


def test_extra_beats_in_a_shutdown_of_the_reference_are_in_row_x():
    reference = sorted([*with_subtype(beats(110_000, 114_000)), *shutdown(111_000, 112_000)])
    test = with_subtype(beats(110_000, 111_500, 113_000, 114_000))
    comparison = compare(reference, test)
    assert cells(comparison) == {"Nn": 2, "Xn": 1, "On": 1}
    assert comparison.shutdown == 0  # that of the test


def test_a_quality_mark_without_both_bits_is_not_a_shutdown():
    test = sorted([*with_subtype(beats(110_000)), *shutdown(111_000, 113_000, subtype=0x23)])
    assert cells(compare(with_subtype(beats(110_000, 112_000)), test)) == {"Nn": 1, "No": 1}


def test_a_pair_in_a_shutdown_is_a_pair():
    test = [(110_000, "N", 0), (111_000, "~", 0x30), (112_000, "~", 0), (112_040, "V", 0)]
    assert cells(compare(with_subtype(beats(110_000, 112_000)), test)) == {"Nn": 1, "Nv": 1}


def test_a_shutdown_marked_in_its_middle_reaches_from_beat_to_beat_less_a_window():
    test = [(110_000, "N", 0), (111_000, "~", 0x30), (112_000, "N", 0)]
    missed = (110_053 + 1000, 111_946, 111_947 - 1000)  # between the beats' windows
    reference = with_subtype(beats(110_000, *sorted(missed), 112_000))
    comparison = compare(reference, test)
    assert cells(comparison) == {"Nn": 2, "Nx": 3}
    assert_allclose(comparison.shutdown, (2000 - 2 * 54) / 360)


@pytest.mark.parametrize(
    ("closing", "begin"), [("]", 110_000), ("[ ]", 111_300), ("[ ] ]", 111_300)]
)
def test_a_shutdown_begins_after_the_end_of_fibrillation_that_has_a_begin(closing, begin):
    # rule 5: "previous beat (or VF end) + w"; rule 4: VF is from [ to ]
    brackets = [(111_200 + 100 * i, s, 0) for i, s in enumerate(closing.split())]
    test = [(110_000, "N", 0), *brackets, (111_500, "~", 0x30), (112_000, "N", 0)]
    reference = with_subtype(beats(110_000, begin + 54, 112_000))
    assert cells(compare(reference, test)) == {"Nn": 2, "Nx": 1}
    reference = with_subtype(beats(110_000, begin + 53, 112_000))
    comparison = compare(reference, test)
    assert cells(comparison)["No"] == 1
    assert_allclose(comparison.shutdown, (112_000 - begin - 2 * 54) / 360)


def test_shutdown_time_includes_the_learning_period():
    # as in record r04 of the case sum_01_beats_runs of bxb: 1.197 s before 5:00, 1.225 s after
    test = sorted([*shutdown(50_000, 50_720), *shutdown(111_000, 111_360), (110_000, "N", 0)])
    assert_allclose(compare(with_subtype(beats(110_000)), test).shutdown, 3)


def test_shutdown_time_ends_with_the_test_period():
    test = sorted([(110_000, "N", 0), *shutdown(199_640, 300_000), *shutdown(301_000, 302_000)])
    assert_allclose(compare(with_subtype(beats(110_000)), test).shutdown, 1)


def test_a_shutdown_without_end_lasts_to_the_end():
    test = [(110_000, "N", 0), (111_000, "~", 0x30)]
    comparison = compare(with_subtype(beats(110_000, 150_000)), test)
    assert cells(comparison) == {"Nn": 1, "Nx": 1}
    assert_allclose(comparison.shutdown, (200_000 - 111_000) / 360)


# rule 5: "the next annotation" after the mark decides, of any kind, with a meaning or without
@pytest.mark.parametrize("symbol", ["+", "[45]"])
def test_the_annotation_after_a_shutdown_mark_may_be_of_any_code(symbol):
    test = [(110_000, "N", 0), (111_000, "~", 0x30), (111_500, symbol, 0), (112_000, "N", 0)]
    # from 110 000 + 54 to 111 500 - 54, both included
    reference = with_subtype(beats(110_000, 110_100, 111_446, 112_000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the undefined code
        comparison = compare(reference, test)
        assert cells(comparison) == {"Nn": 2, "Nx": 2}
        assert_allclose(comparison.shutdown, (1500 - 2 * 54) / 360)
        reference = with_subtype(beats(110_000, 111_447, 112_000))
        assert cells(compare(reference, test)) == {"Nn": 2, "No": 1}


def test_an_undefined_code_does_not_end_fibrillation():
    # rule 4: only ] does
    with pytest.warns(UserWarning, match=r"reference annotations contain .*\['\[45\]'\]"):
        comparison = compare(
            [(110_000, "N", 0), (111_000, "[", 0), (111_200, "[45]", 0), (112_000, "]", 0)],
            with_subtype(beats(110_000, 111_500)),
        )
    assert cells(comparison) == {"Nn": 1}


@pytest.mark.parametrize("early", [(-30, "+", 0), (-30, "V", 0), (-30, "~", 0x30)])
def test_marks_before_sample_0_are_annotations_of_the_learning_period(early):
    # rules 1 and 6: nothing before the start is counted
    both = with_subtype(beats(0, 110_000, 111_000))
    assert cells(compare([early, *both], both)) == {"Nn": 2}
    assert cells(compare(both, [early, *both])) == {"Nn": 2}


def test_fibrillation_may_begin_before_sample_0():
    # rule 4: the annotations from [ to ] are dropped, in either file
    beats_of_both = with_subtype(beats(110_000, 111_000, 112_000))
    ended = sorted([*beats_of_both, (-30, "[", 0), (111_500, "]", 0)])
    assert cells(compare(ended, beats_of_both)) == {"Nn": 1}  # of the test: not counted
    assert cells(compare(beats_of_both, ended)) == {"Nn": 1, "No": 2}


def test_a_beat_before_sample_0_may_match_the_first_of_a_period_from_0():
    # rule 6: T - t0 = 15 is within the window; no other is nearer
    assert cells(compare(beats(5), beats(-10), start=0)) == {"Nn": 1}


# -- statistics, intervals, mismatches

# rows N S V F Q O X; all numbers differ, so that no cell can stand in for another
MATRIX = np.array(
    [
        [1000, 20, 30, 4, 5, 60, 7],
        [21, 200, 31, 3, 1, 11, 2],
        [22, 23, 300, 6, 8, 12, 9],
        [10, 13, 32, 100, 14, 15, 16],
        [17, 18, 33, 19, 50, 24, 25],
        [26, 27, 34, 28, 29, 0, 0],
        [35, 36, 37, 38, 39, 0, 0],
    ]
)


@pytest.mark.parametrize(
    ("name", "numerator", "denominator"),
    [
        ("QRS Se", 1980, 1980 + 122 + 59),
        ("QRS +P", 1980, 1980 + 144 + 185),
        ("VEB Se", 300, 380),
        ("VEB +P", 300, 300 + 30 + 31 + 34 + 37),  # not Fv, not Qv
        ("VEB FPR", 132, 132 + 1029 + 225 + 137 + 104 + 110 + 148),
        ("SVEB Se", 200, 269),
        ("SVEB +P", 200, 200 + 20 + 23 + 13 + 27 + 36),  # not Qs
        ("SVEB +P (sumstats)", 200, 200 + 20 + 23 + 27),  # nor Fs, nor Xs
    ],
)
def test_statistics_by_hand(name, numerator, denominator):
    row = statistics_of(MATRIX).loc[name]
    assert row[["numerator", "denominator"]].tolist() == [numerator, denominator]
    assert_allclose(row["value"], numerator / denominator)


def test_a_share_of_no_beats_is_nan():
    statistics = compare(beats(110_000), beats(110_000)).statistics
    assert np.isnan(statistics.loc["VEB Se", "value"])
    assert statistics.loc["VEB Se", "denominator"] == 0


def test_rr_error_by_hand():
    # intervals of 300; the test's second beat is 6 late: errors 6, -6, 0
    reference, test = (
        beats(110_000, 110_300, 110_600, 110_900),
        beats(110_000, 110_306, 110_600, 110_900),
    )
    comparison = compare(reference, test)
    assert comparison.n_intervals == 3  # there is none before the first beat
    assert_allclose(comparison.rr_error, np.sqrt((36 + 36 + 0) / 3) / 0.36)


def test_rr_error_counts_missed_beats_and_excludes_shutdowns():
    # at the missed beat and at the pair after it, 300 in the reference, 600 in the test
    reference = with_subtype(beats(110_000, 110_300, 110_600))
    test = with_subtype(beats(110_000, 110_600))
    comparison = compare(reference, test)
    assert (comparison.n_intervals, comparison.rr_error) == (2, pytest.approx(300 / 0.36))
    test = sorted([*test, *shutdown(110_200, 110_400)])
    comparison = compare(reference, test)
    assert comparison.n_intervals == 0 and np.isnan(comparison.rr_error)


def test_pairs_give_position_class_and_symbol():
    reference = [(110_000, "N"), (110_400, "L"), (110_800, "j")]
    test = [(110_003, "E"), (110_600, "F"), (110_800, "A")]
    pairs = compare(reference, test).pairs
    assert pairs["reference"].tolist() == ["N", "N", "O"]
    assert pairs["test"].tolist() == ["V", "O", "F"]
    assert pairs["reference_sample"].tolist() == [110_000, 110_400, pd.NA]
    assert pairs["test_sample"].tolist() == [110_003, pd.NA, 110_600]
    assert pairs["reference_symbol"].tolist() == ["N", "L", ""]
    assert pairs["test_symbol"].tolist() == ["E", "", "F"]
    assert_allclose(pairs["time"], np.array([110_000, 110_400, 110_600]) / 360)


symbols = st.sampled_from(sorted(BEAT_SYMBOLS))
streams = st.lists(st.tuples(st.integers(0, 3000), symbols), max_size=30).map(
    lambda stream: sorted(dict(stream).items())
)


@given(streams)
def test_an_annotator_agrees_with_itself(stream):
    comparison = compare(stream, stream, n_samples=3000, start=0)
    assert comparison.pairs.empty
    assert comparison.matrix.to_numpy().sum() == len(stream)
    assert comparison.rr_error == 0 or comparison.n_intervals == 0


@given(streams, streams)
def test_every_beat_of_the_period_is_in_one_cell(reference, test):
    # far from the start, where a test beat may be dropped uncounted
    reference, test = ([(t + 1000, s) for t, s in stream] for stream in (reference, test))
    comparison = compare(reference, test, n_samples=5000, start=0)
    matrix = comparison.matrix
    assert matrix.loc["N":"Q"].to_numpy().sum() == len(reference)
    assert matrix.loc[:, "N":"Q"].to_numpy().sum() == len(test)
    assert (matrix.loc["O":, "O":] == 0).all(axis=None)
    assert len(comparison.pairs) == matrix.to_numpy().sum() - np.trace(matrix)


# -- inputs


def test_records_give_their_rate_length_and_other_annotations():
    signal = np.zeros(140_000)
    other = Annotations([110_500, 111_500], ["[", "]"])
    reference = ECGRecord(
        signal, 360, sample=[110_000, 111_000], symbol=["N", "V"], other=other, name="a"
    )
    test = ECGRecord(signal, 360, sample=[110_000, 111_000], symbol=["N", "V"], name="a")
    comparison = compare_annotations(reference, test)
    assert cells(comparison) == {"Nn": 1}
    assert (comparison.name, comparison.fs, comparison.period) == ("a", 360, (START, 140_000))


def test_wfdb_annotations_are_accepted():
    wfdb = pytest.importorskip("wfdb")
    made = [
        wfdb.Annotation("r", "atr", np.array([110_000, 112_000]), ["N", symbol], fs=360)
        for symbol in "VN"
    ]
    comparison = compare_annotations(*made)
    assert cells(comparison) == {"Nn": 1, "Vn": 1} and comparison.name == "r"


def test_symbols_may_be_objects():
    symbols = np.array(["N", "V"], dtype=object)
    stream = [110_000, 112_000], symbols
    assert cells(compare_annotations(stream, stream, fs=360)) == {"Nn": 1, "Vv": 1}


def test_contradictory_rates_and_lengths_are_refused():
    record = ECGRecord(np.zeros(140_000), 360, sample=[110_000], symbol=["N"], name="a")
    stream = [110_000], ["N"]
    with pytest.raises(ValueError, match=r"Record 'a': the sampling frequency .*250 .*360"):
        compare_annotations(record, stream, fs=250)
    with pytest.raises(ValueError, match="length in samples must be one"):
        compare_annotations(record, stream, n_samples=150_000)
    shorter = ECGRecord(np.zeros(139_999), 360, sample=[110_000], symbol=["N"], name="a")
    with pytest.raises(ValueError, match="Are both of the same recording"):
        compare_annotations(record, shorter)


@pytest.mark.parametrize(
    ("stream", "error", "message"),
    [
        (([110_000, 109_000], ["N", "N"]), ValueError, "Sample 109000 comes after sample 110000"),
        (([1.5], ["N"]), ValueError, r"round\(seconds \* fs\)"),
        (([1], [1]), ValueError, "WFDB symbols, strings"),
        (([1], None), ValueError, "must have WFDB symbols. Got None"),
        (([1, 2], ["N"]), ValueError, r"Got shapes \(2,\), \(1,\)"),
        (([1], ["N"], [0.5]), ValueError, "whole numbers as subtypes"),
        (([1],), ValueError, r"must be \(sample, symbol\)"),
        (object(), TypeError, "an ECGRecord, a wfdb.Annotation or a tuple"),
    ],
)
def test_invalid_annotations_are_refused(stream, error, message):
    with pytest.raises(error, match=message):
        compare_annotations(([110_000], ["N"]), stream, fs=360)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fs": None}, "'fs' parameter of compare_annotations must be given"),
        ({"fs": 0}, "'fs' parameter .* a positive number. Got 0"),
        ({"start": -1}, "'start' parameter .* 0 or more seconds. Got -1"),
        ({"stop": 300}, "'stop' parameter .* more than start"),
        ({"window": np.nan}, "'window' parameter .* Got nan"),
        ({"n_samples": 0}, "'n_samples' parameter"),
    ],
)
def test_parameters_are_checked(options, message):
    stream = [110_000], ["N"]
    with pytest.raises(ValueError, match=message):
        compare_annotations(stream, stream, **{"fs": 360, **options})


# -- output


def test_print_fits_80_columns_and_has_the_counts():
    rng = np.random.default_rng(0)
    symbols = rng.choice(list("NSVFQ"), 889).tolist()
    reference = list(zip(range(110_000, 190_000, 90), symbols, strict=True))
    test = [(t + 3, "V") for t, _ in reference[5:]]
    comparison = compare(reference, test)
    text = str(comparison)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("EC57 beat-by-beat comparison\n300.0 to 555.6 s at 360 Hz")
    assert f"({comparison.statistics.loc['VEB +P', 'numerator']}/" in text
    assert "5 missed, 0 extra" in text
    assert repr(comparison).startswith("<BeatComparison: 889 reference beats, QRS Se 99.44, ")
    assert repr(comparison).endswith(f", {len(comparison.pairs)} mismatches>")
    assert "EC57" in comparison._repr_html_() and "<table" in comparison._repr_html_()


def test_to_dict_is_json_without_nan():
    comparison = compare(beats(110_000, 111_000), beats(110_000))
    data = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert (data["schema"], data["standard"], data["labels"]) == (1, True, LABELS)
    assert data["matrix"] == comparison.matrix.to_numpy().tolist()
    assert data["statistics"]["qrs_se"] == {"value": 0.5, "numerator": 1, "denominator": 2}
    assert data["statistics"]["veb_se"]["value"] is None
    assert data["pairs"][0]["reference_sample"] == 111_000
    assert data["pairs"][0]["test_sample"] is None
    assert "pairs" not in comparison.to_dict(pairs=False)


# -- the reference program


def _cases():
    folder = Path(os.environ.get("SKECG_TEST_DATA", "nowhere")) / "ec57" / "cases"
    return sorted(folder.iterdir()) if folder.is_dir() else [None]


def _read_case(folder):
    import wfdb

    expected = json.loads((folder / "expected.json").read_text())
    base = str(folder / expected["record"])
    return expected, wfdb.rdann(base, "atr"), wfdb.rdann(base, "test")


STATISTICS = {
    "qrs_se": "QRS Se",
    "qrs_pp": "QRS +P",
    "veb_se": "VEB Se",
    "veb_pp": "VEB +P",
    "veb_fpr": "VEB FPR",
    "sveb_se": "SVEB Se",
    "sveb_pp": "SVEB +P",
}


def test_reference_without_beats_or_length_raises():
    with pytest.raises(ValueError, match=r"the reference has no beats, .* Give 'n_samples'"):
        compare_annotations(([], []), ([108400], ["N"]), fs=360)


@pytest.mark.records
@pytest.mark.parametrize("folder", _cases(), ids=lambda folder: getattr(folder, "name", "none"))
def test_comparison_equals_the_reference_program(folder):
    expected, reference, test = _read_case(folder)
    options = {
        "fs": expected["fs"],
        "n_samples": expected["n_samples"],
        "stop": expected["options"]["end_s"],
    }
    if expected["returncode"]:
        with pytest.raises(
            ValueError, match=r"Record 'syn': the recording ends at 138.9 s, before"
        ):
            compare_annotations(reference, test, **options)
        return
    comparison = compare_annotations(reference, test, **options)
    assert comparison.window == expected["match_window_samples"]
    assert comparison.period[0] == expected["test_period_starts_at_sample"]
    assert comparison.matrix.to_dict(orient="index") == expected["matrix"]
    pairs = comparison.pairs
    a, b = pairs["reference_sample"], pairs["test_sample"]
    pairs = pairs.assign(a=a.fillna(b), b=b.fillna(a))
    assert pairs[["reference", "a", "test", "b"]].to_numpy().tolist() == expected["mismatches"]
    statistics = expected["stats"]
    for key, name in STATISTICS.items():
        value, *fraction = comparison.statistics.loc[name, ["value", "numerator", "denominator"]]
        assert fraction == [statistics[key]["num"], statistics[key]["den"]], name
        digits = 3 if key == "veb_fpr" else 2
        percent = None if np.isnan(value) else 100 * value
        assert percent == pytest.approx(statistics[key]["percent"], abs=0.501 * 10**-digits), name
    rr_error = None if np.isnan(comparison.rr_error) else round(comparison.rr_error, 2)
    assert rr_error == statistics["rms_rr_error_ms"]
    assert round(comparison.shutdown) == statistics["shutdown_s"]


@pytest.mark.records
def test_there_are_35_cases():
    assert len(_cases()) == 35
