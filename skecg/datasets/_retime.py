"""Recordings re-timed from real beats: other rhythms of the same person."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..records import Annotations, ECGRecord, RecordError
from ..utils import check_value, in_range, one_of
from ._retime_atrial import coloured_noise, f_waves, flutter_waves
from ._retime_lay import AS_IS, CHANGED, NO_P, ONLY_P, Cuts, lay_down
from ._retime_rhythms import FIBRILLATION, FLUTTER, PLANS, SINUS, Sequence, name_rhythms
from ._retime_source import MIN_ECTOPIC, Source
from ._rhythm import Floats
from ._simulate import RandomSource, _generator

__all__ = ["RHYTHMS", "retime_record"]

#: Kinds of rhythm that `retime_record` makes.
RHYTHMS = tuple(PLANS)

OWNER = "retime_record"
_NEEDS_V = ("ventricular_ectopy",)
_MARGIN = 1.5  # s of beats before and after the record, whose waves reach into it
_POOL = 400  # normal beats in a row from which those of a recording are taken
_V_SHARE = 0.7  # of recordings that have sporadic ventricular beats, if the source has some
_OWN_SHARE = 0.6  # of recordings that take S beats of the source, if it has enough
_NOISE = 0.012  # typical noise between the beats, as a share of the height of the QRS complex
_NOISE_TIME = 0.036  # s, its time constant

_DURATION = in_range(above=0)
_KIND = one_of(*RHYTHMS)


def retime_record(
    record: ECGRecord,
    kind: str | None = None,
    *,
    duration: float = 480.0,
    name: str | None = None,
    random_state: RandomSource = None,
) -> ECGRecord:
    """Make a recording of another rhythm out of the beats of a recording.

    Use it to train with rhythms that few recordings have. Real beats are cut out without their
    baseline and laid down at new intervals, with the P waves that the rhythm has. The result
    belongs to the subject of its source, so that a split by subject keeps both together: make
    such recordings from the training recordings, and never test with them.

    Parameters
    ----------
    record : ECGRecord
        The source, with at least 60 normal beats.
    kind : str, default=None
        One of `RHYTHMS`; None draws one for which the record has the beats.
    duration : float, default=480.0
        Length of the result in s.
    name : str, default=None
        Name of the result; None is the name of the source, "_" and the kind.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness. An int gives the same recording at every call.

    Returns
    -------
    ECGRecord
        Recording at the rate of the source with its leads and subject, in mV. Normal and
        ventricular beats have their symbols; supraventricular ones that were made from normal
        beats have ``"S"``. Rhythms are in ``other``, as in the databases of PhysioNet.

    Raises
    ------
    RecordError
        If the source has fewer than 60 normal beats, or too few ventricular beats for the kind.
    ValueError
        If a parameter is out of range.
    TypeError
        If a parameter is of another type.

    Examples
    --------
    >>> from skecg.datasets import retime_record, simulate_record
    >>> record = simulate_record(120.0, random_state=0)
    >>> made = retime_record(record, "atrial_fibrillation", duration=60.0, random_state=0)
    >>> made.name, made.subject, made.other.aux_note.tolist()
    ('sim000_atrial_fibrillation', 'simulated:sim000', ['(AFIB'])
    """
    if not isinstance(record, ECGRecord):
        raise TypeError(
            f"The 'record' parameter of {OWNER} must be an ECGRecord, such as read_record(path) "
            f"gives. Got {type(record).__name__} instead."
        )
    if kind is not None:
        check_value(kind, _KIND, "kind", OWNER)
    check_value(duration, _DURATION, "duration", OWNER)
    rng = _generator(random_state)
    source = Source.of(record)
    if kind is None:
        able = [k for k in RHYTHMS if k not in _NEEDS_V or source.has_own("V")]
        kind = able[int(rng.integers(len(able)))]
    elif kind in _NEEDS_V and not source.has_own("V"):
        raise RecordError(
            f"Record '{record.name}': has {len(source.usable['V'])} ventricular beats that can "
            f"be cut out, and the kind '{kind}' needs at least {MIN_ECTOPIC['V']}. Choose another "
            "kind, or None to draw one for which the record has the beats."
        )
    n_samples = max(1, round(duration * record.fs))
    beats = _draw_beats(source, kind, duration, rng)
    signal = _signal(source, beats, n_samples, rng)
    signal[:, source.unknown] = np.nan

    is_beat = beats.label != "P"
    sample = beats.cuts.at + source.label_shift[beats.cuts.beat]
    inside = is_beat & (sample >= 0) & (sample < n_samples)
    symbol = source.symbol[beats.cuts.beat]
    return ECGRecord(
        signal.astype(np.float32),
        record.fs,
        record.lead_names,
        sample[inside],
        np.where(beats.made, "S", symbol)[inside],
        other=_annotations(beats, sample, n_samples),
        name=f"{record.name}_{kind}" if name is None else name,
        subject=record.subject,
    )


@dataclass(frozen=True)
class _Beats:
    """The beats of a new recording, and those of the source that they are made of."""

    time: Floats  # middle of the QRS complex, s
    label: NDArray[np.str_]  # "N", "S", "V", or "P" for a P wave without a QRS complex
    atria: NDArray[np.int64]
    waves: Floats  # flutter waves that have passed
    rhythm: NDArray[np.str_]
    made: NDArray[np.bool_]  # S beats that are made of normal ones
    cuts: Cuts


def _draw_beats(source: Source, kind: str, duration: float, rng: np.random.Generator) -> _Beats:
    """Draw the rhythm, and a beat of the source for each of its beats."""
    v_rate = 0.0
    if source.has_own("V") and rng.random() < _V_SHARE:
        v_rate = float(rng.choice([0.01, 0.03, 0.1]))
    sequence = Sequence(duration + 2 * _MARGIN, v_rate, rng)
    PLANS[kind](sequence)
    time, label, atria, waves, delay, rhythm = sequence.columns()
    time = time - _MARGIN
    own_s = source.has_own("S") and rng.random() < _OWN_SHARE

    normal = source.usable["N"]
    first = int(rng.integers(max(1, len(normal) - _POOL)))
    pool = np.roll(normal[first : first + _POOL], -int(rng.integers(_POOL)))
    from_normal = (label != "V") & ~((label == "S") & own_s)
    beat = np.empty(len(time), dtype=np.intp)
    beat[from_normal] = np.resize(pool, np.count_nonzero(from_normal))
    for of in ("V", "S"):
        chosen = (label == of) & ~from_normal
        if chosen.any():
            beat[chosen] = rng.choice(source.usable[of], np.count_nonzero(chosen))

    made = (label == "S") & from_normal
    fs, n = source.fs, len(time)
    p_wave = np.full(n, AS_IS)
    p_wave[(label == "N") & (atria != SINUS)] = NO_P
    p_wave[made | (delay > 0)] = CHANGED
    p_wave[label == "P"] = ONLY_P
    scale, shift = _ectopic_p(n, rng)
    gain, t_gain = np.exp(rng.normal(0, 0.08, len(source.height))), np.ones(len(source.height))
    if rng.random() < 0.5:
        t_gain = np.exp(rng.normal(0, 0.3, len(source.height)))
    cuts = Cuts(
        at=np.round(time * fs).astype(np.int64),
        beat=beat,
        p_wave=p_wave,
        p_scale=np.where(made, scale, 1.0),
        p_shift=np.round(np.where(made, shift, -delay) * fs).astype(np.int64),
        scaled=label == "S",
        gain=gain,
        t_gain=t_gain,
    )
    return _Beats(time, label, atria, waves, rhythm, made, cuts)


def _ectopic_p(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw scales and shifts in s of the P waves of an ectopic focus: always another P wave."""
    if rng.random() < 0.7:  # inverted, flat or small
        scale, shift = float(rng.choice([-1.0, -0.6, -0.3, 0.0, 0.35])), rng.uniform(-0.048, 0.048)
    else:  # similar, at another distance from the QRS complex
        scale = float(rng.choice([0.6, 0.8, 1.0]))
        shift = rng.uniform(0.032, 0.056) * float(rng.choice([-1, 1]))
    scales = scale * np.exp(rng.normal(0, 0.15, n))
    scales[rng.random(n) < 0.02] = 0.0
    return scales, np.clip(shift + rng.uniform(-0.012, 0.012, n), -0.064, 0.064)


def _signal(source: Source, beats: _Beats, n_samples: int, rng: np.random.Generator) -> Floats:
    """Return the beats with the activity of the atria and a little noise."""
    fs, n_leads = source.fs, len(source.height)
    signal = lay_down(source, beats.cuts, n_samples)
    sizes = source.height * _NOISE * rng.uniform(0.3, 1.5, n_leads)
    for lead, size in enumerate(sizes):
        signal[:, lead] += coloured_noise(n_samples, size, _NOISE_TIME, fs, rng)
    time = np.arange(n_samples) / fs
    for state in (FIBRILLATION, FLUTTER):
        present = beats.atria == state
        if present.any():
            if state == FIBRILLATION:
                activity = f_waves(n_samples, n_leads, fs, rng)
            else:
                turns = np.interp(time, beats.time, beats.waves)
                activity = flutter_waves(turns, n_leads, rng)
            # over one interval it begins and ends
            strength = np.interp(time, beats.time, present.astype(float))
            signal += activity * strength[:, None] * source.height
    return signal


def _annotations(beats: _Beats, sample: NDArray[np.int64], n_samples: int) -> Annotations:
    """Return the changes of rhythm, each half-way to the first beat of the rhythm."""
    is_beat = beats.label != "P"
    at = sample[is_beat]
    rhythm = name_rhythms(beats.label[is_beat], beats.rhythm[is_beat])
    change = np.flatnonzero(rhythm[1:] != rhythm[:-1]) + 1
    place = np.concatenate(([0], (at[change] + at[change - 1]) // 2))
    note = np.concatenate((rhythm[:1], rhythm[change]))
    # the last change before the start holds from the start
    place = place.clip(0)
    keep = (place < n_samples) & np.append(place[1:] > place[:-1], True)
    return Annotations(place[keep], ["+"] * np.count_nonzero(keep), aux_note=note[keep])
