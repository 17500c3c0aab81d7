"""Waves of simulated beats: Gaussians in time, vectors in space, leads as projections."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAD_VECTORS", "Heart", "Waves", "draw_heart", "lead_matrix", "render"]

# Rows of the Dower transform: the projection of a dipole pointing left (x), down (y) and back (z)
# on each lead. Dower, Machado & Osborne, Clin Cardiol 3:87-95 (1980).
_I = (0.632, -0.235, 0.059)
_II = (0.235, 1.066, -0.132)
_DOWER = {
    "I": _I,
    "II": _II,
    "III": tuple(np.subtract(_II, _I)),
    "aVR": tuple(-np.add(_I, _II) / 2),
    "aVL": tuple(np.subtract(_I, np.divide(_II, 2))),
    "aVF": tuple(np.subtract(_II, np.divide(_I, 2))),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}

#: Projection of a dipole (x left, y down, z back) on each lead. The limb leads of ambulatory
#: recorders, with their electrodes on the trunk, are taken as those of the limbs.
LEAD_VECTORS = _DOWER | {"MLI": _I, "MLII": _II, "MLIII": _DOWER["III"]}

_CUT = 4.5  # widths from its centre at which a wave ends: below 0.05 uV for 1 mV

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Waves:
    """Gaussian waves around the R peak, for RR intervals of one second."""

    time: Floats  # centre in s after the R peak, (n_waves,)
    width: Floats  # standard deviation in s, (n_waves,)
    vector: Floats  # amplitude in mV along x, y and z, (n_waves, 3)
    stretch: float = 0.0  # times and widths grow with RR ** stretch

    def scaled(self, amplitude: float | Floats = 1.0, width: float = 1.0) -> "Waves":
        """Return these waves higher and wider."""
        vector = self.vector * np.reshape(amplitude, (-1, 1))
        return replace(self, vector=vector, width=self.width * width)

    def moved(self, shift: float) -> "Waves":
        """Return these waves later by ``shift`` seconds."""
        return replace(self, time=self.time + shift)

    def rotated(self, rotation: Floats) -> "Waves":
        """Return these waves with their vectors turned."""
        return replace(self, vector=self.vector @ rotation.T)


@dataclass(frozen=True)
class Heart:
    """The beats of one subject: each part of a beat as waves."""

    p: Waves  # from the sinus node
    p_ectopic: Waves  # from the focus of supraventricular ectopic beats
    qrs: Waves
    s_qrs: Waves  # of supraventricular ectopic beats, conducted slightly differently
    t: Waves
    v_qrs: tuple[Waves, ...]  # one for each shape of ventricular beats
    v_t: tuple[Waves, ...]


def _waves(*rows: tuple[float, ...], stretch: float = 0.0) -> Waves:
    """Make waves from rows of time and width in ms and amplitude along x, y and z in mV."""
    table = np.array(rows)
    return Waves(table[:, 0] / 1000, table[:, 1] / 1000, table[:, 2:], stretch)


# A normal heart. QRS: septum (forward), free walls (left, down), base (back).
# P and T waves have two Gaussians each: the atria, and the slow rise and quick fall of T.
_P = _waves((-172, 18, 0.02, 0.07, -0.04), (-142, 19, 0.06, 0.08, 0.03), stretch=0.25)
_QRS = _waves(
    (-25, 8, -0.14, -0.07, -0.28),
    (0, 11.5, 1.10, 1.12, 0.25),
    (26, 11, -0.16, -0.24, 0.50),
)
_T = _waves((228, 54, 0.12, 0.10, -0.07), (292, 39, 0.19, 0.16, -0.08), stretch=0.5)


def _rotation(frontal: float, horizontal: float) -> Floats:
    """Return a rotation by an angle (rad) from left to down, and by one from left to back."""
    a, b = np.cos(frontal), np.sin(frontal)
    c, d = np.cos(horizontal), np.sin(horizontal)
    turn_frontal = np.array([[a, -b, 0], [b, a, 0], [0, 0, 1]])
    turn_horizontal = np.array([[c, 0, -d], [0, 1, 0], [d, 0, c]])
    return turn_horizontal @ turn_frontal


def draw_heart(variation: float, rng: np.random.Generator) -> Heart:
    """Draw one subject's waves; with a variation of 0 the normal beats are those of the model."""

    def factor(spread: float) -> float:  # around 1, seldom beyond 2 spreads
        return float(np.exp(variation * spread * np.clip(rng.standard_normal(), -2, 2)))

    def angle(degrees: float) -> float:
        return float(np.deg2rad(variation * degrees * np.clip(rng.standard_normal(), -2, 2)))

    axis = _rotation(angle(15), angle(12))
    gain = factor(0.2)
    qrs_width = factor(0.14)
    qrs = _QRS.scaled(gain * np.array([factor(0.5), 1.0, factor(0.4)]), qrs_width)
    qrs = replace(qrs, time=qrs.time * qrs_width).rotated(axis)
    t = _T.scaled(gain * factor(0.3), factor(0.08)).moved(variation * 0.012 * rng.normal())
    t = t.rotated(axis @ _rotation(angle(10), angle(15)))
    p = _P.scaled(factor(0.2), factor(0.08)).moved(variation * 0.010 * rng.normal())
    p = p.rotated(_rotation(angle(10), angle(10)))
    n_shapes = 1 + int(rng.random() < 0.35)
    shapes = [_draw_ventricular(rng) for _ in range(n_shapes)]
    return Heart(
        p=p,
        p_ectopic=_draw_ectopic_p(p, rng),
        qrs=qrs,
        s_qrs=qrs.rotated(_rotation(*np.deg2rad(rng.uniform(-8, 8, 2)))).scaled(1.0, 1.04),
        t=t,
        v_qrs=tuple(shape[0].scaled(gain) for shape in shapes),
        v_t=tuple(shape[1].scaled(gain) for shape in shapes),
    )


def _draw_ectopic_p(p: Waves, rng: np.random.Generator) -> Waves:
    """Draw a P wave from elsewhere in the atria: inverted or flat, nearer to the QRS."""
    frontal = np.deg2rad(rng.uniform(70, 170) * rng.choice([-1, 1]))
    turned = p.rotated(_rotation(frontal, 0.0)).scaled(rng.uniform(0.7, 1.1), rng.uniform(0.8, 1))
    return turned.moved(rng.uniform(0.0, 0.03))


def _draw_ventricular(rng: np.random.Generator) -> tuple[Waves, Waves]:
    """Draw the QRS complex and T wave of one shape of ventricular beats.

    The wave spreads slowly from one place: a first and a later, rotated part overlap to one wide
    or notched wave, sometimes after a small opposite one. Repolarization follows the same path,
    so the T wave has the opposite direction and begins without an isoelectric ST segment.
    """
    # well away from the axes, so that both a limb lead and a left chest lead show the beat
    frontal = np.deg2rad(rng.uniform(37, 65))
    left, down = rng.choice([1, 1, -1]), rng.choice([1, -1])
    first = np.array([left * np.cos(frontal), down * np.sin(frontal), rng.uniform(-0.4, 0.4)])
    first *= rng.uniform(1.3, 2.0)
    later = _rotation(np.deg2rad(rng.uniform(-25, 25)), np.deg2rad(rng.uniform(-25, 25))) @ first
    share = rng.uniform(0.35, 0.85)
    width, later_width = rng.uniform(20, 28), rng.uniform(22, 29)
    gap = rng.uniform(36, 60)
    rows = [(0, width, *first), (gap, later_width, *(share * later))]
    if rng.random() < 0.5:
        rows.append((-2.1 * width, 12, *(-rng.uniform(0.08, 0.2) * first)))
    size = -(first + share * later) / 2
    slope, peak = rng.uniform(0.2, 0.35), rng.uniform(0.25, 0.5)
    end = rng.uniform(330, 370)
    t = _waves((end - 95, 66, *(slope * size)), (end, 43, *(peak * size)), stretch=0.5)
    return _waves(*rows), t


def lead_matrix(leads: tuple[str, ...]) -> Floats:
    """Return the vectors of leads by name, of shape (n_leads, 3)."""
    return np.array([LEAD_VECTORS[lead] for lead in leads])


def render(
    out: Floats,
    waves: Waves,
    time: Floats,
    rr: Floats,
    gain: Floats,
    leads: Floats,
    fs: float,
) -> None:
    """Add waves, once for each beat, to a signal of shape (n_leads, n_samples).

    ``time`` (s), ``rr`` (s) and ``gain`` have one entry per beat; ``leads`` is a lead matrix.
    """
    n_samples = out.shape[1]
    stretch = rr**waves.stretch
    amplitudes = waves.vector @ leads.T
    for wave_time, wave_width, amplitude in zip(waves.time, waves.width, amplitudes, strict=True):
        centre = (time + wave_time * stretch) * fs
        width = wave_width * stretch * fs
        # (n_beats, 2 * reach + 1): the samples around each beat's wave, and its height there
        reach = int(np.ceil(_CUT * width.max(initial=0.0))) + 1
        place = np.rint(centre).astype(np.int64)[:, None] + np.arange(-reach, reach + 1)
        height = np.exp(-0.5 * ((place - centre[:, None]) / width[:, None]) ** 2)
        height *= gain[:, None]
        inside = (place >= 0) & (place < n_samples)
        curve = np.bincount(place[inside], weights=height[inside], minlength=n_samples)
        out += amplitude[:, None] * curve
