"""Annotated recordings written out by hand."""

import numpy as np
import pandas as pd

from skecg import ECGRecord
from skecg.annotated import AnnotatedRecord

FS = 100.0


def annotated(symbols, rr=1.0, *, first=1.0, start=None, quality=(), proba=None, **changes):
    """Return a recording with beats of these classes at these RR intervals (seconds).

    The signal has a spike of 1 mV at each beat, of -2 mV at V. ``quality``: rows of start and
    stop in seconds, lead, and state. ``proba``: of each class, one number for each beat.
    """
    n = len(symbols)
    seconds = first + np.concatenate([[0.0], np.cumsum(np.broadcast_to(rr, max(n - 1, 0)))])[:n]
    duration = changes.pop("duration", (seconds[-1] if n else 0.0) + 1.0)
    sample = np.rint(seconds * FS).astype(np.int64)
    table = {"sample": sample, "symbol": list(symbols), "leads": "II", "p_beat": 1.0}
    beats = pd.DataFrame(table | {f"p_{k}": v for k, v in (proba or {}).items()})
    rows = [(round(a * FS), round(b * FS), lead, state) for a, b, lead, state in quality]
    lead_names = changes.pop("lead_names", ("II", "V5"))
    n_samples = round(duration * FS)

    def reader(begin, end):
        first_one, last = round(begin * FS), n_samples if end is None else round(end * FS)
        signal = np.zeros((last - first_one, len(lead_names)), dtype=np.float32)
        at = sample - first_one
        inside = (at >= 0) & (at < len(signal))
        signal[at[inside]] = np.where(beats["symbol"] == "V", -2.0, 1.0)[inside, np.newaxis]
        return ECGRecord(signal, FS, lead_names)

    facts = {
        "name": "by-hand",
        "subject": "nobody",
        "comments": (),
        "skipped": pd.DataFrame(columns=["reason", "count"]),
        "reader": reader,
    } | changes
    return AnnotatedRecord(
        fs=FS,
        n_samples=n_samples,
        lead_names=lead_names,
        start=start,
        beats=beats,
        quality=pd.DataFrame(rows, columns=["start", "stop", "lead", "state"]),
        **facts,
    )
