"""Warn about gaps and flat leads."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..utils import warn

__all__ = ["warn_about_signal"]


def warn_about_signal(name: str, lead_names: Sequence[str], signal: NDArray[np.float32]) -> None:
    """Warn about gaps and flat leads in the signal of a record.

    Parameters
    ----------
    name : str
        Name of the record.
    lead_names : sequence of str of length n_leads
        Names of the leads.
    signal : ndarray of shape (n_samples, n_leads)
        The signal in mV, NaN in gaps.
    """
    for lead, values in zip(lead_names, signal.T, strict=True):
        if len(values) and values.min() < values.max():  # neither is NaN
            continue
        missing = np.isnan(values)
        n_missing = int(missing.sum())
        if n_missing:
            warn(
                f"Record '{name}': {n_missing} of {len(values)} samples of lead '{lead}' "
                f"are missing and read as NaN, the first of them sample {np.argmax(missing)}."
            )
            values = values[~missing]
        if len(values) and (values == values[0]).all():
            warn(
                f"Record '{name}': lead '{lead}' is flat, {values[0]:g} mV from start to end. Was "
                "the electrode off? Use another lead."
            )
