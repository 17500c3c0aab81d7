"""Where a lead has no signal, and what `detect_beats` says of it."""

import warnings

import numpy as np
import pytest

from skecg import detect_beats, simulate_record
from skecg.detection._flat import without_signal

FULL = simulate_record(120, random_state=9)
FS = FULL.fs


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (np.r_[np.zeros(20), np.cos(np.arange(40))], range(20)),
        (np.r_[np.cos(np.arange(40)), np.full(20, 5.0)], range(40, 60)),
        (np.r_[np.cos(np.arange(40)), np.full(19, 5.0)], ()),  # shorter than 2 s at 10 Hz
        (np.r_[np.cos(np.arange(40)), np.full(5, np.nan), np.cos(np.arange(9))], range(40, 45)),
        (np.r_[np.cos(np.arange(40)), np.full(4, np.nan), np.cos(np.arange(9))], ()),
        (np.r_[np.full(5, np.nan), np.cos(np.arange(40))], range(5)),
        (np.r_[np.ones(12), np.full(12, np.nan), np.cos(np.arange(1, 9))], range(24)),
        (np.r_[np.tile([0.0, 0.01], 15), 0.01 * np.arange(2, 40)], range(30)),  # one step of noise
        (np.tile([0.0] * 9 + [1.0], 4), ()),  # pulses
        (np.full(30, np.nan), range(30)),
        (np.full(9, 1.0), ()),
    ],
)
def test_stretches_without_signal(lead, expected):
    np.testing.assert_array_equal(np.flatnonzero(without_signal(lead, 10.0)), list(expected))


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_detect_beats_warns_of_the_seconds_without_signal(value):
    lead = FULL.signal[:, 0].copy()
    lead[: round(30 * FS)] = value
    with pytest.warns(UserWarning, match=r"flat or missing for 30\.0 s of 120\.0 s"):
        found = detect_beats(lead, FS)
    assert found[0] >= 30 * FS
    with warnings.catch_warnings(action="error", category=UserWarning):
        detect_beats(FULL.signal[:, 0], FS)


def test_a_stretch_of_a_lead_has_the_result_of_the_whole_lead():
    lead = np.round(200 * FULL.signal[:, 0]) / 200
    lead[7000:9000] = np.nan
    lead[12000:12700] = lead[12000]
    lead[15003:15803] = lead[15003] + np.tile([0, 0.005], 400)
    whole = without_signal(lead, FS)
    assert whole[12100:12600].all() and whole[15100:15700].all() and whole[7000:9000].all()
    margin, step = round(40 * FS), round(2 * FS)
    for start in (9500, 12000, 12500):
        first = start - margin if start > margin else 0
        assert first % step == 0 or first == 0
        stretch = without_signal(lead[first : start + margin + 500], FS)
        np.testing.assert_array_equal(
            stretch[start - first :][:500], whole[start : start + 500], err_msg=str(start)
        )
