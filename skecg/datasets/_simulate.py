"""Simulate labelled recordings, which are marked as such wherever they appear."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from ..utils import Rule, check_value, in_range, is_int
from ._noise import baseline_wander, mains_hum, motion_artifacts, muscle_noise
from ._rhythm import Rhythm, draw_rhythm
from ._waveform import LEAD_VECTORS, Heart, Waves, draw_heart, lead_matrix, render

if TYPE_CHECKING:
    import pandas as pd

    from ..beats import Beats
    from ..records import ECGRecord

__all__ = ["load_simulated", "simulate_record", "simulate_records"]

_REACH = 0.09  # s around the R peak of the model in which the lead's largest deflection lies
_STEPS = 10_000  # per mV, of the simulated converter

RandomSource = int | np.random.RandomState | np.random.Generator | None
Floats = NDArray[np.float64]

_RULES = {
    "duration": in_range(above=0),
    "fs": in_range(least=50),
    "heart_rate": in_range(least=30, most=180),
    "mains_freq": in_range(above=0),
    "label_shift": in_range(),
}
_RULES |= dict.fromkeys(
    (
        "rr_std",
        "supraventricular",
        "ventricular",
        "fusion",
        "wander",
        "motion",
        "muscle",
        "mains",
        "variation",
    ),
    in_range(least=0),
)
_N_SUBJECTS = Rule(lambda v: is_int(v) and v > 0, "a positive int", type_valid=is_int)


def simulate_record(
    duration: float = 60.0,
    *,
    fs: float = 250.0,
    leads: Iterable[str] = ("MLII", "V5"),
    heart_rate: float = 70.0,
    rr_std: float = 0.04,
    supraventricular: float = 0.03,
    ventricular: float = 0.06,
    fusion: float = 0.01,
    wander: float = 0.08,
    motion: float = 0.03,
    muscle: float = 0.015,
    mains: float = 0.005,
    mains_freq: float = 50.0,
    offset: float | Iterable[float] = 0.0,
    variation: float = 1.0,
    label_shift: float = 0.0,
    name: str = "sim000",
    subject: str | None = None,
    random_state: RandomSource = None,
) -> "ECGRecord":
    """Simulate a recording of one subject, with a label on every beat.

    Use it for examples, teaching and tests, where a recording must be available or the true
    labels must be known. Results on simulated beats do not hold for real ones.

    Sinus rhythm with the variability of a breathing subject is interrupted by

    - ``"S"``, supraventricular ectopic beats: early, with another P wave, a nearly normal QRS
      complex, and a partly compensatory pause;
    - ``"V"``, ventricular ectopic beats: early, without a P wave before them, wide, with a
      T wave in the opposite direction and a fully compensatory pause, in one or two shapes per
      subject;
    - ``"F"``, fusion beats: slightly early, between normal and ventricular in shape, after a
      normal P wave.

    Parameters
    ----------
    duration : float, default=60.0
        Length in seconds.
    fs : float, default=250.0
        Sampling frequency in Hz, at least 50.
    leads : iterable of str, default=("MLII", "V5")
        Names of leads: the twelve standard ones, ``"MLI"``, ``"MLII"`` and ``"MLIII"``.
    heart_rate : float, default=70.0
        Mean rate of the sinus node in beats per minute, from 30 to 180.
    rr_std : float, default=0.04
        Standard deviation of the sinus node's intervals in seconds.
    supraventricular, ventricular, fusion : float, default=0.03, 0.06 and 0.01
        Share of beats of this kind. No ectopic beat follows another, so their sum may be at most
        one half.
    wander : float, default=0.08
        Root mean square of the baseline wander in mV, over a long record.
    motion : float, default=0.03
        Root mean square of the artifacts of moving electrodes in mV, over a long record.
    muscle : float, default=0.015
        Root mean square of the muscle noise in mV, over a long record.
    mains : float, default=0.005
        Amplitude of the mains hum in mV.
    mains_freq : float, default=50.0
        Frequency of the mains in Hz. A hum at or above half the sampling frequency is omitted, as
        by the filter of a recorder.
    offset : float or iterable of float, default=0.0
        Constant added to all leads, or to each, in mV.
    variation : float, default=1.0
        Deviation of the subject's normal beats from those of the model in axis, amplitude and
        width of their waves; 0 for none. The shape of the ectopic beats is drawn for each subject
        in any case.
    label_shift : float, default=0.0
        Time from the R peak to the label in s, the same for all beats, as in databases whose
        labels are before (negative) or after the peak. Beats whose label would be outside the
        record have none.
    name : str, default="sim000"
        Name of the record.
    subject : str, default=None
        Subject of the record. None is ``"simulated:" + name``.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness. An int gives the same record at every call. Subject, rhythm and
        each kind of noise draw from separate sources, so a record of the same int without noise
        is the clean version of the noisy one.

    Returns
    -------
    ECGRecord
        The signal in mV, float32, in steps of 0.1 microvolt, with the labels ``N``, ``S``, ``V``
        and ``F``, each on the largest deflection of its QRS complex in the first lead.

    Raises
    ------
    ValueError
        If a parameter is out of its range or a lead has no such name.
    TypeError
        If a parameter is of another type.

    See Also
    --------
    simulate_records : Recordings of many subjects who differ from each other.
    load_simulated : Their beats, ready for training.

    Notes
    -----
    After McSharry et al. [1]_: each beat is a sum of Gaussian waves P, Q, R, S and T, and the
    power spectrum of the RR intervals has one band at 0.1 Hz and one at the rate of breathing.
    Departures:

    - The waves are summed in closed form as functions of time around the R peak; the paper
      integrates three differential equations, whose trajectory is close to that sum and then
      relaxes to the baseline. P and T have two Gaussians each.
    - Times and widths depend on the RR interval by wave, as in the authors' program ECGSYN but
      with other exponents: T on its square root (Bazett), P on its fourth root, QRS not at all.
    - Amplitudes are vectors and leads are projections, as in the extensions of the model by
      Sameni et al. [2]_ and Clifford et al. [3]_, here with fixed waves and the leads of Dower et
      al. [4]_.
    - Ectopic beats are not in the paper. Ventricular beats are two or three wide Gaussians.
      Meanwhile the sinus node continues, and its P wave is hidden in them.
    - Breathing changes the amplitude of all waves by some percent. The spectrum of the noise is
      not from the paper: wander below 1 Hz, moving electrodes from 1 to 8 Hz in strong bursts,
      muscles from 20 to 100 Hz in weaker ones, mains.

    References
    ----------
    .. [1] McSharry PE, Clifford GD, Tarassenko L, Smith LA. A dynamical model for generating
       synthetic electrocardiogram signals. IEEE Trans Biomed Eng 50(3):289-294 (2003).
       https://doi.org/10.1109/TBME.2003.808805
    .. [2] Sameni R, Clifford GD, Jutten C, Shamsollahi MB. Multichannel ECG and noise
       modeling: application to maternal and fetal ECG signals. EURASIP J Adv Signal Process
       2007:043407 (2007). https://doi.org/10.1155/2007/43407
    .. [3] Clifford GD, Nemati S, Sameni R. An artificial vector model for generating abnormal
       electrocardiographic rhythms. Physiol Meas 31(5):595-609 (2010).
       https://doi.org/10.1088/0967-3334/31/5/001
    .. [4] Dower GE, Machado HB, Osborne JA. On deriving the electrocardiogram from
       vectorcardiographic leads. Clin Cardiol 3(2):87-95 (1980).
       https://doi.org/10.1002/clc.1980.3.2.87

    Examples
    --------
    >>> from skecg import simulate_record
    >>> record = simulate_record(10.0, heart_rate=60.0, random_state=0)
    >>> record.signal.shape, record.lead_names
    ((2500, 2), ('MLII', 'V5'))
    >>> record.subject
    'simulated:sim000'
    """
    from ..records import ECGRecord

    owner = "simulate_record"
    for parameter, value in {
        "duration": duration,
        "fs": fs,
        "heart_rate": heart_rate,
        "mains_freq": mains_freq,
        "label_shift": label_shift,
        "rr_std": rr_std,
        "supraventricular": supraventricular,
        "ventricular": ventricular,
        "fusion": fusion,
        "wander": wander,
        "motion": motion,
        "muscle": muscle,
        "mains": mains,
        "variation": variation,
    }.items():
        check_value(value, _RULES[parameter], parameter, owner)
    shares = {"S": supraventricular, "V": ventricular, "F": fusion}
    _check_shares(shares, owner)
    leads = _check_leads(leads, owner)
    n_samples = max(1, round(duration * fs))
    offsets = _check_offset(offset, len(leads), owner)

    subject_rng, rhythm_rng, beat_rng, *noise_rngs = _generator(random_state).spawn(7)
    heart = draw_heart(variation, subject_rng)
    breathing = subject_rng.uniform(0.2, 0.3)
    rhythm = draw_rhythm(duration, heart_rate, rr_std, shares, breathing, rhythm_rng)
    signal, peak = _heartbeats(heart, rhythm, n_samples, lead_matrix(leads), fs, beat_rng)

    shape = (n_samples, len(leads), fs)
    signal += wander * baseline_wander(*shape, breathing, noise_rngs[0])
    signal += muscle * muscle_noise(*shape, noise_rngs[1])
    signal += mains * mains_hum(*shape, mains_freq, noise_rngs[2])
    signal += motion * motion_artifacts(*shape, noise_rngs[3])
    signal += offsets[:, None]

    sample = peak + round(label_shift * fs)
    labelled = (peak >= 0) & (sample >= 0) & (sample < n_samples)
    return ECGRecord(
        # in steps, like those of a recorder's converter, so that files store them exactly
        np.ascontiguousarray(np.round(signal.T * _STEPS) / _STEPS, dtype=np.float32),
        float(fs),
        leads,
        sample[labelled],
        rhythm.symbol[labelled],
        name=name,
        subject=f"simulated:{name}" if subject is None else subject,
    )


def simulate_records(
    n_subjects: int = 10,
    *,
    duration: float = 300.0,
    variation: float = 1.0,
    random_state: RandomSource = None,
    **params: Any,
) -> list["ECGRecord"]:
    """Simulate one recording each of several subjects, who differ from each other.

    Subjects differ in the shape of their beats, heart rate and its variability, noise, and the
    number of ectopic beats of each kind: most have few, some have many.

    Parameters
    ----------
    n_subjects : int, default=10
        Number of subjects.
    duration : float, default=300.0
        Length of each record in seconds.
    variation : float, default=1.0
        Differences between the subjects; with 0 all have the same rates, shares of ectopic beats
        and noise, and normal beats of the same shape.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness. An int gives the same records at every call, and the first ones of
        a longer list are those of a shorter one.
    **params : dict
        Other parameters of `simulate_record`. Heart rate, standard deviation of the RR
        intervals, shares of ectopic beats and strengths of the noise are those of a typical
        subject, around which those of each subject are drawn.

    Returns
    -------
    list of ECGRecord
        Records named "sim000", "sim001" and so on, of the subjects "simulated:sim000" and so
        on.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    simulate_record : One recording.
    load_simulated : The beats of these recordings.

    Notes
    -----
    Around the given value, heart rate spreads by 15 percent, RR variability by 40, each kind
    of noise by 50 (normal in the logarithm). Shares of ectopic beats follow an
    exponential distribution with the given mean (a gamma distribution for other variations)
    up to 0.25 for V and 0.12 for S and F; fusion beats come with ventricular ones.

    Examples
    --------
    >>> from skecg.datasets import simulate_records
    >>> records = simulate_records(3, duration=20.0, random_state=0)
    >>> [record.name for record in records]
    ['sim000', 'sim001', 'sim002']
    """
    owner = "simulate_records"
    check_value(n_subjects, _N_SUBJECTS, "n_subjects", owner)
    check_value(variation, _RULES["variation"], "variation", owner)
    typical = (simulate_record.__kwdefaults__ or {}) | params
    records = []
    for i, rng in enumerate(_generator(random_state).spawn(n_subjects)):
        own = _draw_subject(typical, variation, rng)
        records.append(
            simulate_record(
                duration,
                **(params | own),
                variation=variation,
                name=f"sim{i:03d}",
                random_state=rng,
            )
        )
    return records


@overload
def load_simulated(
    n_subjects: int = 10,
    *,
    duration: float = 300.0,
    random_state: RandomSource = None,
    n_jobs: int | None = None,
    return_X_y: Literal[False] = False,
    as_frame: bool = False,
    **params: Any,
) -> "Beats": ...
@overload
def load_simulated(
    n_subjects: int = 10, *, return_X_y: Literal[True], **params: Any
) -> tuple[Any, Any]: ...
def load_simulated(
    n_subjects: int = 10,
    *,
    duration: float = 300.0,
    random_state: RandomSource = None,
    n_jobs: int | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
    **params: Any,
) -> "Beats | tuple[NDArray[np.float32] | pd.DataFrame, NDArray[np.str_] | pd.Series]":
    """Load the beats of simulated subjects, as `load_beats` loads those of recordings.

    Use it in place of ``load_beats(find_records(folder))`` where there are no recordings. For
    other rates, noise or leads, simulate records and load these:
    ``load_beats(simulate_records(20, ventricular=0.1, muscle=0.05))``.

    Parameters
    ----------
    n_subjects : int, default=10
        Number of subjects, each with one record.
    duration : float, default=300.0
        Length of each record in seconds.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness. An int gives the same beats at every call.
    n_jobs : int, default=None
        Number of records that are cut at the same time, as in joblib.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` in place of Beats.
    as_frame : bool, default=False
        If True, data and target are a DataFrame and a Series.
    **params : dict
        Parameters of `load_beats`: `extractor`, or those of `BeatExtractor` such as `window`,
        `fs`, `leads` and `classes`. Unless given, the lead is MLII.

    Returns
    -------
    Beats or tuple
        As `load_beats` returns them. ``DESCR`` states that the recordings are simulated, and
        the subjects in ``groups`` and ``meta`` begin with "simulated:".

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    simulate_records : The recordings that the beats are from.

    Examples
    --------
    >>> from skecg import load_simulated
    >>> beats = load_simulated(2, duration=30.0, random_state=0)
    >>> beats.data.shape[1], sorted(set(beats.groups.tolist()))
    (50, ['simulated:sim000', 'simulated:sim001'])
    """
    from ..beats import load_beats

    records = simulate_records(n_subjects, duration=duration, random_state=random_state)
    beats = load_beats(records, n_jobs=n_jobs, as_frame=as_frame, **params)
    beats.DESCR = (
        f"SIMULATED recordings of {n_subjects} subjects, {duration:g} s each, made by "
        "skecg.datasets.simulate_records after the model of McSharry et al. (2003), "
        "https://doi.org/10.1109/TBME.2003.808805. They are not of patients: results on them do "
        f"not hold for real recordings.\n\n{beats.DESCR}"
    )
    return (beats.data, beats.target) if return_X_y else beats


def _heartbeats(
    heart: Heart,
    rhythm: Rhythm,
    n_samples: int,
    leads: Floats,
    fs: float,
    rng: np.random.Generator,
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the signal without noise (n_leads, n_samples), and the sample of each peak."""
    pad = math.ceil(_REACH * fs) + 1  # so that peaks near the ends are found where they are
    time, symbol = rhythm.time + pad / fs, rhythm.symbol
    n_beats = time.size
    breath = 1 + 0.04 * rhythm.respiration

    def gain(spread: float) -> Floats:
        return breath * (1 + spread * np.clip(rng.standard_normal(n_beats), -3, 3))

    p_gain, qrs_gain, t_gain = gain(0.06), gain(0.015), gain(0.04)
    p_time = rhythm.sinus + pad / fs + 0.003 * rng.standard_normal(n_beats)
    # share of the ventricular shape in each beat, and which shape: the first is the usual one
    fusion = rng.uniform(0.3, 0.7, n_beats)
    ventricular = np.select([symbol == "V", symbol == "F"], [1.0, fusion], 0.0)
    shape = np.where(rng.random(n_beats) < 0.75, 0, len(heart.v_qrs) - 1)

    def draw(
        out: Floats, waves: Waves, beats: NDArray[np.bool_], at: Floats, size: Floats
    ) -> None:
        if beats.any():
            render(out, waves, at[beats], rhythm.rr[beats], size[beats], leads, fs)

    early = symbol == "S"
    signal = np.zeros((len(leads), n_samples + 2 * pad))
    draw(signal, heart.qrs, ~early, time, qrs_gain * (1 - ventricular))
    draw(signal, heart.s_qrs, early, time, qrs_gain)
    for i, waves in enumerate(heart.v_qrs):
        draw(signal, waves, (ventricular > 0) & (shape == i), time, qrs_gain * ventricular)
    peak = _largest(signal[0], time, fs)

    draw(signal, heart.t, ventricular < 1, time, t_gain * (1 - ventricular))
    for i, waves in enumerate(heart.v_t):
        draw(signal, waves, (ventricular > 0) & (shape == i), time, t_gain * ventricular)
    draw(signal, heart.p_ectopic, early, p_time, p_gain)
    # a P wave later than its ventricular beat is hidden in the beat, or missing
    overtaken = p_time + heart.p.time.min() > time
    draw(signal, heart.p, ~early & ((symbol != "V") | overtaken), p_time, p_gain)
    return signal[:, pad:-pad], peak - pad


def _largest(lead: Floats, time: Floats, fs: float) -> NDArray[np.int64]:
    """Return the sample of the largest deflection near each time (s)."""
    # (n_beats, 2 * reach + 1): the samples around each time, those outside of the lead never
    reach = int(_REACH * fs)
    near = np.rint(time * fs).astype(np.int64)[:, None] + np.arange(-reach, reach + 1)
    known = (near >= 0) & (near < lead.size)
    height = np.where(known, np.abs(lead[np.clip(near, 0, lead.size - 1)]), -1.0)
    return near[np.arange(time.size), height.argmax(axis=1)]


def _draw_subject(
    typical: Mapping[str, Any], variation: float, rng: np.random.Generator
) -> dict[str, float]:
    """Draw the parameters of one subject around those of a typical one."""

    def spread(parameter: str, amount: float) -> float:
        deviation = np.clip(rng.standard_normal(), -2.5, 2.5)
        return float(typical[parameter] * np.exp(variation * amount * deviation))

    def burden() -> float:  # mean 1, exponential for a variation of 1
        return rng.gamma(1 / variation**2, variation**2) if variation else 1.0

    own = {"heart_rate": float(np.clip(spread("heart_rate", 0.15), 30, 180))}
    own["rr_std"] = spread("rr_std", 0.4)
    for parameter in ("wander", "motion", "muscle", "mains"):
        own[parameter] = spread(parameter, 0.5)
    some_s, some_v = burden(), burden()
    for parameter, factor, most in (
        ("supraventricular", some_s, 0.12),
        ("ventricular", some_v, 0.25),
        ("fusion", some_v, 0.12),
    ):
        value = typical[parameter]
        own[parameter] = float(min(value * factor, max(value, most)))
    return own


def _generator(random_state: RandomSource) -> np.random.Generator:
    """Return a generator; NumPy's global state is not used."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError) as error:
        raise type(error)(
            "The 'random_state' parameter must be None, an int of at least 0, a RandomState or "
            f"a Generator. Got {random_state!r} instead."
        ) from error


def _check_shares(shares: Mapping[str, float], owner: str) -> None:
    """Raise if there are more ectopic beats than fit with another beat between them."""
    if sum(shares.values()) > 0.5:
        raise ValueError(
            f"The 'supraventricular', 'ventricular' and 'fusion' parameters of {owner} are "
            "shares of all beats and must be at most 0.5 in sum, since no ectopic beat follows "
            f"another. Got {shares['S']:g} + {shares['V']:g} + {shares['F']:g} instead."
        )


def _check_leads(leads: Iterable[str], owner: str) -> tuple[str, ...]:
    """Return the names of leads as a tuple, or raise and list the known ones."""
    leads = (leads,) if isinstance(leads, str) else tuple(leads)
    unknown = [lead for lead in leads if lead not in LEAD_VECTORS]
    if unknown or not leads or len(set(leads)) < len(leads):
        raise ValueError(
            f"The 'leads' parameter of {owner} must name one or more different leads out of "
            f"{', '.join(LEAD_VECTORS)}. Got {leads!r} instead."
        )
    return leads


def _check_offset(offset: float | Iterable[float], n_leads: int, owner: str) -> Floats:
    """Return one offset for each lead, in mV, or raise."""
    values = np.asarray(offset, dtype=float)
    if values.shape not in ((), (n_leads,)) or not np.isfinite(values).all():
        raise ValueError(
            f"The 'offset' parameter of {owner} must be a finite number or one for each of the "
            f"{n_leads} leads. Got {offset!r} instead."
        )
    return np.broadcast_to(values, n_leads)
