"""Rhythms of re-timed recordings: the beats of each kind, in the order of time.

A kind is a function that appends beats to a `BeatSequence` until it is long enough. Each draws the
rates, shares and patterns of one recording from wide ranges, so that no two are alike.

Sources:

- flutter: Cosio 2017, Arrhythm Electrophysiol Rev 6:55-62,
  https://pmc.ncbi.nlm.nih.gov/articles/PMC5522718,
  of which every second or third wave is usually conducted, in cycles of 200 to 260 ms;
- second-degree block: Barold & Hayes 2001, Mayo Clin Proc 76:44-57. In type I the PR interval
  grows, by less each time; in type II it stays.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..utils import true_runs
from ._rhythm import Floats

__all__ = ["FIBRILLATION", "FLUTTER", "PLANS", "SINUS", "BeatSequence", "name_rhythms"]

SINUS, FIBRILLATION, FLUTTER = 0, 1, 2

_SHORTEST = 0.28  # s, of any interval
_TACHYCARDIA = 0.6  # s, longest mean interval of a tachycardia: 100 beats a minute
_FASTEST = 0.3  # s, below which no rhythm is drawn on average


class BeatSequence:
    """Beats to lay down, appended one by one, and the source of their randomness.

    Parameters
    ----------
    stop : float
        Time in s that the beats must reach.
    v_rate : float
        Share of sporadic ventricular beats.
    rng : Generator
        Source of randomness.
    """

    def __init__(self, stop: float, v_rate: float, rng: np.random.Generator) -> None:
        self.stop = stop
        self.v_rate = v_rate
        self.rng = rng
        self.time = 0.0
        self.rhythm = "(N"  # of the beats that are added next, as an annotation
        self._beats: list[tuple[float, str, int, float, float, str]] = []
        self._sinus = self._draw_sinus(int(stop / _SHORTEST) + 50)
        self._at = 0

    @property
    def running(self) -> bool:
        """True until the beats are long enough."""
        return self.time < self.stop

    def add(
        self,
        interval: float,
        label: str = "N",
        *,
        atria: int = SINUS,
        waves: float = 0.0,
        delay: float = 0.0,
    ) -> None:
        """Append a beat after an interval in s.

        The label is "N", "S", "V", or "P" for a P wave without a QRS complex. ``waves`` is the
        number of flutter waves in the interval, ``delay`` the time in s by which the P wave is
        earlier than it was.
        """
        interval = max(interval, _SHORTEST)
        self.time += interval
        self._beats.append((self.time, label, atria, waves, delay, self.rhythm))

    def sinus(self, mean: float = 1.0) -> float:
        """Return the next interval of sinus rhythm around a mean."""
        self._at += 1
        return float(mean * self._sinus[self._at])

    def chance(self, share: float) -> bool:
        """Draw True with a probability."""
        return bool(self.rng.random() < share)

    def one_of(self, *values: float) -> float:
        """Draw one of several values."""
        return values[int(self.rng.integers(len(values)))]

    def spread(self, sd: float) -> float:
        """Draw a factor around 1."""
        return float(np.exp(sd * self.rng.standard_normal()))

    def sinus_beat(self, interval: float) -> None:
        """Append a sinus beat, at times after a ventricular one and its pause."""
        if self.v_rate and self.chance(self.v_rate):
            self.add(max(_FASTEST, 0.65 * interval), "V")
            interval *= 1.35
        self.add(interval)

    def columns(
        self,
    ) -> tuple[Floats, NDArray[np.str_], NDArray[np.int64], Floats, Floats, NDArray[np.str_]]:
        """Return time, label, atria, flutter waves passed, delay and rhythm, one per beat."""
        time, label, atria, waves, delay, rhythm = map(np.array, zip(*self._beats, strict=True))
        return time, label, atria, np.cumsum(waves), delay, rhythm

    def _draw_sinus(self, n: int) -> Floats:
        """Draw intervals of sinus rhythm of mean 1: drift, breathing, and noise."""
        rng = self.rng
        drift = np.cumsum(rng.normal(0, 0.004, n))
        drift = np.clip(drift - drift.mean(), -0.25, 0.25)
        turn = 2 * np.pi / rng.uniform(3, 7) * np.exp(rng.normal(0, 0.1, n))  # per beat
        breath = self.one_of(0, 0.01, 0.02, 0.05, 0.1) * np.sin(np.cumsum(turn))
        noise = rng.normal(0, self.one_of(0.008, 0.015, 0.03), n)
        return np.asarray(np.exp(drift + breath + noise))


def _atrial_fibrillation(beats: BeatSequence) -> None:
    """Append intervals without order, log-normal, now and then a long one."""
    rng = beats.rng
    mean, spread, least = rng.uniform(0.42, 0.95), rng.uniform(0.08, 0.28), rng.uniform(0.28, 0.4)
    beats.rhythm = "(AFIB"
    while beats.running:
        if beats.chance(0.97):
            interval = mean * np.exp(-(spread**2) / 2) * beats.spread(spread)
        else:
            interval = mean * rng.uniform(1.4, 2.0)
        if beats.v_rate and beats.chance(beats.v_rate):
            beats.add(max(least, 0.8 * interval), "V", atria=FIBRILLATION)
        else:
            beats.add(max(least, interval), atria=FIBRILLATION)


def _atrial_flutter(beats: BeatSequence) -> None:
    """Append intervals of 2 to 6 flutter waves."""
    rng = beats.rng
    period = rng.uniform(0.18, 0.26)
    ratios = rng.choice([2, 3, 4, 5, 6], 3, replace=False)
    weights = rng.dirichlet([1, 1, 1])
    sticky = rng.uniform(0.2, 0.9)
    ratio = ratios[0]
    beats.rhythm = "(AFL"
    while beats.running:
        if not beats.chance(sticky):
            ratio = rng.choice(ratios, p=weights)
        interval = max(0.32, ratio * period * beats.spread(0.03))
        beats.add(interval, atria=FLUTTER, waves=ratio)


def _paroxysmal_atrial_fibrillation(beats: BeatSequence) -> None:
    """Append sinus rhythm, fibrillation, flutter and flutter of 2:1 in turn."""
    rng = beats.rng
    mean, fast, spread = rng.uniform(0.6, 1.1), rng.uniform(0.45, 0.85), rng.uniform(0.12, 0.28)
    period, s_rate = rng.uniform(0.19, 0.26), beats.one_of(0, 0.01, 0.05)
    states = ["(N", "(AFIB"] + (["(AFL", "2:1"] if beats.chance(0.8) else [])
    state = states[int(rng.integers(len(states)))]
    while beats.running:
        weights = np.array([0.0 if s == state else 0.3 if s == "2:1" else 1.0 for s in states])
        state = states[int(rng.choice(len(states), p=weights / weights.sum()))]
        end = beats.time + (rng.uniform(5, 40) if beats.chance(0.5) else rng.uniform(40, 240))
        beats.rhythm = "(AFL" if state == "2:1" else state
        while beats.time < end and beats.running:
            if state == "(N":
                interval = beats.sinus(mean)
                if beats.chance(s_rate):
                    beats.add(max(_FASTEST, interval * rng.uniform(0.55, 0.8)), "S")
                    interval *= 1.15
                beats.add(interval)
            elif state == "(AFIB":
                if beats.v_rate and beats.chance(beats.v_rate):
                    beats.add(rng.uniform(0.36, 0.55), "V", atria=FIBRILLATION)
                else:
                    interval = fast * np.exp(-(spread**2) / 2) * beats.spread(spread)
                    beats.add(max(_FASTEST, interval), atria=FIBRILLATION)
            else:
                ratio = 2 if state == "2:1" else int(rng.integers(2, 5))
                jitter = beats.spread(0.015 if state == "2:1" else 0.03)
                beats.add(max(0.36, ratio * period) * jitter, atria=FLUTTER, waves=ratio)


def _av_block(beats: BeatSequence) -> None:
    """Append P waves at sinus rhythm, some of them not conducted.

    Wenckebach: the PR interval grows from beat to beat, by less each time, until a beat drops,
    so that the RR interval shortens before the pause. Mobitz type II: beats drop without that.
    """
    rng = beats.rng
    mean, share = rng.uniform(0.5, 0.9), beats.one_of(0.03, 0.1, 0.25)
    wenckebach, group = beats.chance(0.5), int(rng.integers(3, 7))
    step = rng.uniform(0.04, 0.1)  # s, first growth of the PR interval
    beats.rhythm = "(BII"
    delay, count = 0.0, 0
    while beats.running:
        interval = beats.sinus(mean)
        count += 1
        if wenckebach and count % group == 0:
            beats.add(interval - delay, "P")
            delay = 0.0
        elif wenckebach:
            growth = step * 0.6 ** (count % group - 2) if count % group > 1 else 0.0
            beats.add(interval + growth, delay=delay + growth)
            delay += growth
        elif beats.chance(share):
            beats.add(interval, "P")
            beats.add(beats.sinus(mean))
        else:
            beats.add(interval)


def _ectopy(beats: BeatSequence, share: float, run: float, pattern: int) -> None:
    """Append sinus rhythm with a share of S beats in runs of a mean length.

    With a pattern of 2 or 3 every S beat is alone and every second or third beat.
    """
    rng = beats.rng
    mean, ratio, spread = rng.uniform(0.65, 1.3), rng.uniform(0.5, 0.85), rng.uniform(0.01, 0.08)
    pause = beats.one_of(1.0, 1.1, 1.3, 1.8, 2.5)
    start = share / (1 - share) / run  # chance of a run after a sinus beat
    left = count = 0
    after = False
    while beats.running:
        interval = beats.sinus(mean)
        count += 1
        if left:
            beats.add(interval * ratio * beats.spread(spread), "S")
            left -= 1
            after = left == 0
            continue
        beats.sinus_beat(interval * pause * beats.spread(0.1) if after else interval)
        after = False
        if pattern:
            left = int(count % pattern == 0)
        elif beats.chance(start):
            left = int(rng.geometric(1 / run))


def _supraventricular_ectopy(beats: BeatSequence) -> None:
    """Append single S beats and short runs, bigeminy, or trigeminy."""
    rng = beats.rng
    share, run = rng.uniform(0.03, 0.4), rng.uniform(1, 2.5)
    _ectopy(beats, share, run, int(beats.one_of(0, 0, 2, 3)))


def _incessant_supraventricular_ectopy(beats: BeatSequence) -> None:
    """Append S beats in the majority."""
    _ectopy(beats, beats.rng.uniform(0.5, 0.85), beats.rng.uniform(1, 8), 0)


def _supraventricular_tachycardia(beats: BeatSequence) -> None:
    """Append runs of tachycardia that begin and end suddenly."""
    rng = beats.rng
    mean, cycle = rng.uniform(0.6, 1.1), rng.uniform(0.33, 0.55)
    fast, left = beats.chance(0.4), int(rng.integers(10, 200))
    first = False
    while beats.running:
        if left == 0:
            fast, first = not fast, True
            low, high = ((4, 30), (30, 200), (100, 700))[int(rng.integers(3))]
            left = int(rng.integers(low, high) if fast else rng.integers(5, 250))
            cycle = float(np.clip(cycle * beats.spread(0.05), 0.3, 0.62))
        left -= 1
        if fast:
            beats.add(cycle * beats.spread(0.015) * (1.15 if first else 1.0), "S")
        else:
            beats.add(beats.sinus(mean) * (rng.uniform(1.0, 1.6) if first else 1.0))
        first = False


def _sustained_supraventricular_tachycardia(beats: BeatSequence) -> None:
    """Append one tachycardia of minutes, out of sinus rhythm with single ectopic beats."""
    rng = beats.rng
    mean, cycle, s_rate = (
        rng.uniform(0.6, 1.05),
        rng.uniform(0.33, 0.5),
        beats.one_of(0, 0.01, 0.04),
    )
    onset = beats.stop * rng.uniform(0.04, 0.6)
    end = onset + beats.stop * rng.uniform(0.15, 0.95)
    while beats.running:
        if onset <= beats.time < end:
            slow = 0.06 * np.sin(beats.time / 60)
            beats.add(cycle * np.exp(slow) * beats.spread(0.012), "S")
            continue
        interval = beats.sinus(mean)
        if beats.chance(s_rate):
            beats.add(0.65 * interval, "S")
            interval *= 1.2
        beats.sinus_beat(interval)


def _ventricular_ectopy(beats: BeatSequence) -> None:
    """Append V beats, single, in runs or every second to fourth; some in fibrillation."""
    rng = beats.rng
    mean, share = rng.uniform(0.5, 1.1), rng.uniform(0.05, 0.35)
    pattern, count = int(beats.one_of(0, 2, 3, 4)), 0
    coupling, spread = rng.uniform(0.5, 0.8), beats.one_of(0.01, 0.04, 0.1)
    s_rate, chaos = beats.one_of(0, 0, 0.02, 0.06), rng.uniform(0.1, 0.25)
    atria = FIBRILLATION if beats.chance(0.3) else SINUS
    if atria == FIBRILLATION:
        beats.rhythm, s_rate = "(AFIB", 0.0
    while beats.running:
        sinus = beats.sinus(mean)
        interval = sinus
        if atria == FIBRILLATION:
            interval = sinus * np.exp(-(chaos**2) / 2) * beats.spread(chaos)
        count += 1
        if count % pattern == 0 if pattern else beats.chance(share):
            for _ in range(int(rng.geometric(0.6)) if beats.chance(0.3) else 1):
                beats.add(max(_FASTEST, sinus * coupling * beats.spread(spread)), "V", atria=atria)
            pause = 1.15 * interval if atria == FIBRILLATION else sinus * (2 - coupling)
            interval = max(pause, 0.35)
        elif beats.chance(s_rate):
            beats.add(max(_FASTEST, interval * rng.uniform(0.5, 0.8)), "S")
            interval *= 1.1
        beats.add(max(_FASTEST, interval), atria=atria)


def _sinus_rate_ramps(beats: BeatSequence) -> None:
    """Append a sinus rate that goes from one level to another within 12 to 90 s and stays."""
    rng = beats.rng
    level = goal = np.log(rng.uniform(0.42, 1.0))
    low, high = np.log([0.36, 1.2])
    hold, slope = rng.uniform(20, 200), 0.0
    while beats.running:
        start = beats.time
        beats.sinus_beat(beats.sinus(np.exp(level)))
        passed = beats.time - start
        hold -= passed
        if hold > 0:
            continue
        if goal == level:
            goal = np.clip(level + rng.uniform(0.1, 0.5) * beats.one_of(-1, 1), low, high)
            slope = (goal - level) / rng.uniform(12, 90)
        level += slope * passed
        if (goal - level) * slope <= 0:
            level = goal
            hold = rng.uniform(20, 300)


def _sinus_rate_steps(beats: BeatSequence) -> None:
    """Append a sinus rate that jumps between levels within 1 to 6 beats, P waves as ever."""
    rng = beats.rng
    middle = np.log(rng.uniform(0.6, 1.15))
    between, jitter = rng.uniform(0.08, 0.3), beats.one_of(0.01, 0.03, 0.06)
    level = goal = middle
    step, left = 0.1, int(rng.integers(5, 40))
    while beats.running:
        if left <= 0:
            goal = middle + between * rng.standard_normal()
            step = abs(goal - level) / int(rng.integers(1, 7))
            left = int(rng.integers(4, 60))
        level += np.clip(goal - level, -step, step)
        left -= 1
        beats.sinus_beat(max(0.4, beats.sinus(np.exp(level)) * beats.spread(jitter)))


def _respiratory_sinus_arrhythmia(beats: BeatSequence) -> None:
    """Append sinus rhythm whose intervals swing with the breath.

    They swing by 8 to 35 % on average; single breaths have a tenth to 1.6 times of that.
    """
    rng = beats.rng
    mean, swing, period = rng.uniform(0.6, 1.3), rng.uniform(0.08, 0.35), rng.uniform(3, 16)
    phase, depth = 0.0, 1.0
    while beats.running:
        phase += 2 * np.pi / period * beats.spread(0.25)
        depth = float(np.clip(depth * beats.spread(0.08), 0.1, 1.6))
        beats.add(max(0.38, beats.sinus(mean) * np.exp(swing * depth * np.sin(phase))))


def _sinus_rate_drift(beats: BeatSequence) -> None:
    """Append a sinus rate that rises and falls within minutes, up to tachycardia."""
    rng = beats.rng
    mean, swing, period = rng.uniform(0.38, 1.1), rng.uniform(0, 0.35), rng.uniform(60, 400)
    while beats.running:
        slow = swing * np.sin(2 * np.pi * beats.time / period)
        beats.sinus_beat(max(0.33, beats.sinus(mean) * np.exp(slow)))


#: What appends the beats of each kind.
PLANS: dict[str, Callable[[BeatSequence], None]] = {
    "atrial_fibrillation": _atrial_fibrillation,
    "atrial_flutter": _atrial_flutter,
    "paroxysmal_atrial_fibrillation": _paroxysmal_atrial_fibrillation,
    "av_block": _av_block,
    "supraventricular_ectopy": _supraventricular_ectopy,
    "incessant_supraventricular_ectopy": _incessant_supraventricular_ectopy,
    "supraventricular_tachycardia": _supraventricular_tachycardia,
    "sustained_supraventricular_tachycardia": _sustained_supraventricular_tachycardia,
    "ventricular_ectopy": _ventricular_ectopy,
    "respiratory_sinus_arrhythmia": _respiratory_sinus_arrhythmia,
    "sinus_rate_drift": _sinus_rate_drift,
    "sinus_rate_ramps": _sinus_rate_ramps,
    "sinus_rate_steps": _sinus_rate_steps,
}


def name_rhythms(
    time: Floats, label: NDArray[np.str_], rhythm: NDArray[np.str_]
) -> NDArray[np.str_]:
    """Return the rhythm of each beat with bigeminy, trigeminy and tachycardia in it.

    Three ectopic beats make a rhythm: in a row, at 100 a minute or more, a tachycardia; as every
    second beat bigeminy; as every third one trigeminy.
    """
    # label      N N V N V N V N N N S S S N
    # rhythm     N N B B B B B N N N T T T N      B "(B", T "(SVTA"
    rhythm = rhythm.astype("U8")
    sinus = rhythm == "(N"
    for ectopic, period, note in (
        ("V", 3, "(T"),
        ("V", 2, "(B"),
        ("S", 2, "(AB"),
        ("S", 1, "(SVTA"),
        ("V", 1, "(VT"),
    ):
        at = np.flatnonzero(label == ectopic)
        for start, stop in true_runs(np.diff(at) == period):
            if stop - start < 2:
                continue
            span = slice(at[start], at[stop] + 1)
            if period == 1:
                if time[at[stop]] - time[at[start]] < _TACHYCARDIA * (stop - start):
                    rhythm[span] = note
            elif (label[span] == "N").sum() == (stop - start) * (period - 1):
                rhythm[span] = np.where(sinus[span], note, rhythm[span])
    return rhythm
