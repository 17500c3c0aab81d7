"""Columns of fusion: a QRS complex as the sum of a normal and a wide one.

Two impulses that meet in the ventricles make a complex between the one that each makes:

    complex of a beat  =  a * normal  +  b * wide  +  rest      a, b by least squares

The normal complex is the median of the normal beats of the surroundings; the wide one that of
the commonest shape among the wide beats that are unlike them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import lane_medians
from ._similar import similar

__all__ = ["FUSION", "WideShape", "fusion_columns"]

FUSION = ("fusion_normal", "fusion_wide", "fusion_residual", "fusion_share")
_WIDE = 1.28  # width relative to that of the normal beats from which a beat is wide
_FEWEST = 3  # beats that make a shape
_MOST = 150  # beats that are compared in pairs
_RIDGE = 0.02  # keeps a and b small where the two complexes are nearly alike


class WideShape(NamedTuple):
    """The commonest shape of wide beats."""

    wave: NDArray[np.floating]  # (n_qrs,): median of their complexes, zeros if there is none
    share: float  # of these among all beats

    @classmethod
    def of(
        cls,
        complexes: NDArray[np.floating],
        width: NDArray[np.floating],
        normal: NDArray[np.floating],
        normal_width: np.floating,
    ) -> "WideShape":
        """Find the shape that most wide beats have, other than that of the normal ones.

        Parameters
        ----------
        complexes : ndarray of shape (n_beats, n_qrs)
            QRS complexes of all beats of the surroundings.
        width : ndarray of shape (n_beats,)
            Their widths.
        normal : ndarray of shape (n_qrs,)
            Median complex of the normal beats.
        normal_width : float
            Median of their widths.
        """
        wide = complexes[width > _WIDE * normal_width]
        wide = wide[~similar(wide, normal[None])[:, 0]]
        if len(wide) < _FEWEST:
            return cls(np.zeros_like(normal), 0.0)
        compared = wide[:: -(-len(wide) // _MOST)]
        pairs = similar(compared, compared)
        counts = pairs.sum(axis=1)
        most = counts.argmax()
        if counts[most] < _FEWEST:
            return cls(np.zeros_like(normal), 0.0)
        share = counts[most] / len(compared) * len(wide) / len(complexes)
        return cls(lane_medians(compared[pairs[most]].T.copy()), float(share))


def fusion_columns(
    complexes: NDArray[np.floating],
    normal: NDArray[np.floating],
    wide: NDArray[np.floating],
    share: NDArray[np.floating],
) -> dict[str, NDArray[np.floating]]:
    """Compute the columns FUSION of some beats.

    Parameters
    ----------
    complexes, normal, wide : ndarray of shape (n_beats, n_qrs)
        The complex of each beat, and the normal and the wide one of its surroundings, in units
        of the height of the normal one.
    share : ndarray of shape (n_beats,)
        Share of the beats around each that have the wide shape.
    """
    own, nn, ww, nw, n_own, w_own = (
        (a * b).astype(np.float64).sum(axis=1)
        for a, b in (
            (complexes, complexes),
            (normal, normal),
            (wide, wide),
            (normal, wide),
            (normal, complexes),
            (wide, complexes),
        )
    )
    nn, ww = (energy * (1 + _RIDGE) + 1e-6 for energy in (nn, ww))
    determinant = nn * ww - nw * nw
    of_normal = (n_own * ww - w_own * nw) / determinant
    of_wide = (w_own * nn - n_own * nw) / determinant
    rest = complexes - of_normal[:, None] * normal - of_wide[:, None] * wide
    left = (rest * rest).sum(axis=1) / (own + 1e-6)
    return {
        "fusion_normal": of_normal,
        "fusion_wide": of_wide,
        "fusion_residual": np.log(left + 0.01) / 2 + 1,
        "fusion_share": np.log(share + 0.003) / 2 + 1.5,
    }
