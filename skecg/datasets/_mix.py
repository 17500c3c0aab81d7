"""Add noise to a recording, at a stated signal-to-noise ratio."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..preprocessing import resample_signal
from ..preprocessing._gaps import bridge_gaps
from ..records import ECGRecord, RecordError
from ..utils import check_value, in_range, one_of, warn
from ._noise import baseline_wander, motion_artifacts, muscle_noise
from ._nst import NOISE_MEASURED, QRS_REACH, alternate, noisy_samples
from ._simulate import RandomSource, _generator

__all__ = ["add_noise", "check_noise"]

OWNER = "add_noise"
_ROUNDING = 1e-6  # of float32
_SIMULATED = ("baseline", "muscle", "motion")
_WANDER = "bw"  # recording of noise that blocks of a second would nearly remove
_STRENGTHS = (0.0, 0.0, 0.25, 0.5, 1.0)  # of noise that comes and goes
_REACH = 0.1  # s around a beat in which its QRS amplitude is measured
# as in WFDB's nst and sigamp
_MOST_BEATS = 300
_TRIMMED = 20  # one part in so many is excluded at each end
_NOT_NORMAL = ("V", "E", "r", "F")

Floats = NDArray[np.float64]


def add_noise(
    record: ECGRecord,
    noise: ECGRecord | str,
    snr: float,
    *,
    stretch: float | None = None,
    block: float | str | None = "auto",
    schedule: str = "constant",
    random_state: RandomSource = None,
) -> ECGRecord:
    """Add noise to a recording at a stated signal-to-noise ratio.

    Use it to measure the effect of noise on a detector or a classifier (a noise stress test), or
    to train with more noise than the recordings have. Signal and noise are measured as by WFDB's
    `nst`, so that ratios are comparable with those of the literature.

    Parameters
    ----------
    record : ECGRecord
        Recording with reference beats, at which its QRS amplitude is measured.
    noise : ECGRecord or {"baseline", "muscle", "motion"}
        Recording of noise, such as ``bw``, ``em`` and ``ma`` of the MIT-BIH Noise Stress Test
        Database (``read_record("nstdb/em", annotator=None)``), or the name of a simulated one.
        Its leads are used in turn, each resampled to the rate of `record`, from a start drawn
        for each lead of `record`, and repeated if it is too short.
    snr : float
        Signal-to-noise ratio in dB, at least -100. At 24 noise is hardly visible, at 0 most beats
        are hard to see, and infinity adds none.
    stretch : float, default=None
        Period in s of noise whose strength changes: every `stretch` seconds a new strength is
        drawn for each lead, 0 in two of five cases or else 0.25, 0.5 or 1, with straight lines
        between. `snr` holds where it is 1. None is noise of constant strength.
    block : float, None or "auto", default="auto"
        Length in s of the blocks in which noise is measured, each about its own mean, so that
        slower wander does not count. None measures all of it about one mean. "auto" is 1 for a
        recording, as in `nst`, but None for simulated noise and, unless ``schedule="nst"``, for a
        recording named "bw".
    schedule : {"constant", "nst"}, default="constant"
        "constant" adds noise from beginning to end. "nst" does as the program does: five minutes
        without, then two minutes with noise and two without in turn, as in the records of the
        MIT-BIH Noise Stress Test Database. Recorded noise is in step with `record`: both start
        together, in all leads. Where noise goes on or off an offset cancels the step, and stays
        until the next change.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness. An int gives the same noise at every call, the same for each `snr`
        except for its size.

    Returns
    -------
    ECGRecord
        The record with noise: same name, subject and annotations. Gaps (NaN) stay gaps.

    Raises
    ------
    RecordError
        If `record` has no beats, or none where its signal is known.
    ValueError
        If a parameter is out of range.
    TypeError
        If a parameter is of another type.

    Warns
    -----
    UserWarning
        If a lead is flat at its beats and therefore gets no noise.

    See Also
    --------
    simulate_record : A recording whose noise is given in mV.

    Notes
    -----
    The noise stress test is by Moody, Muldrow and Mark [1]_, measured as in the manual of `nst`
    [2]_, for each lead separately. Signal: the peak-to-peak amplitude within 100 ms of each of
    the first 300 beats that are neither ventricular nor fusion beats, without the smallest and
    the largest twentieth; the square of their mean divided by 8, as for a sine wave. Noise: the
    root mean square of each block, the square of their mean trimmed in the same way.
    Departures:

    - `nst` measures within 50 ms of a beat. Labels of some databases are further from the QRS
      complex: in leads of the European ST-T Database it would measure a seventh of the amplitude,
      and add a seventh of the noise. For labels on the QRS complex the difference is 0 to 1 dB.
    - `nst` alternates two minutes of noise and two minutes without, after five clean ones.
      Here noise is constant, or changes with `stretch`.
    - `nst` starts all leads at the beginning of the noise and measures its first 300 seconds.
      Starts are drawn here, so all of it is measured: by 4 dB less noise in the first lead of
      ``em``, whose first five minutes are calmer than the rest.
    - Of ``bw`` and simulated noise the mean square of the whole counts (see `block`). Measured
      in blocks, ``bw`` would be added with about five times the amplitude.

    With ``schedule="nst"`` and recorded noise there is none of these; two remain:

    - Noise is brought to the rate of the record whenever the two differ; `nst` does so from a
      difference of 10 % on.
    - A record without normal beats is measured at all beats.

    So ``add_noise(record_118, em, 6, schedule="nst")`` makes the record 118e06 of the database:
    noise between the same samples, gain within 0.06 dB, levels within 0.01 mV.

    If several kinds of noise are added one after the other, each is measured against beats with
    the noise before it, which makes it a little stronger. To measure all against the clean beats,
    add the differences that each call makes to the clean record.

    References
    ----------
    .. [1] Moody GB, Muldrow WK, Mark RG. A noise stress test for arrhythmia detectors.
       Computers in Cardiology 11:381-384 (1984).
    .. [2] WFDB Applications Guide, nst(1). https://physionet.org/physiotools/wag/nst-1.htm

    Examples
    --------
    >>> from skecg import add_noise, simulate_record
    >>> record = simulate_record(30.0, random_state=0)
    >>> noisy = add_noise(record, "muscle", 6, random_state=0)
    >>> noisy.n_samples, noisy.subject, bool((noisy.signal == record.signal).any())
    (7500, 'simulated:sim000', False)
    """
    _check_record(record)
    check_noise(noise, OWNER)
    if snr != math.inf:
        check_value(snr, in_range(least=-100), "snr", OWNER)
    check_value(schedule, one_of("constant", "nst"), "schedule", OWNER)
    is_nst = schedule == "nst"
    if stretch is not None:
        check_value(stretch, in_range(above=0), "stretch", OWNER)
        if is_nst:
            raise ValueError(
                f"The 'stretch' parameter of {OWNER} must be None with schedule='nst', which sets "
                f"when there is noise. Got {stretch:g}."
            )
    name = noise if isinstance(noise, str) else noise.name
    seconds = _check_block(block, noise, is_nst)
    rng = _generator(random_state)
    if snr == math.inf:
        return record

    is_noisy = noisy_samples(record) if is_nst else None
    amplitude = _qrs_amplitude(record, QRS_REACH if is_nst else _REACH)
    if not amplitude.all():
        flat = ", ".join(np.array(record.lead_names)[amplitude == 0])
        warn(f"Record '{record.name}': {flat} is flat at its beats and gets no noise.")
    added, size = _draw_noise(noise, record, seconds, rng, from_beginning=is_nst)
    if not size.all():
        where = f" in the first {NOISE_MEASURED:g} s, where it is measured" if is_nst else ""
        raise ValueError(
            f"The 'noise' parameter of {OWNER} must not be flat{where}. Got '{name}', of which "
            f"lead {int(np.argmin(size))} is flat."
        )
    # S / (N gain^2) is the ratio, of S = amplitude^2 / 8 and N = size^2
    gain = amplitude / math.sqrt(8) / size * 10 ** (-snr / 20)
    added *= gain.astype(np.float32)
    if is_noisy is not None:
        added = alternate(added, is_noisy)
    if stretch is not None:
        added *= _strength(record, stretch, rng)
    added += record.signal
    added.flags.writeable = False
    return replace(record, signal=added)


def _check_record(record: object) -> None:
    """Raise unless an argument is a record with beats."""
    if not isinstance(record, ECGRecord):
        raise TypeError(
            f"The 'record' parameter of {OWNER} must be an ECGRecord, such as read_record(path) "
            f"gives. Got {type(record).__name__} instead."
        )
    if not len(record.sample):
        raise RecordError(
            f"Record '{record.name}': has no reference beats, which {OWNER} needs to measure "
            "its QRS amplitude. Read it with its annotator, or find beats with detect_beats."
        )


def check_noise(noise: object, owner: str) -> None:
    """Raise unless an argument is a record or the name of a noise."""
    if isinstance(noise, ECGRecord) or (isinstance(noise, str) and noise in _SIMULATED):
        return
    names = ", ".join(f"'{name}'" for name in _SIMULATED)
    kind = ValueError if isinstance(noise, str) else TypeError
    got = repr(noise) if isinstance(noise, str) else type(noise).__name__
    raise kind(
        f"The 'noise' parameter of {owner} must be an ECGRecord of noise, such as "
        f"read_record(path, annotator=None) gives, or one of {names}. Got {got} instead."
    )


def _check_block(block: float | str | None, noise: ECGRecord | str, is_nst: bool) -> float | None:
    """Return the length of a block in s, None for all of the noise, or raise."""
    if isinstance(block, str) and block == "auto":
        if isinstance(noise, str) or (noise.name == _WANDER and not is_nst):
            return None
        return 1.0
    if block is None:
        return None
    check_value(block, in_range(above=0), "block", OWNER)
    return float(block)


def _trimmed_mean(values: Floats) -> Floats:
    """Average along axis 0 without the smallest and the largest twentieth."""
    cut = len(values) // _TRIMMED
    return np.asarray(np.sort(values, axis=0)[cut : len(values) - cut].mean(axis=0, dtype=float))


def _qrs_amplitude(record: ECGRecord, seconds: float) -> Floats:
    """Measure the peak-to-peak QRS amplitude of each lead in mV, (n_leads,)."""
    normal = ~np.isin(record.symbol, _NOT_NORMAL)
    sample = record.sample[normal] if normal.any() else record.sample
    reach = max(1, round(seconds * record.fs))
    # (n_beats, 2 * reach + 1): the samples around each beat
    window = sample[:, None] + np.arange(-reach, reach + 1)
    window = np.clip(window, 0, record.n_samples - 1)
    amplitude = np.empty(record.n_leads)
    for i, lead in enumerate(record.signal.T):
        each = np.ptp(lead[window], axis=1)  # NaN where a beat touches a gap
        each = each[np.isfinite(each)][:_MOST_BEATS]
        if not len(each):
            raise RecordError(
                f"Record '{record.name}': all beats are in gaps of lead "
                f"'{record.lead_names[i]}', so that its QRS amplitude cannot be measured. Exclude "
                "the lead."
            )
        amplitude[i] = _trimmed_mean(each)
    return amplitude


def _draw_noise(
    noise: ECGRecord | str,
    record: ECGRecord,
    block: float | None,
    rng: np.random.Generator,
    *,
    from_beginning: bool,
) -> tuple[NDArray[np.float32], Floats]:
    """Draw noise (n_samples, n_leads) for the leads of a record; return its sizes in mV, too."""
    shape = (record.n_samples, record.n_leads, record.fs)
    if isinstance(noise, ECGRecord):
        source = bridge_gaps(resample_signal(noise.signal, noise.fs, record.fs))[0]
    elif noise == "baseline":
        source = baseline_wander(*shape, rng.uniform(0.2, 0.3), rng).T
    elif noise == "muscle":
        source = muscle_noise(*shape, rng).T
    else:
        source = motion_artifacts(*shape, rng).T
    source = (source - source.mean(axis=0)).astype(np.float32)
    measured = source[: round(NOISE_MEASURED * record.fs)] if from_beginning else source
    size = _noise_size(measured, None if block is None else round(block * record.fs))
    if isinstance(noise, str):
        return source, size
    # lead i of the record gets lead turn[i] of the noise, from start[i] on and around its end:
    #
    #   source   a b c d e       start 3: d e a b c d e a ...
    turn = np.arange(record.n_leads) % noise.n_leads
    start = rng.integers(len(source), size=record.n_leads)
    if from_beginning:
        start[:] = 0
    added = np.empty(record.signal.shape, dtype=np.float32)
    for i in range(record.n_leads):
        added[:, i] = np.resize(np.roll(source[:, turn[i]], -start[i]), record.n_samples)
    return added, size[turn]


def _noise_size(noise: NDArray[np.float32], block: int | None) -> Floats:
    """Return the root mean square of each lead, in blocks of so many samples or over all of it."""
    if block is None:
        return np.asarray(np.sqrt(np.square(noise).mean(axis=0, dtype=float)))
    block = min(max(block, 2), len(noise))
    n_blocks = len(noise) // block
    blocks = noise[: n_blocks * block].reshape(n_blocks, block, -1)
    size = _trimmed_mean(blocks.std(axis=1))
    # the mean of a flat block is not exactly its level, and what is left is rounding
    size[size <= _ROUNDING * np.abs(noise).max(axis=0)] = 0
    return size


def _strength(record: ECGRecord, stretch: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw the strength of the noise at each sample, 0 to 1, (n_samples, n_leads)."""
    n_nodes = math.ceil(record.duration / stretch) + 1
    time = np.arange(record.n_samples) / record.fs
    nodes = np.arange(n_nodes) * stretch
    each = [np.interp(time, nodes, rng.choice(_STRENGTHS, n_nodes)) for _ in record.lead_names]
    return np.stack(each, axis=1).astype(np.float32)
