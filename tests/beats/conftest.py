"""Records whose beats are triangular spikes at known places."""

import numpy as np
import pytest

from skecg import ECGRecord


def spike_record(peaks, *, label_offset=0, n_samples=1000, fs=250, lead_names=("V5",), **fields):
    """Spikes of height 1 and half of that beside, on every lead; lead i is i + 1 times as high."""
    lead = np.zeros(n_samples)
    for peak in peaks:
        for shift, height in ((-1, 0.5), (0, 1.0), (1, 0.5)):
            if 0 <= peak + shift < n_samples:
                lead[peak + shift] = height
    signal = np.column_stack([lead * (i + 1) for i in range(len(lead_names))])
    fields.setdefault("sample", [peak + label_offset for peak in peaks])
    fields.setdefault("symbol", ["N"] * len(peaks))
    return ECGRecord(signal, fs, lead_names, **fields)


@pytest.fixture
def spikes():
    return spike_record
