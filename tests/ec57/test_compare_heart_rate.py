"""The comparison of heart rates of EC57: each rule by hand, and all cases of mxm."""

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg import compare_heart_rate
from skecg.records.formats import read_annotations
from tests.ec57._cases import case_name, cases
from tests.ec57._sequential_episodes import pair_in_order

FS = 100


def rates(*values, subtype=0):
    """Make measurements of (seconds, value or text)."""
    at, texts = [round(FS * t) for t, _ in values], [str(value) for _, value in values]
    return at, ["="] * len(at), [subtype] * len(at), texts


def compare(reference, test, n_samples=600 * FS, **options):
    return compare_heart_rate(reference, test, fs=FS, n_samples=n_samples, **options)


def values(comparison):
    """Return the paired values."""
    return [tuple(pair) for pair in comparison.pairs[["reference", "test"]].to_numpy().tolist()]


# -- values (M1)


@pytest.mark.parametrize(
    ("text", "value"),
    [("72", 72), (" 72.5 bpm", 72.5), ("-3", -3), ("1e2", 100), (".5", 0.5), ("x72", 0)],
)
def test_a_value_is_the_number_that_the_text_begins_with(text, value):
    found = compare(rates((400, 70)), rates((400, text)), reference_faults=False)
    assert values(found) == [(70, value)]


def test_without_text_the_value_before_stays():
    found = compare(
        rates((400, 70)), rates((390, 60), (400, ""), (410, 80)), reference_faults=False
    )
    assert values(found) == [(70, 60), (70, 60), (70, 80)]


def test_only_measurements_of_the_subtype_are_compared():
    for subtype in (0, 2, -3):
        pair = rates((400, 70), subtype=subtype), rates((400, 75), subtype=subtype)
        assert compare(*pair, measurement=subtype).rms_error > 0
        with pytest.raises(ValueError, match="must have measurements of type 1: symbol '='"):
            compare(*pair, measurement=1)


# -- pairs (M2)


def test_the_nearest_reference_is_taken_and_the_later_of_two_equally_near_ones():
    reference = rates((400, 60), (420, 80))
    for at, value in ((405, 60), (410, 80), (411, 80), (430, 80), (300, 60)):
        found = compare(reference, rates((at, 70)), reference_faults=False)
        assert values(found) == [(value, 70)]


def test_before_the_first_reference_there_is_a_value_0_by_a_fault():
    reference, test = rates((700, 60)), rates((340, 70))
    assert values(compare(reference, test, n_samples=1000 * FS))[0] == (0, 70)
    found = compare(reference, test, n_samples=1000 * FS, reference_faults=False)
    assert values(found) == [(60, 70)]
    assert values(compare(reference, rates((350, 70)), n_samples=1000 * FS))[0] == (60, 70)


# -- end of the period (M3)


def test_the_last_values_are_paired_once_more_if_the_test_ends_first():
    both = rates((400, 60), (500, 90))
    test = rates((400, 60), (500, 80))
    assert values(compare(both, test)) == [(60, 60), (90, 80), (90, 80)]
    assert values(compare(both, test, reference_faults=False)) == [(60, 60), (90, 80)]


def test_they_are_not_if_the_reference_ends_first():
    reference, test = rates((400, 60)), rates((410, 70), (420, 80))
    assert values(compare(reference, test)) == [(60, 70), (60, 80)]


def test_the_first_measurement_beyond_the_end_may_be_paired():
    test = rates((400, 70), (610, 80), (620, 90))
    reference = rates((400, 60), (590, 65), (650, 99))
    found = compare(reference, test)
    assert values(found) == [(60, 70), (65, 80)]
    assert found.n == 3  # one more is read
    assert values(compare(reference, test, reference_faults=False)) == [(60, 70)]
    # the reference has come to its end before
    assert values(compare(rates((390, 60), (650, 65)), test)) == [(60, 70)]


def test_without_measurements_from_the_start_on_only_the_last_values_are_paired():
    reference, test = rates((400, 60), (500, 65)), rates((100, 70), (200, 75))
    assert values(compare(reference, test)) == [(65, 75)]
    with pytest.raises(ValueError, match="no measurement of type 0 in the test period"):
        compare(reference, test, reference_faults=False)


def test_without_a_length_the_reference_is_the_end():
    reference = rates((400, 60), (410, 70))
    test = rates((400, 61), (405, 62), (411, 63), (420, 64))
    found = compare(reference, test, n_samples=None)
    assert values(found) == [(60, 61), (70, 62), (70, 63)]
    assert values(compare(reference, rates((400, 61)), n_samples=None)) == [(60, 61), (70, 61)]
    # with stop=math.inf until either is used up
    assert values(compare(reference, rates((400, 61)), stop=math.inf)) == [(60, 61)]


# -- sums (M4, M6)


def test_the_learning_period_is_in_the_divisor_by_a_fault():
    test = rates((100, 70), (400, 70))
    reference = rates((100, 70), (400, 60))
    found = compare(reference, test)
    # two pairs, the last values twice, and two measurements read
    assert found.n == 2
    assert_allclose(found.rms_error, np.sqrt(200 / 2))
    assert_allclose(found.normalized_rms_error, 100 * np.sqrt(200 * 2) / 120)
    assert_allclose(found.mean_reference, 60)
    found = compare(reference, test, reference_faults=False)
    assert (found.n, found.rms_error, found.mean_reference) == (1, 10, 60)
    assert_allclose(found.normalized_rms_error, 100 * 10 / 60)


def test_a_mean_of_0_has_no_normalized_error():
    found = compare(rates((400, 0)), rates((400, 3)))
    assert np.isnan(found.normalized_rms_error)
    assert found.to_line()["RMS error"] is None
    assert found.to_line(normalized=False) == {"RMS error": "4.2426", "mean reference": "0"}
    assert found.to_dict()["normalized_rms_error_percent"] is None


def test_results_as_text_and_json():
    found = compare(rates((400, 60)), rates((400, 63)), reference_faults=False)
    assert "RMS error (%)        5.0000" in str(found)
    assert "RMS error" in found._repr_html_()
    assert repr(found) == "<HeartRateComparison: 1 pair, RMS error 3.0000>"
    data = json.loads(json.dumps(found.to_dict()))
    assert (data["n"], data["rms_error"]) == (1, 3.0)
    assert data["pairs"] == [
        {"reference_time": 400.0, "test_time": 400.0, "reference": 60.0, "test": 63.0}
    ]
    assert "NOT STANDARD" in str(compare(rates((400, 60)), rates((400, 60)), start=100))


def test_a_recording_that_ends_before_the_test_period_raises():
    with pytest.raises(ValueError, match=r"ends at 200.0 s, before the test period"):
        compare(rates((100, 60)), rates((100, 60)), n_samples=200 * FS)


# -- the reference program


@pytest.mark.records
@pytest.mark.parametrize("folder", cases("mxm"), ids=case_name)
def test_heart_rates_equal_those_of_the_reference_program(folder):
    expected = json.loads((folder / "expected.json").read_text())
    pair = [read_annotations(folder / expected["record"], name) for name in ("atr", "test")]
    for measurement, result in expected["results"].items():
        options = {
            "fs": expected["fs"],
            "n_samples": expected["n_samples"],
            "start": expected["options"]["start_s"],
            "stop": expected["options"]["end_s"],
            "measurement": int(measurement),
        }
        if result["returncode"] == 2:
            with pytest.raises(ValueError, match="must have measurements of type"):
                compare_heart_rate(*pair, **options)
            continue
        found = compare_heart_rate(*pair, **options)
        assert found.n == result["n"]
        assert f"{found.rms_error:.4f}" == f"{result['unnormalized_rms_error']:.4f}"
        assert f"{found.mean_reference:g}" == f"{result['mean_reference']:g}"
        if result["returncode"] == 3:
            assert np.isnan(found.normalized_rms_error)
        else:
            percent = f"{result['normalized_rms_error_percent']:.4f}"
            assert found.to_line()["RMS error"] == percent


# -- the rules read one after the other


@pytest.mark.parametrize("seed", range(60))
def test_random_measurements_equal_the_rules_read_in_order(seed):
    rng = np.random.default_rng(seed)
    pair = []
    for _ in range(2):
        at = np.sort(rng.integers(0, 80, rng.integers(1, 12))) * 10
        pair.append(
            [
                (int(t), int(value))
                for t, value in zip(at, rng.integers(1, 99, len(at)), strict=True)
            ]
        )
    columns = [rates(*((t / FS, value) for t, value in one)) for one in pair]
    for end in (600, None):
        found = compare_heart_rate(*columns, fs=FS, n_samples=end, start=3)
        pairs, n = pair_in_order(*pair, 300, end)
        assert (values(found), found.n) == (pairs, n)
