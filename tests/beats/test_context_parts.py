"""The parts of context, each by itself, on beats made by hand."""

import numpy as np
import pytest

from skecg.beats._context import _spans
from skecg.beats._normal import NormalBeatFinder
from skecg.beats._rhythm import RHYTHM, Rhythm
from skecg.beats._running import beats_around, running_median, running_rank
from skecg.beats._similar import SimilarPairs, similar
from skecg.beats._waves import qrs_centres, remove_baseline, take_windows
from skecg.utils._medians import lane_medians, median, median_or

FS = 125


def pulse(width=0.01, n=60, fs=FS):
    """One bump of height 1 in the middle; width is a standard deviation in seconds."""
    return np.exp(-0.5 * ((np.arange(n) - n // 2) / (width * fs)) ** 2)


# --- medians and ranks over neighbouring beats


def test_beats_around_has_the_beats_on_both_sides_and_nan_beyond():
    np.testing.assert_array_equal(
        beats_around(np.array([1.0, 2.0, 3.0]), 1, 1), [[np.nan, 1, 2], [1, 2, 3], [2, 3, np.nan]]
    )
    np.testing.assert_array_equal(beats_around(np.array([1.0, 2.0]), 1, -1), [[np.nan], [1]])


def test_running_median_passes_over_nan_and_ends():
    values = np.array([1.0, 5.0, np.nan, 4.0, 8.0])
    np.testing.assert_array_equal(running_median(values, 1), [3, 3, 4.5, 6, 6])
    assert np.isnan(running_median(np.array([np.nan]), 2)).all()


def test_running_rank_is_the_share_below_less_a_half():
    # of 1, 5, 4 the first has none below it and itself: (0 + 0.5) / 3 - 0.5
    ranks = running_rank(np.array([1.0, 5.0, 4.0]), 2)
    np.testing.assert_allclose(ranks, np.array([0.5, 2.5, 1.5]) / 3 - 0.5)
    np.testing.assert_array_equal(running_rank(np.ones(5), 2), np.zeros(5))


@pytest.mark.parametrize("n", [1, 2, 7, 8, 700, 701])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_medians_are_those_of_numpy_bit_for_bit(n, dtype):
    lanes = np.random.default_rng(n).normal(size=(5, n)).astype(dtype).round(1)
    assert [median(lane) for lane in lanes] == np.median(lanes, axis=1).tolist()
    np.testing.assert_array_equal(lane_medians(lanes.copy()), np.median(lanes, axis=1))
    assert lane_medians(lanes).dtype == dtype


def test_median_of_nan_or_of_nothing_is_nan():
    assert np.isnan(median(np.array([1.0, np.nan, 2.0])))
    assert np.isnan(median(np.array([])))


def test_median_or_has_an_answer_for_nothing():
    assert median_or(np.array([np.nan, 2.0, 4.0]), 0.8) == 3
    assert median_or(np.array([np.nan]), 0.8) == 0.8


# --- intervals


def rhythm_of(rr):
    """Columns of the beats that these intervals, in seconds, lie between, by name."""
    position = np.round(np.cumsum([1.0, *rr]) * 1000).astype(int)
    every = np.arange(len(position))
    rhythm = Rhythm(position, 1000.0)
    own, long = rhythm.typical(every, slice(None))
    table = rhythm.columns(np.full(len(every), own), np.full(len(every), long))
    return dict(zip(RHYTHM, table.T, strict=True)), own


def test_rhythm_of_an_early_beat_with_its_pause():
    rr = [1.0] * 60
    rr[29:31] = 0.6, 1.4
    columns, own = rhythm_of(rr)
    early = 30
    assert own == 1
    for name in ("rr_before_20", "rr_before_normal", "rr_before_long"):
        assert columns[name][early] == pytest.approx(np.log(0.6))
    for name in ("rr_after_20", "rr_after_normal"):
        assert columns[name][early] == pytest.approx(np.log(1.4))
    assert columns["rr_both_normal"][early] == pytest.approx(0)
    assert columns["rr_normal"][early] == pytest.approx(np.log(1 / 0.8))
    assert columns["rr_rank"][early] == pytest.approx(0.5 / 41 - 0.5)
    assert columns["rr_deviation"][early] == pytest.approx(np.log(0.6) / 0.03 / 3)
    assert columns["irregular_20"][early] == columns["rate_long"][early] == 0


def test_rhythm_of_alternating_intervals_is_irregular():
    columns, _ = rhythm_of([0.5, 1.0] * 40)
    assert columns["irregular_20"][40] == pytest.approx(4 * np.log(2))
    assert columns["irregular_60"][40] == pytest.approx(4 * np.log(2))


def test_rhythm_that_doubles_its_rate_makes_a_step():
    columns, _ = rhythm_of([1.0] * 40 + [0.5] * 40)
    # the interval before beat 41 is the first short one
    assert columns["rr_step"][41] == pytest.approx(np.log(0.5))
    assert columns["rr_step"][[20, 60]] == pytest.approx(0)
    assert columns["rate_long"][60] == pytest.approx(np.log(0.5 / 0.75))


def test_rhythm_has_no_interval_before_the_first_beat():
    rhythm = Rhythm(np.array([100, 200, 203]), 100.0)
    np.testing.assert_array_equal(rhythm.before, [np.nan, 1, 0.1])  # 0.03 s is no interval
    np.testing.assert_array_equal(rhythm.after, [1, 0.1, np.nan])
    assert len(Rhythm(np.array([100]), 100.0).before) == 1


# --- signals


def test_remove_baseline_takes_off_an_offset_and_leaves_a_narrow_wave():
    wave = np.zeros(500)
    wave[250:253] = 0.5, 1, 0.5
    left = remove_baseline((wave + 7).astype(np.float32), FS)
    np.testing.assert_array_equal(left, wave)
    assert left.dtype == np.float32


@pytest.mark.parametrize("wave", [pulse(), -pulse(), np.gradient(pulse())], ids=str)
@pytest.mark.parametrize("offset", [-9, 0, 10])
def test_qrs_centres_are_in_the_middle_whatever_the_polarity(wave, offset):
    lead = np.zeros(400, dtype=np.float32)
    lead[170:230] = wave
    assert abs(qrs_centres(lead, np.array([200 + offset]), FS)[0] - 200) <= 1


def test_qrs_centres_stay_where_the_lead_is_flat():
    assert qrs_centres(np.ones(300, np.float32), np.array([5, 150]), FS).tolist() == [5, 150]
    assert qrs_centres(np.ones(300, np.float32), np.array([], int), FS).size == 0


def test_qrs_centres_never_pass_half_the_way_to_a_neighbor():
    lead = np.zeros(400, dtype=np.float32)
    lead[170:230] = pulse()
    centres = qrs_centres(lead, np.array([196, 204]), FS)
    assert centres[0] <= 200 <= centres[1]
    assert (np.abs(centres - [196, 204]) <= 4).all()


def test_take_windows_repeats_the_ends():
    windows = take_windows(np.arange(5.0), np.array([0, 4]), np.arange(-1, 2))
    np.testing.assert_array_equal(windows, [[0, 0, 1], [3, 4, 4]])


# --- the normal shape


def test_similar_rows_differ_little_in_size():
    a = np.array([[1.0, 0.0], [0.0, 0.0]])
    b = np.array([[1.0, 0.0], [1.9, 0.0], [2.1, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    # 2 x 1.9 / (1 + 1.9 ** 2) is 0.82, of 2.1 it is 0.78; a flat beat is like none
    np.testing.assert_array_equal(similar(a, b), [[True, True, False, False, False], [False] * 5])


@pytest.mark.parametrize("step", [1, 3])
def test_pairs_of_a_stretch_that_moves_on_are_those_of_all_its_beats(step):
    rng = np.random.default_rng(0)
    shapes = rng.normal(size=(4, 9))[rng.integers(0, 4, 300)]
    shapes += 0.4 * rng.normal(size=shapes.shape)
    shapes[40] = 0  # flat: similar to itself only
    pairs = SimilarPairs(shapes)
    for start, stop in [(0, 50), (0, 80), (30, 90), (85, 90), (85, 230), (229, 260), (10, 70)]:
        pairs.move(slice(start, stop, step))
        others = np.arange(start, stop, step)
        expected = similar(shapes[others], shapes[others])
        np.fill_diagonal(expected, True)
        np.testing.assert_array_equal(pairs.matrix, expected)
        np.testing.assert_array_equal(pairs.counts, expected.sum(axis=1))
        own = np.arange(start + 2, min(start + 9, stop))
        expected = similar(shapes[own], shapes[others]) & (own[:, None] != others)
        np.testing.assert_array_equal(pairs.to_others(slice(own[0], own[-1] + 1)), expected)


def find(shapes, rr, width, early=None):
    """Numbers of the normal beats among beats of these shapes."""
    waves = np.array(list(shapes), dtype=np.float32)
    rr, width = np.asarray(rr, float), np.asarray(width, float)
    early = np.zeros(len(waves), bool) if early is None else np.asarray(early)
    return NormalBeatFinder(waves, slice(None), rr, width, early).find(slice(0, len(waves), 1))


NARROW, WIDE = pulse(0.01), -pulse(0.05)


def test_normal_shape_is_the_frequent_one():
    normal = find([NARROW] * 7 + [WIDE] * 3, [1.0] * 10, [10.0] * 10)
    assert normal.beats.tolist() == list(range(7))
    np.testing.assert_array_equal(normal.wave, NARROW.astype(np.float32))


def test_normal_shape_is_not_the_frequent_one_if_that_is_early_and_wide():
    # bigeminy with a run: six wide early beats, four narrow ones that come late
    shapes = [WIDE] * 6 + [NARROW] * 4
    normal = find(shapes, [0.5] * 6 + [1.2] * 4, [40.0] * 6 + [15.0] * 4)
    assert normal.beats.tolist() == [6, 7, 8, 9]


def test_normal_beats_leave_out_early_ones_where_others_are_enough():
    early = [True] * 2 + [False] * 5
    assert find([NARROW] * 7, [1.0] * 7, [10.0] * 7, early).beats.tolist() == [2, 3, 4, 5, 6]
    early = [True] * 5 + [False] * 2
    assert find([NARROW] * 7, [1.0] * 7, [10.0] * 7, early).beats.size == 7


def test_normal_shape_of_one_beat_or_of_flat_ones_is_there():
    assert find([NARROW], [np.nan], [10.0]).beats.tolist() == [0]
    assert find([0 * NARROW] * 3, [1.0] * 3, [0.0] * 3).beats.size >= 1


# --- cells and spans


def test_spans_are_counted_from_the_first_sample_and_cut_at_the_ends():
    time = np.arange(0, 200, 10) * 100  # a beat every 10 s at 100 Hz
    spans = _spans(time, 100.0, 60.0)
    assert [(s[0].start, s[0].stop) for s in spans[:3]] == [(0, 3), (3, 6), (6, 9)]
    # middle of the third cell: 75 s; 60 s around it: 45 to 105 s
    assert spans[2][1] == slice(5, 11)
    assert spans[2][2] == slice(2, 14)  # 15 to 135 s
    assert spans[0][1] == slice(0, 5)  # -15 to 45 s


def test_spans_skip_cells_without_beats():
    assert len(_spans(np.array([0, 100_000]), 100.0, 30.0)) == 2
