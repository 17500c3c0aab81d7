"""Columns of atrial activity, on leads made of known waves."""

import dataclasses

import numpy as np
import pytest

from skecg.beats._atrial import ATRIAL, ATRIAL_BEATS, ATRIAL_SECONDS, AtrialColumns
from skecg.beats._context import CELL, _BeatsOfLead, _centres, _spans
from skecg.beats._rhythm import Rhythm

FS = 125.0
P_AT, T_AT = -0.17, 0.26  # seconds from the R peak
P_HEIGHT = 0.12


def bump(time, at, width, height):
    return height * np.exp(-0.5 * ((time - at) / width) ** 2)


@dataclasses.dataclass
class Lead:
    """Waves laid down at the times of beats."""

    times: np.ndarray  # seconds
    fs: float = FS

    def __post_init__(self):
        self.times = np.asarray(self.times, float)
        self.time = np.arange(round((self.times[-1] + 2) * self.fs)) / self.fs
        self.signal = np.zeros(self.time.size)

    @property
    def position(self):
        return np.round(self.times * self.fs).astype(np.int64)

    def add(self, beats, at, width, height):
        """Add one wave to some beats, at a time from their R peaks."""
        for beat in np.atleast_1d(beats):
            near = np.abs(self.time - self.times[beat]) < 1
            self.signal[near] += bump(self.time[near], self.times[beat] + at, width, height)
        return self

    def add_f_waves(self, start, stop, hertz=6.0, height=0.08):
        """Add waves of a frequency that wanders, so that they keep no step with the beats."""
        inside = (self.time >= start) & (self.time < stop)
        phase = hertz * self.time + 0.7 * np.sin(0.8 * self.time)
        self.signal[inside] += height * np.sin(2 * np.pi * phase[inside])
        return self


def sinus(times, *, without_p=(), wide=(), fs=FS):
    """Beats of P wave, QRS complex and T wave; some without P, some with a wide complex."""
    lead = Lead(times, fs)
    beats = np.arange(len(lead.times))
    lead.add(np.setdiff1d(beats, without_p), P_AT, 0.02, P_HEIGHT)
    lead.add(np.setdiff1d(beats, wide), 0, 0.012, 1.0)
    lead.add(wide, 0, 0.035, -0.9)
    return lead.add(beats, T_AT, 0.04, 0.2)


def regular(n=60, rr=0.8):
    return 1 + rr * np.arange(n)


def columns(*leads, context=600.0, usable=None, signals=None, position=None, origin=0):
    """Columns of all beats by name, a row of values for each lead."""
    fs = leads[0].fs if leads else FS
    if signals is None:
        signals = np.array([lead.signal for lead in leads], dtype=np.float32)
        position = leads[0].position
    n = len(position)
    masks = [None] * len(signals) if usable is None else list(usable)
    window = (round(0.28 * fs), round(0.28 * fs))
    parts = [
        _BeatsOfLead.make(signal, position, fs, window, True, mask)
        for signal, mask in zip(signals, masks, strict=True)
    ]
    time = _centres(parts, position)[0] + origin
    intervals = Rhythm(time, fs)
    table = np.zeros((len(ATRIAL), len(signals), n), dtype=np.float32)
    for i, part in enumerate(parts):
        shape = part.compare(intervals)
        before, after, early = (
            values[part.beats] for values in (intervals.before, intervals.after, intervals.early)
        )
        found = AtrialColumns(part.lead, before, after, early, np.arange(n)[part.beats], time)
        for beats, surroundings, _ in _spans(time, fs, context):
            own, others = part.inside(beats), part.compared(surroundings)
            if own.start < own.stop:
                found.add(own, others, shape.find_normal(others))
        table[:, i, part.beats] = found.table().T
    return dict(zip(ATRIAL, table, strict=True))


def column(lead, name, **settings):
    return columns(lead, **settings)[name][0]


# --- P waves


def test_names_are_unique():
    assert len(set(ATRIAL)) == len(ATRIAL)


@pytest.mark.parametrize("fs", [125.0, 250.0, 360.0])
def test_equal_beats_have_one_p_wave(fs):
    found = columns(sinus(regular(), fs=fs))
    inside = slice(1, -1)
    for kind in ("p", "p_late", "p_on_t"):
        np.testing.assert_allclose(found[f"{kind}_fit"][0, inside], 1, atol=0.03)
        np.testing.assert_allclose(found[f"{kind}_fit_lag"][0, inside], 0)
        assert (found[f"{kind}_residual"][0, inside] < -1.5).all()
    for name in ("p_mean_10", "p_mean_30", "p_like_before", "p_like_after"):
        np.testing.assert_allclose(found[name][0, inside], 1, atol=0.03)
    for name in ("p_around_8", "p_around_30"):
        np.testing.assert_allclose(found[name][0, inside], 1, atol=0.03)
    for name in ATRIAL:
        if name.startswith("p_coherence"):
            assert (found[name][0, inside] > 0.9).all(), name
    for name in ("p_fit_relative", "p_residual_relative", "t_before_relative"):
        np.testing.assert_allclose(found[name][0, inside], 0, atol=0.05)


def test_beat_without_p_fits_no_p_wave():
    missing = 30
    found = columns(sinus(regular(), without_p=[missing]))
    for kind in ("p", "p_late", "p_on_t"):
        assert found[f"{kind}_fit"][0, missing] < 0.6
        assert found[f"{kind}_residual"][0, missing] > found[f"{kind}_residual"][0, 29] + 1
    assert found["p_fit_relative"][0, missing] < -0.4
    assert found["p_residual_relative"][0, missing] > 1
    assert found["p_mean_10"][0, missing] < 0.6
    assert found["p_like_before"][0, missing] < 0.6
    assert found["p_like_after"][0, missing - 1] < 0.6
    others = np.delete(np.arange(1, 59), missing - 1)
    assert (found["p_fit"][0, others] > 0.97).all()
    assert (found["p_coherence_10"][0] > 0.8).all()  # one of 21 is missing


@pytest.mark.parametrize("by", [-0.032, 0.032])
def test_p_wave_that_is_moved_fits_at_its_lag(by):
    moved = 30
    lead = sinus(regular(), without_p=[moved]).add(moved, P_AT + by, 0.02, P_HEIGHT)
    found = columns(lead)
    assert found["p_fit"][0, moved] > 0.95
    assert found["p_fit_lag"][0, moved] == pytest.approx(by / 0.048, abs=0.01)
    assert found["p_fit_near"][0, moved] < found["p_fit"][0, moved] - 0.05
    assert found["p_residual"][0, moved] > found["p_residual"][0, moved - 1] + 1


def test_inverted_p_wave_is_unlike_the_others():
    inverted = 30
    lead = sinus(regular(), without_p=[inverted]).add(inverted, P_AT, 0.02, -P_HEIGHT)
    found = columns(lead)
    for name in ("p_mean_10", "p_mean_30", "p_like_before", "p_like_after"):
        assert found[name][0, inverted] < -0.9
    assert found["p_fit_near"][0, inverted] < 0.2
    assert found["p_residual_relative"][0, inverted] > 1.5


def test_early_p_wave_on_the_t_wave_is_found_when_this_is_taken_off():
    times = regular(80)
    early = np.arange(10, 80, 20)
    times[early] -= 0.3  # its P wave lies on the end of the T wave before
    found = columns(sinus(times))
    late = np.setdiff1d(np.arange(1, 79), [*early, *(early + 1)])
    assert (found["p_fit_near"][0, early] < 0.7).all()
    assert (found["p_on_t_fit_near"][0, early] > 0.9).all()
    gained = found["p_residual"][0, early] - found["p_on_t_residual"][0, early]
    assert (gained > 1).all()
    assert (found["t_before_residual"][0, early] > found["t_before_residual"][0, late].max()).all()
    assert (found["t_before_relative"][0, early] > 0.5).all()


def test_template_of_late_beats_has_no_t_wave_in_it():
    # bigeminy: half of the beats have the T wave of the beat before in their P stretch
    times = 1 + np.cumsum(np.tile([0.45, 1.1], 40))
    found = columns(sinus(times))
    late = np.arange(3, 77, 2)  # beats after the long interval
    assert (found["p_late_fit_near"][0, late] > 0.97).all()
    assert (found["p_late_residual"][0, late] <= found["p_residual"][0, late] + 0.1).all()


# --- fibrillation


def test_fibrillation_has_no_coherent_p_wave_but_waves_of_its_own():
    rng = np.random.default_rng(0)
    times = 1 + np.cumsum(rng.uniform(0.75, 1.25, 120))
    with_p = columns(sinus(times))
    lead = sinus(times, without_p=np.arange(120)).add_f_waves(0, 200)
    without = columns(lead)
    inside = slice(10, -10)
    assert (with_p["p_coherence_10"][0, inside] > 0.9).all()
    assert np.median(without["p_coherence_10"][0, inside]) < 0.2
    assert np.median(without["p_coherence_30"][0, inside]) < 0.15
    assert (without["p_coherence_mean"][0] < 0.2).all()
    assert abs(np.median(without["p_mean_10"][0])) < 0.3
    assert (without["p_around_30"][0] < with_p["p_around_30"][0]).all()
    for name in ("tq_waves_15", "tp_waves_15", "left_over_15"):
        assert (without[name][0] > with_p[name][0] + 0.5).all(), name


def test_f_waves_are_measured_by_their_height():
    times = regular(60, 1.0)
    low, high = (
        columns(sinus(times, without_p=np.arange(60)).add_f_waves(0, 99, height=height))
        for height in (0.02, 0.08)
    )
    for name in ("tq_waves_15", "tp_waves_15", "left_over_15"):
        grown = high[name][0, 5:-5] - low[name][0, 5:-5]
        assert (grown > 0.7).all() and (grown < np.log(4) + 0.1).all(), name


def test_fast_noise_is_not_taken_for_f_waves():
    lead, rng = sinus(regular(60, 1.0), without_p=np.arange(60)), np.random.default_rng(0)
    clean = columns(lead)
    fast = np.diff(rng.normal(size=lead.signal.size + 1)) * 0.02
    lead.signal = lead.signal + fast
    noisy = columns(lead)
    of_noise = noisy["tq_noise_15"][0] - clean["tq_noise_15"][0]
    of_waves = noisy["tq_waves_15"][0] - clean["tq_waves_15"][0]
    assert (of_noise > 1).all()
    assert (of_waves < of_noise / 2).all()


def test_columns_of_the_surroundings_tell_that_fibrillation_is_near():
    n = 200
    rng = np.random.default_rng(1)
    times = 1 + np.cumsum(rng.uniform(0.7, 0.9, n))
    fibrillates = np.arange(80, 120)
    lead = sinus(times, without_p=fibrillates)
    lead.add_f_waves(times[79] + 0.5, times[119])
    found = columns(lead, context=60.0)
    far, near = 10, 75  # 56 and 4 s before it begins
    assert found["p_coherence_lowest"][0, far] > 0.85
    assert found["p_coherence_lowest"][0, near] < 0.5
    assert found["p_coherence_highest"][0, near] > 0.9
    assert found["p_coherence_mean"][0, 100] < found["p_coherence_mean"][0, far] - 0.3


def test_few_beats_are_not_taken_for_coherent_ones():
    # only every tenth QRS complex is normal: 3 of 21 beats, or less
    lead = sinus(regular(), wide=np.setdiff1d(np.arange(60), np.arange(0, 60, 10)))
    few, all_ = (column(one, "p_coherence_10")[30] for one in (lead, sinus(regular())))
    assert few != 0 and few < all_


# --- fusion


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_fusion_beat_is_the_sum_of_a_normal_and_a_wide_one(share):
    n, fused = 80, 41
    wide = np.arange(5, n, 8)
    lead = sinus(regular(n), wide=[*wide, fused])
    lead.add(fused, 0, 0.035, 0.9)  # takes the wide complex off again
    lead.add(fused, 0, 0.012, 1 - share).add(fused, 0, 0.035, -0.9 * share)
    found = columns(lead)
    assert found["fusion_normal"][0, fused] == pytest.approx(1 - share, abs=0.1)
    assert found["fusion_wide"][0, fused] == pytest.approx(share, abs=0.1)
    assert found["fusion_residual"][0, fused] < -0.5
    np.testing.assert_allclose(found["fusion_normal"][0, wide], 0, atol=0.06)
    np.testing.assert_allclose(found["fusion_wide"][0, wide], 1, atol=0.06)
    normal = np.setdiff1d(np.arange(n), [*wide, fused])
    np.testing.assert_allclose(found["fusion_normal"][0, normal], 1, atol=0.06)
    np.testing.assert_allclose(found["fusion_wide"][0, normal], 0, atol=0.06)
    assert np.ptp(found["fusion_share"][0]) == 0
    assert found["fusion_share"][0, 0] > column(sinus(regular(n)), "fusion_share")[0]


def test_where_no_wide_beats_are_all_is_normal_or_rest():
    lead = sinus(regular(), wide=[30])  # one beat is no shape
    found = columns(lead)
    assert not found["fusion_wide"].any()
    assert found["fusion_residual"][0, 30] > 0.5
    assert (found["fusion_residual"][0, :30] < -1).all()


# --- what does not change the columns


def noisy_leads(n=400, pause=0):
    """Two leads; before the beat in the middle is a pause."""
    rng = np.random.default_rng(3)
    times = 1 + np.cumsum(rng.uniform(0.5, 1.1, n) + pause * (np.arange(n) == n // 2))
    leads = []
    for height in (1.0, 0.4):
        lead = sinus(times, without_p=rng.choice(n, n // 4), wide=np.arange(7, n, 9))
        lead.add_f_waves(100, 160)
        lead.signal = height * lead.signal + rng.normal(scale=0.01, size=lead.signal.size)
        leads.append(lead)
    return leads


@pytest.mark.parametrize("factor", [8, -1])
def test_size_and_polarity_of_the_lead_do_not_matter(factor):
    lead = noisy_leads()[0]
    expected = columns(lead)
    lead.signal = lead.signal * factor
    for name, values in columns(lead).items():
        difference = np.abs(values - expected[name])
        assert np.quantile(difference, 0.95) < 0.02, name


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("pause", [0, 150])
def test_columns_of_a_piece_are_those_of_the_whole_recording(masked, pause):
    n, context = 900, 60.0
    leads = noisy_leads(n, pause)
    position = leads[0].position
    signals = np.array([lead.signal for lead in leads], dtype=np.float32)
    usable = None
    if masked:
        usable = np.ones((2, n), dtype=bool)
        usable[0, ::17] = usable[1, 380:460] = False
    whole = columns(signals=signals, position=position, context=context, usable=usable)
    reach = round((context + CELL + ATRIAL_SECONDS + 1) * FS)
    for first, last in [(300, 303), (371, 418), (460, 600)]:
        # some beats, then seconds, then some beats again
        near = [position[first - ATRIAL_BEATS] - reach, position[last + ATRIAL_BEATS] + reach]
        a, b = np.searchsorted(position, near) + [-11, 11]
        a, b = max(a, 0), min(b, n)
        start, stop = max(position[a] - 500, 0), position[b - 1] + 500
        piece = columns(
            signals=signals[:, start:stop].copy(),
            position=position[a:b] - start,
            context=context,
            usable=None if usable is None else usable[:, a:b],
            origin=start,
        )
        for name, values in piece.items():
            np.testing.assert_array_equal(
                values[:, first - a : last - a], whole[name][:, first:last], err_msg=name
            )


def test_beats_where_a_lead_cannot_be_used_have_no_columns_and_no_effect():
    lead = sinus(regular())
    usable = np.ones((1, 60), dtype=bool)
    usable[0, 20:30] = False
    expected = columns(lead, usable=usable)
    assert not any(values[0, 20:30].any() for values in expected.values())
    assert expected["p_like_before"][0, 30] == expected["p_like_after"][0, 19] == 0
    near = np.abs(lead.time - lead.times[24]) < 2  # the baseline beyond has no part in it
    lead.signal[near] += np.random.default_rng(0).normal(size=near.sum())
    for name, values in columns(lead, usable=usable).items():
        np.testing.assert_array_equal(values, expected[name], err_msg=name)


def test_columns_of_a_lead_do_not_depend_on_another_one():
    first, second = noisy_leads()
    alone, both = columns(first), columns(first, second)
    for name in ATRIAL:
        np.testing.assert_array_equal(alone[name][0], both[name][0], err_msg=name)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_beats_have_finite_columns(n):
    for name, values in columns(sinus(regular(n))).items():
        assert np.isfinite(values).all(), name
        assert (np.abs(values) <= 4).all(), name


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_flat_lead_has_finite_columns(value):
    lead = Lead(regular(30))
    lead.signal += value
    for name, values in columns(lead).items():
        assert np.isfinite(values).all(), name
        assert (np.abs(values) <= 4).all(), name
    assert not columns(lead)["p_fit"].any()


def test_columns_are_limited_where_the_lead_is_torn():
    lead = noisy_leads()[0]
    lead.signal[5000:5400:7] += 50
    for name, values in columns(lead).items():
        assert np.isfinite(values).all(), name
        assert (np.abs(values) <= 4).all(), name


def test_no_beats_make_no_columns():
    lead = sinus(regular(3))
    usable = np.zeros((1, 3), dtype=bool)
    found = columns(lead, usable=usable)
    assert not any(values.any() for values in found.values())
