"""Recordings re-timed from real beats: other rhythms of the same person."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..records import Annotations, ECGRecord, RecordError, read_record
from ..tables import RHYTHMS
from ..utils import COUNT, check_value, count, in_range, is_number, one_of
from ._retime_atrial import coloured_noise, f_waves, flutter_waves
from ._retime_lay import AS_IS, CHANGED, NO_P, ONLY_P, Cuts, lay_down
from ._retime_rhythms import (
    FIBRILLATION,
    FLUTTER,
    PLANS,
    SINUS,
    BeatSequence,
    name_rhythms,
)
from ._retime_source import MIN_ECTOPIC, Source
from ._rhythm import Floats
from ._simulate import RandomSource, _generator

__all__ = ["retime_record", "retime_records"]

RecordLike: TypeAlias = str | os.PathLike[str] | ECGRecord

OWNER = "retime_record"
_NEEDS_V = ("ventricular_ectopy",)
_MARGIN = 1.5  # s of beats before and after the record, whose waves reach into it
_POOL = 400  # normal beats in a row from which those of a recording are taken
_V_SHARE = 0.7  # of recordings that have sporadic ventricular beats, if the source has some
_V_RATES = (0.01, 0.03, 0.1)  # of these beats
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

    Use it to train with rhythms that few recordings have, such as atrial fibrillation or long
    runs of supraventricular beats. Real beats are cut out without their baseline and laid down at
    new intervals, with the atrial activity of the new rhythm. The result belongs to the subject
    of its source, so that splits by subject keep both together. Make such recordings from
    training recordings, and never test with them.

    Parameters
    ----------
    record : ECGRecord
        The source: at least 60 normal beats, with labels of all beats.
    kind : str, default=None
        Rhythm, one of `skecg.tables.RHYTHMS`. None draws one for which the record has the beats.
    duration : float, default=480.0
        Length of the result in seconds.
    name : str, default=None
        Name of the result. None is the name of the source, an underscore and the kind.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness. An int gives the same recording at every call.

    Returns
    -------
    ECGRecord
        Recording in mV, with the rate, leads and subject of the source. Beats keep the symbols
        that they have in the source; supraventricular beats made of normal ones have ``"S"``.
        Changes of rhythm are in ``other`` as in the databases of PhysioNet, such as ``"(AFIB"``.

    Raises
    ------
    RecordError
        If the source has fewer than 60 normal beats, or fewer than 5 ventricular ones for a kind
        that consists of them.
    ValueError
        If a parameter is out of its range.
    TypeError
        If a parameter is of another type.

    See Also
    --------
    retime_records : Many such recordings from the recordings of a training set.
    add_noise : Add noise, of which the result has hardly any.
    skecg.BeatAugmenter : Change single beats.

    Notes
    -----
    All parameters of a rhythm are drawn anew for each recording; ``skecg.tables.RHYTHMS`` gives
    their ranges in words.

    - A cut is the signal from 320 ms before to 600 ms after the middle of the QRS complex, less
      where other complexes are near. The baseline is subtracted, as lines between the PR
      segments [1]_, and so is the T wave of the beat before, as the median of normal beats. The
      ends fade, and overlapping cuts are added.
    - T waves keep their distance from the QRS complex. At high rates they are in the P waves of
      the next beats, more than in reality.
    - Normal beats are up to 400 successive ones, in their order. Beats whose interval is unusual,
      beats near gaps, and beats in a rhythm annotated as one without sinus P waves are excluded.
      Exclude sources with fibrillation or flutter that is not annotated.
    - Fibrillation and flutter: the signal before the QRS complex is flat, at the level at which
      the complex begins, and f waves of 4.5 to 8 Hz or flutter waves are added. f waves have an
      amplitude of 0.3 to 6 % of the QRS complex; rates are about those measured by Petrutiu et
      al. [2]_. f waves are a fundamental and two harmonics as those of Stridh and Sornmo [3]_,
      but their rate and amplitude change at random, not as sines.
    - S beats are those of the source in 60 % of the recordings, if it has at least 8. Otherwise
      they are normal beats with another P wave: inverted, flattened, absent or moved by 30 to
      60 ms. QRS complex and T wave differ slightly from those of the normal beats.
    - Sporadic ventricular beats are in 70 % of the recordings of a source that has at least 5,
      unless the kind excludes them.
    - Second-degree AV block has the P waves that are not conducted. With Wenckebach periods the
      PR interval grows, by less each time [4]_.
    - Noise of about 1 % of the QRS complex fills the pauses between the cuts. Noise of the source
      stays in its cuts, where a movement can look like a wave.

    A simulator of fibrillation out of real beats is that of Petrenas et al. [5]_.

    References
    ----------
    .. [1] Meyer CR, Keiser HN. Electrocardiogram baseline noise estimation and removal using
       cubic splines and state-space computation techniques. Comput Biomed Res 10:459-470
       (1977). https://doi.org/10.1016/0010-4809(77)90021-0
    .. [2] Petrutiu S, Sahakian AV, Swiryn S. Abrupt changes in fibrillatory wave characteristics
       at the termination of paroxysmal atrial fibrillation in humans. Europace 9(7):466-470
       (2007). https://doi.org/10.1093/europace/eum096
    .. [3] Stridh M, Sornmo L. Spatiotemporal QRST cancellation techniques for analysis of atrial
       fibrillation. IEEE Trans Biomed Eng 48(1):105-111 (2001).
       https://doi.org/10.1109/10.900266
    .. [4] Barold SS, Hayes DL. Second-degree atrioventricular block: a reappraisal. Mayo Clin
       Proc 76(1):44-57 (2001).
    .. [5] Petrenas A, Marozas V, Solosenko A, et al. Electrocardiogram modeling during paroxysmal
       atrial fibrillation: application to the detection of brief episodes. Physiol Meas
       38(11):2058-2080 (2017). https://doi.org/10.1088/1361-6579/aa9153

    Examples
    --------
    >>> from skecg import retime_record, simulate_record
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
    kind = _supplied(kind, record, source, rng)
    n_samples = max(1, round(duration * record.fs))
    beats = _draw_beats(source, kind, duration, rng)
    signal = _signal(source, beats, n_samples, rng)
    signal[:, source.unknown] = np.nan

    sample = beats.cuts.at + source.label_shift[beats.cuts.beat]
    inside = (beats.label != "P") & (sample >= 0) & (sample < n_samples)
    symbol = np.where(beats.made, "S", source.symbol[beats.cuts.beat])
    return ECGRecord(
        signal.astype(np.float32),
        record.fs,
        record.lead_names,
        sample[inside],
        symbol[inside],
        other=_annotations(beats, sample, n_samples),
        name=f"{record.name}_{kind}" if name is None else name,
        subject=record.subject,
        comments=[f"made by skecg.retime_record from beats of record {record.name}: {kind}"],
    )


def retime_records(
    records: RecordLike | Iterable[RecordLike],
    n_records: int,
    *,
    kinds: Iterable[str] | Mapping[str, float] | None = None,
    duration: float = 480.0,
    random_state: RandomSource = None,
) -> Iterator[ECGRecord]:
    """Make many recordings of other rhythms out of the beats of recordings, one at a time.

    Each is of a kind and a source that are drawn at random. They can be read once: keep them with
    ``list``, or call the function again with the same `random_state`.

    Parameters
    ----------
    records : ECGRecord, path-like, or iterable of them
        The sources, such as the recordings of a training set. Paths are read each time that they
        are drawn, which saves memory. Sources without the beats for a kind are not used for it.
    n_records : int
        Number of recordings.
    kinds : iterable of str, or mapping of str to float, default=None
        The rhythms, out of `skecg.tables.RHYTHMS`, or the weight of each. None is all kinds, with
        the same weight.
    duration : float, default=480.0
        Length of each in seconds.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness. An int gives the same recordings at every call, and the first ones
        of a longer series are those of a shorter one.

    Yields
    ------
    ECGRecord
        Recordings as `retime_record` makes them, named after source, kind and number.

    Raises
    ------
    RecordError
        If none of the sources has the beats for a kind.
    ValueError
        If a parameter is out of its range.
    TypeError
        If a parameter is of another type.

    See Also
    --------
    retime_record : One such recording, with the methods.

    Examples
    --------
    >>> from skecg import retime_records, simulate_records
    >>> training = simulate_records(3, duration=120.0, random_state=0)
    >>> kinds = {"av_block": 1, "supraventricular_tachycardia": 2}
    >>> for made in retime_records(training, 3, kinds=kinds, duration=60.0, random_state=0):
    ...     print(made.name)
    sim001_supraventricular_tachycardia_000
    sim001_supraventricular_tachycardia_001
    sim002_supraventricular_tachycardia_002
    """
    owner = "retime_records"
    given = _listed_records(records, owner)
    check_value(n_records, COUNT, "n_records", owner)
    check_value(duration, _DURATION, "duration", owner)
    weights = _check_kinds(kinds, owner)
    generators = _generator(random_state).spawn(n_records)
    return _each(given, weights, duration, generators)


def _each(
    given: list[RecordLike],
    weights: dict[str, float],
    duration: float,
    generators: list[np.random.Generator],
) -> Iterator[ECGRecord]:
    """Yield one recording for each generator."""
    names = list(weights)
    shares = np.array(list(weights.values())) / sum(weights.values())
    useless: dict[tuple[str, int], RecordError] = {}
    for i, rng in enumerate(generators):
        kind = names[int(rng.choice(len(names), p=shares))]
        for place in rng.permutation(len(given)).tolist():
            if (kind, place) in useless:
                continue
            record = given[place]
            if not isinstance(record, ECGRecord):
                record = read_record(record)
            name = f"{record.name}_{kind}_{i:03d}"
            try:
                yield retime_record(record, kind, duration=duration, name=name, random_state=rng)
            except RecordError as error:
                useless[kind, place] = error
            else:
                break
        else:
            first = next(error for (of, _), error in useless.items() if of == kind)
            raise RecordError(
                f"None of {count(len(given), 'record')} has the beats for the kind '{kind}'. "
                f"Leave it out of 'kinds', or add records. The first error: {first}"
            )


def _listed_records(records: RecordLike | Iterable[RecordLike], owner: str) -> list[RecordLike]:
    """Return the sources as a list, or raise."""
    one = str | os.PathLike | ECGRecord
    if isinstance(records, one):
        return [records]
    given = list(records) if isinstance(records, Iterable) else [records]
    for record in given:
        if not isinstance(record, one):
            raise TypeError(
                f"The 'records' parameter of {owner} must be paths or ECGRecords. Got "
                f"{type(record).__name__} instead. find_records(folder) lists the records of a "
                "folder."
            )
    if not given:
        raise ValueError(
            f"The 'records' parameter of {owner} is empty. find_records(folder) lists the records "
            "of a folder."
        )
    return given


def _check_kinds(
    kinds: Iterable[str] | Mapping[str, float] | None, owner: str
) -> dict[str, float]:
    """Return the weight of each kind, or raise."""
    if kinds is None:
        kinds = list(RHYTHMS)
    if isinstance(kinds, str):
        kinds = [kinds]
    if not isinstance(kinds, Iterable):
        raise TypeError(
            f"The 'kinds' parameter of {owner} must be names out of skecg.tables.RHYTHMS, or a "
            f"dict of these with weights. Got {type(kinds).__name__} instead."
        )
    weights = dict(kinds) if isinstance(kinds, Mapping) else dict.fromkeys(kinds, 1.0)
    for kind in weights:
        check_value(kind, _KIND, "kinds", owner)
    valid = all(is_number(w) and math.isfinite(w) and w >= 0 for w in weights.values())
    if not valid or not sum(weights.values()) > 0:
        raise ValueError(
            f"The 'kinds' parameter of {owner} must name at least one kind, or give weights of at "
            f"least 0 that are not all 0. Got {kinds!r} instead."
        )
    return {kind: float(weight) for kind, weight in weights.items() if weight}


def _supplied(
    kind: str | None, record: ECGRecord, source: Source, rng: np.random.Generator
) -> str:
    """Return the kind, or draw one; raise if the source has not the beats for it."""
    has_v = source.has_own("V")
    if kind is None:
        able = [k for k in RHYTHMS if has_v or k not in _NEEDS_V]
        return able[int(rng.integers(len(able)))]
    if kind in _NEEDS_V and not has_v:
        raise RecordError(
            f"Record '{record.name}': has {count(len(source.usable['V']), 'ventricular beat')} "
            f"that can be cut out, and the kind '{kind}' needs at least {MIN_ECTOPIC['V']}. "
            "Choose another kind, or None to draw one for which the record has the beats."
        )
    return kind


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
        v_rate = float(rng.choice(_V_RATES))
    sequence = BeatSequence(duration + 2 * _MARGIN, v_rate, rng)
    PLANS[kind](sequence)
    time, label, atria, waves, delay, rhythm = sequence.columns()
    time = time - _MARGIN
    own_s = source.has_own("S") and rng.random() < _OWN_SHARE

    from_normal = (label != "V") & ~((label == "S") & own_s)
    beat = np.empty(len(time), dtype=np.intp)
    beat[from_normal] = _normal_beats(source, int(from_normal.sum()), rng)
    for of in ("V", "S"):
        chosen = (label == of) & ~from_normal
        if chosen.any():
            beat[chosen] = rng.choice(source.usable[of], np.count_nonzero(chosen))
    made = (label == "S") & from_normal

    n, n_leads = len(time), len(source.height)
    p_wave = np.full(n, AS_IS)
    p_wave[(label == "N") & (atria != SINUS)] = NO_P
    p_wave[made | (delay > 0)] = CHANGED
    p_wave[label == "P"] = ONLY_P
    scale, shift = _ectopic_p(n, rng)
    gain = np.exp(rng.normal(0, 0.08, n_leads))
    t_gain = np.exp(rng.normal(0, 0.3, n_leads) * (rng.random() < 0.5))
    cuts = Cuts(
        at=np.round(time * source.fs).astype(np.int64),
        beat=beat,
        p_wave=p_wave,
        p_scale=np.where(made, scale, 1.0),
        p_shift=np.round(np.where(made, shift, -delay) * source.fs).astype(np.int64),
        scaled=label == "S",
        gain=gain,
        t_gain=t_gain,
    )
    return _Beats(time, label, atria, waves, rhythm, made, cuts)


def _normal_beats(source: Source, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return normal beats of a part of the source in their order, again and again."""
    normal = source.usable["N"]
    first = int(rng.integers(max(1, len(normal) - _POOL)))
    pool = normal[first : first + _POOL]
    return np.resize(np.roll(pool, -int(rng.integers(len(pool)))), n)


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
        if not present.any():
            continue
        if state == FIBRILLATION:
            activity = f_waves(n_samples, n_leads, fs, rng)
        else:
            activity = flutter_waves(np.interp(time, beats.time, beats.waves), n_leads, rng)
        # it begins and ends over one interval
        strength = np.interp(time, beats.time, present.astype(float))
        signal += activity * strength[:, None] * source.height
    return signal


def _annotations(beats: _Beats, sample: NDArray[np.int64], n_samples: int) -> Annotations:
    """Return the changes of rhythm, each half-way from the beat before to the first of it."""
    is_beat = beats.label != "P"
    at = sample[is_beat]
    rhythm = name_rhythms(beats.time[is_beat], beats.label[is_beat], beats.rhythm[is_beat])
    change = np.flatnonzero(rhythm[1:] != rhythm[:-1]) + 1
    place = np.concatenate(([0], (at[change] + at[change - 1]) // 2)).clip(0)
    note = np.concatenate((rhythm[:1], rhythm[change]))
    # of several changes before the start, the last holds from the start
    keep = (place < n_samples) & np.append(place[1:] > place[:-1], True)
    return Annotations(place[keep], ["+"] * np.count_nonzero(keep), aux_note=note[keep])
