"""Columns of the rhythm around a beat, against plain loops over its intervals."""

import dataclasses

import numpy as np
import pytest

from skecg import BeatExtractor, simulate_record
from skecg.beats._context import context_extent
from skecg.beats._rhythm import RHYTHM
from skecg.beats._rhythm_around import AROUND, around_columns
from skecg.beats._shape import SHAPE

FS = 250


def positions(rr, first=1.0):
    """Samples of the beats that these intervals, in seconds, lie between."""
    return np.round(np.cumsum([first, *rr]) * FS).astype(np.int64)


def columns_of(rr, context=600.0, first=1.0):
    """Columns of the beats that these intervals lie between, by name."""
    table = around_columns(positions(rr, first), FS, context)
    return dict(zip(AROUND, table.T, strict=True))


def logs(rr):
    """ln RR before and after each beat in steps of 1/4096, None where there is none."""
    seconds = np.clip(np.diff(positions(rr)) / FS, 0.1, 10)
    whole = [round(4096 * float(np.log(s))) for s in seconds]
    return [None, *whole], [*whole, None]


def irregular(n=150, seed=0):
    """Intervals with early beats, a stretch of fibrillation, one of tachycardia, and a pause."""
    rng = np.random.default_rng(seed)
    rr = rng.normal(0.8, 0.03, n)
    rr[::13] *= 0.6
    rr[1::13] *= 1.35
    rr[n // 3 : n // 2] = rng.uniform(0.4, 1.1, n // 2 - n // 3)
    rr[n // 2 : n // 2 + 20] = rng.normal(0.4, 0.01, 20)
    rr[-20] = 20
    return rr


# --- windows, by loops


def window(rr, i, reach, context):
    """Numbers of the beats around one that are near enough."""
    at = positions(rr)
    near = range(max(0, i - reach), min(len(at), i + reach + 1))
    return [j for j in near if abs(at[j] - at[i]) <= int(context * FS / 2)]


def ranked(values, percent):
    ordered = sorted(values)
    return ordered[(percent * (len(ordered) - 1) + 50) // 100]


@pytest.mark.parametrize("context", [600.0, 30.0])
@pytest.mark.parametrize(("reach", "suffix"), [(10, "20"), (30, "60")])
def test_columns_of_windows_are_those_of_loops(reach, suffix, context):
    rr = irregular()
    before, after = logs(rr)
    found = columns_of(rr, context)
    for i in range(1, len(before) - 1):
        inside = [j for j in window(rr, i, reach, context) if before[j] is not None]
        values = [before[j] for j in inside]
        q = {p: ranked(values, p) for p in (10, 25, 50, 75, 90)}
        like = [j for j in inside if j != i and abs(before[j] - before[i]) < 246]
        twice = [j for j in like if after[j] is not None and abs(after[j] - after[i]) < 246]
        steps = [abs(before[j] - before[j - 1]) for j in inside if j > 1]
        away = [min(max(v - q[50], -2458), 2458) for v in values]
        away = [a - round(np.mean(away)) for a in away]
        expected = {
            "rr_before_p10": 2 * (before[i] - q[10]) / 4096,
            "rr_before_p75": 2 * (before[i] - q[75]) / 4096,
            "rr_before_p90": 2 * (before[i] - q[90]) / 4096,
            "rr_after_p75": 2 * (after[i] - q[75]) / 4096,
            "rr_iqr": 4 * (q[75] - q[25]) / 4096,
            "rr_spread": 2 * (q[90] - q[10]) / 4096,
            "rr_skew": (q[90] + q[10] - 2 * q[50]) / (q[90] - q[10] + 0.02 * 4096),
            "rr_density": 2 * len(like) / max(len(inside) - 1, 1),
            "rr_pairs": 2 * len(twice) / max(len(inside) - 1, 1),
            "steps_5": 2 * np.mean([s > 0.05 * 4096 for s in steps]),
            "steps_20": 2 * np.mean([s > 0.2 * 4096 for s in steps]),
            "step_rms": 4 / 4096 * np.sqrt(np.mean([min(s, 2458) ** 2 for s in steps])),
        }
        power = sum(a * a for a in away) + 1e-3 * 4096**2 * len(away)
        for lag in (1, 4):
            products = [a * b for a, b in zip(away, away[lag:], strict=False)]
            expected[f"rr_autocorr_{lag}"] = sum(products) / power
        if reach == 30:
            expected["rr_before_p50"] = 2 * (before[i] - q[50]) / 4096
            expected["rr_after_p50"] = 2 * (after[i] - q[50]) / 4096
        for name, value in expected.items():
            value = np.clip(value, -4, 4)
            assert found[f"{name}_{suffix}"][i] == pytest.approx(value, abs=1e-5), (name, i)


def entropy_of(ms):
    """Sample entropy (m = 1, 30 ms) and its coefficient, counted pair by pair."""
    pairs = longer = 0
    for i in range(len(ms) - 1):
        for j in range(i + 1, len(ms) - 1):
            if abs(ms[i] - ms[j]) <= 30:
                pairs += 1
                longer += abs(ms[i + 1] - ms[j + 1]) <= 30
    entropy = -np.log((longer + 0.5) / (pairs + 0.5))
    return entropy, entropy + np.log(2 * 30 / np.mean(ms)) + 1.8


@pytest.mark.parametrize("context", [600.0, 30.0])
@pytest.mark.parametrize("reach", [12, 30])
def test_entropy_is_that_of_pairs_counted_one_by_one(reach, context):
    rr = irregular()
    ms = np.rint(1000 * np.clip(np.diff(positions(rr)) / FS, 0.1, 10))
    found = columns_of(rr, context)
    for i in range(1, len(rr) + 1, 7):
        inside = [ms[j - 1] for j in window(rr, i, reach, context) if j > 0]
        expected = entropy_of(inside) if len(inside) > 2 else (0, 0)
        assert found[f"entropy_{2 * reach}"][i] == pytest.approx(min(expected[0], 4), abs=1e-5)
        assert found[f"cosen_{2 * reach}"][i] == pytest.approx(min(expected[1], 4), abs=1e-5)


def test_turning_points_are_two_of_three_of_random_intervals_and_none_of_a_ramp():
    rng = np.random.default_rng(1)
    fibrillation = columns_of(rng.uniform(0.4, 1.2, 400))
    assert np.median(fibrillation["turning_120"]) == pytest.approx(2 * 2 / 3, abs=0.1)
    ramp = columns_of(np.linspace(1.0, 0.5, 200))
    assert not ramp["turning_30"].any()
    bigeminy = columns_of([0.6, 1.0] * 100)
    assert bigeminy["turning_120"][100] == pytest.approx(2)


def test_early_beat_against_its_neighbors():
    rr = [1.0] * 40
    rr[19:21] = 0.6, 1.4
    found = columns_of(rr)
    early = 20
    for name in ("rr_before_8", "rr_after_8", "rr_mode_60", "rr_before_p90_20"):
        assert found[name][early] == pytest.approx(2 * np.log(0.6), abs=1e-3), name
    assert found["rr_both_60"][early] == pytest.approx(0, abs=1e-3)
    assert found["rr_density_20"][early] == found["rr_pairs_60"][early] == 0
    assert found["rr_density_60"][5] > 1.8


def test_bigeminy_repeats_its_pairs_and_fibrillation_does_not():
    bigeminy = columns_of([0.6, 1.0] * 100)
    fibrillation = columns_of(np.random.default_rng(0).uniform(0.4, 1.2, 200))
    middle = slice(60, 140)
    assert bigeminy["rr_pairs_60"][middle].min() > 0.95
    assert np.median(fibrillation["rr_pairs_60"][middle]) < 0.1
    assert bigeminy["rr_autocorr_1_60"][100] < -0.9 < 0.9 < bigeminy["rr_autocorr_2_60"][100]
    assert np.abs(fibrillation["rr_autocorr_1_60"][middle]).max() < 0.5
    assert bigeminy["cosen_60"][middle].max() < -0.2 < 0.7 < fibrillation["cosen_60"][middle].min()
    assert fibrillation["rr_mode_60"][middle].std() > 0.3


# --- runs


def run_of(values, i, direction, limit):
    """Length of a run besides its first interval, and whether another interval ended it."""
    level, n = float(values[i]), 0
    j = i + direction
    while 0 < j < len(values) and n < 330 and abs(values[j] - level) < limit:
        level += 0.2 * (values[j] - level)
        n, j = n + 1, j + direction
    return n, 0 < j < len(values) and n < 330


@pytest.mark.parametrize("percent", [12, 25])
def test_runs_are_those_of_a_loop(percent):
    rr = irregular(400)
    values, _ = logs(rr)
    found = columns_of(rr, context=4000.0)
    for i in range(1, len(values)):
        total = 0
        for direction, run, change in ((-1, "back", "onset"), (1, "ahead", "end")):
            n, ended = run_of(values, i, direction, percent * 40.96)
            total += n
            one = six = 0.0
            if ended:
                last = i + direction * n
                beyond = [last + direction * k for k in range(1, 7)]
                beyond = [values[j] for j in beyond if 0 < j < len(values)]
                one = 2 * (beyond[0] - values[last]) / 4096
                six = 2 * (np.mean(beyond) - values[last]) / 4096
            expected = {run: np.log1p(n) / 2, f"{change}_1": one, f"{change}_6": six}
            for name, value in expected.items():
                column = found[f"run{percent}_{name}"]
                assert column[i] == pytest.approx(np.clip(value, -4, 4), abs=1e-4), (name, i)
        assert found[f"run{percent}_beats"][i] == pytest.approx(np.log1p(total) / 2, abs=1e-5)


def test_run_of_tachycardia_has_its_onset_and_its_end():
    found = columns_of([0.8] * 30 + [0.4] * 50 + [0.8] * 30)
    for beat in (31, 50, 80):
        assert found["run12_onset_1"][beat] == pytest.approx(2 * np.log(2), abs=0.01)
        assert found["run12_end_6"][beat] == pytest.approx(2 * np.log(2), abs=0.01)
        assert found["run12_beats"][beat] == pytest.approx(np.log(50) / 2)
    assert found["run12_back"][31] == 0
    assert found["run12_onset_1"][10] == 0  # the recording begins there, not the run


def test_ramp_of_the_rate_is_one_run():
    found = columns_of(np.linspace(1.0, 0.5, 200))
    assert found["run12_beats"][100] == pytest.approx(np.log(200) / 2)


def test_run_ends_where_half_of_the_context_is_over():
    found = columns_of([1.0] * 300, context=60.0)
    assert found["run12_back"][150] == pytest.approx(np.log(31) / 2)
    assert found["run12_onset_1"][150] == 0  # as no interval ended it
    assert columns_of([0.3] * 900)["run12_back"][800] == pytest.approx(np.log(331) / 2)


# --- surroundings of a cell


def time_ranked(values, weights, percent):
    """Percentile of values of which each counts for its weight in ms."""
    spread = np.sort(np.repeat(values, weights))
    return spread[max(-(-percent * len(spread) // 100), 1) - 1]


def median_around(values, i, reach):
    near = [v for v in values[max(0, i - reach) : i + reach + 1] if v is not None]
    return int(np.rint(np.median(near)))


@pytest.mark.parametrize("suffix", ["context", "inner"])
def test_columns_of_surroundings_are_those_of_loops(suffix):
    rr, context = irregular(260), 100.0
    at, (before, after) = positions(rr), logs(rr)
    ms = [0, *np.rint(1000 * np.clip(np.diff(at) / FS, 0.1, 10)).astype(int).tolist()]
    weights = np.minimum(ms, 2500).tolist()
    found = columns_of(rr, context)
    half = context / 2 if suffix == "context" else 0.4 * context / 2
    for i in range(2, len(before) - 1, 7):
        middle = (at[i] // (30 * FS) + 0.5) * 30 * FS
        inside = [j for j in range(1, len(at)) if -half * FS <= at[j] - middle < half * FS]
        values, weight = [before[j] for j in inside], [weights[j] for j in inside]
        level = median_around(before, i, 2)
        levels = {reach: [median_around(before, j, reach) for j in inside] for reach in (2, 7)}
        slower = sum(w for v, w in zip(values, weight, strict=True) if v > level + 819)
        like = [j for j in inside if j != i and abs(before[j] - before[i]) < 246]
        twice = [j for j in like if after[j] is not None and abs(after[j] - after[i]) < 246]
        steps = [abs(before[j] - before[j - 1]) if j > 1 else -1 for j in inside]
        t50, t90 = (time_ranked(values, weight, p) for p in (50, 90))
        slow = time_ranked(levels[7], weight, 95)
        expected = {
            "rr_before_p50": 2 * (before[i] - ranked(values, 50)) / 4096,
            "rr_after_p75": 2 * (after[i] - ranked(values, 75)) / 4096,
            "rr_before_t90": 2 * (before[i] - t90) / 4096,
            "rr_after_t50": 2 * (after[i] - t50) / 4096,
            "level_t80": 2 * (level - time_ranked(levels[2], weight, 80)) / 4096,
            "slow_level_t95": 2 * (median_around(before, i, 7) - slow) / 4096,
            "time_slower": 2 * slower / sum(weight),
            "rr_above": 2 * (t90 - t50) / 4096,
            "rr_density": 2 * len(like) / (len(inside) - 1),
            "rr_pairs": 4 * len(twice) / (len(inside) - 1),
            "steps_10": 2 * np.mean([s > 409.6 for s in steps]),
        }
        for name, value in expected.items():
            column = found[f"{name}_{suffix}"]
            assert column[i] == pytest.approx(np.clip(value, -4, 4), abs=1e-5), (name, i)


def test_mode_of_surroundings_is_the_interval_that_most_beats_have():
    rng = np.random.default_rng(0)
    rr = np.where(rng.random(500) < 0.6, 0.8, rng.uniform(0.3, 1.5, 500))
    found = columns_of(rr)
    for name in ("rr_mode_context", "rr_mode_inner"):
        assert found[name][250] == pytest.approx(2 * np.log(rr[249] / 0.8), abs=0.02)


def test_time_slower_of_a_tachycardia_is_the_share_of_sinus_rhythm():
    # of 600 s one minute is at half the interval
    found = columns_of([1.0] * 270 + [0.5] * 120 + [1.0] * 270)
    assert found["time_slower_context"][300] == pytest.approx(2 * 0.9, abs=0.01)
    assert found["time_slower_context"][100] == 0
    assert found["rr_before_t50_context"][300] == pytest.approx(2 * np.log(0.5), abs=0.01)


@pytest.mark.parametrize("sign", ["cosen", "steps", "pairs"])
def test_signs_of_fibrillation_are_summarized_over_surroundings(sign):
    source = {"cosen": "cosen_24", "steps": "steps_10_20", "pairs": "rr_pairs_60"}[sign]
    rr, context = irregular(260), 60.0
    at, found = positions(rr), columns_of(rr, context)
    values = found[source].astype(float)
    smooth = [np.mean(values[max(0, j - 4) : j + 5]) for j in range(len(values))]
    for i in range(0, len(at), 11):
        middle = (at[i] // (30 * FS) + 0.5) * 30 * FS
        inside = [j for j in range(len(at)) if -30 * FS <= at[j] - middle < 30 * FS]
        expected = {
            "mean": np.mean(values[inside]),
            "lowest": min(smooth[j] for j in inside),
            "highest": max(smooth[j] for j in inside),
        }
        for which, value in expected.items():
            column = found[f"{sign}_{which}_context"]
            assert column[i] == pytest.approx(value, abs=3e-4), (which, i)


# --- any recording


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 8])
@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.24, 1.0, 20.0, 900.0])
def test_few_beats_make_finite_columns(n, seconds):
    table = around_columns(np.arange(n) * round(seconds * FS) + 3, FS, 600.0)
    assert table.shape == (n, len(AROUND)) and table.dtype == np.float32
    assert np.isfinite(table).all() and np.abs(table).max(initial=0) <= 4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("context", [30.0, 600.0])
def test_fast_rates_and_pauses_make_finite_columns(context):
    rr = np.concatenate([np.full(500, 0.24), [20, 0.9, 20, 20], np.full(30, 0.9), [700, 0.8]])
    found = columns_of(rr, context)
    assert all(np.isfinite(values).all() for values in found.values())
    # of 250 beats a minute nothing is early
    for name in ("rr_before_p90_60", "rr_before_p90_20", "rr_before_8", "rr_mode_60"):
        assert not found[name][40:80].any(), name


def test_first_and_last_beat_have_no_interval_on_one_side():
    found = columns_of(irregular(60))
    for name, values in found.items():
        if name.startswith(("rr_before", "rr_density", "rr_mode", "rr_both", "rr_pairs", "run")):
            assert values[0] == 0, name
        if name.startswith(("rr_after_p", "rr_after_t", "rr_both", "rr_pairs")):
            assert values[-1] == 0, name


@pytest.mark.parametrize("context", [30.0, 60.0, 600.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_pieces_have_the_columns_of_the_whole_to_the_last_bit(context, seed):
    rng = np.random.default_rng(seed)
    rr = np.concatenate([irregular(400, seed=k) for k in range(10)])
    rr[rng.integers(0, len(rr), 12)] = rng.uniform(5, 90, 12)
    time = positions(rr)
    whole, n = around_columns(time, FS, context), len(time)
    extent = context_extent(context, 0, (0.28, 0.28), "all")
    seconds, beats, margin = extent.seconds * FS, extent.beats, extent.margin_beats
    for start, stop in [(0, 2100), (333, 2700), (1500, n)]:
        first, last = 0, n
        if start:
            first = np.searchsorted(time, time[start + margin] + seconds, side="right") + beats
        if stop < n:
            last = np.searchsorted(time, time[stop - 1 - margin] - seconds) - beats
        assert last - first > 100
        part = around_columns(time[start:stop], FS, context)
        np.testing.assert_array_equal(part[first - start : last - start], whole[first:last])


def test_columns_do_not_depend_on_the_size_of_blocks(monkeypatch):
    time = positions(irregular(500))
    whole = around_columns(time, FS, 600.0)
    monkeypatch.setattr("skecg.beats._rhythm_near._BLOCK", 7)
    np.testing.assert_array_equal(around_columns(time, FS, 600.0), whole)


# --- rows


@pytest.fixture(scope="module")
def record():
    return simulate_record(200, fs=125, ventricular=0.1, supraventricular=0.1, random_state=0)


def extract(record, **params):
    defaults = {"window": (0.28, 0.28), "context": 60, "neighbors": 2, "edges": "pad"}
    return BeatExtractor(**defaults | params).extract(record)


def test_basic_rows_are_all_rows_without_these_columns(record):
    every, basic = extract(record), extract(record, scalars="basic")
    kept = [i for i, name in enumerate(every.feature_names) if name in basic.feature_names]
    assert [every.feature_names[i] for i in kept] == basic.feature_names
    assert basic.layout.scalars[: len(RHYTHM) + len(SHAPE)] == RHYTHM + SHAPE
    np.testing.assert_array_equal(every.data[:, kept], basic.data)


def test_rows_hold_the_columns_of_the_first_lead(record):
    beats = extract(record, leads=[0, 1], align=False)
    of_rows = [beats.feature_names.index(name) for name in AROUND]
    expected = around_columns(record.sample, 125.0, 60.0)
    np.testing.assert_array_equal(beats.data[:, of_rows], expected)
    assert not any(f"beat-1_{name}" in beats.feature_names for name in AROUND)


def test_rows_of_a_missing_lead_keep_these_columns(record):
    alone = dataclasses.replace(record, signal=record.signal[:, :1], lead_names=("MLII",))
    params = {"leads": ["MLII", "V5"], "missing_leads": "zeros"}
    one, two = extract(alone, leads=["MLII"]), extract(alone, **params)
    for name in AROUND:
        of_one, of_two = (b.data[:, b.feature_names.index(name)] for b in (one, two))
        np.testing.assert_array_equal(of_one, of_two)


def test_names_are_distinct():
    assert len(set(AROUND)) == len(AROUND)
    assert not set(AROUND) & set(RHYTHM + SHAPE)
