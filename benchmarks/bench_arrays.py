"""Time of the array functions on 50,000 beats, and of splits and simulation. Run by hand.

    python benchmarks/bench_arrays.py

Absolute times depend on the machine; compare lines within one run.
"""

import time

import numpy as np

import skecg
from skecg.preprocessing import align_peaks, resample_signal

SIGNALS = ["frequency_noise", "amplitude", "shift", "wander", "muscle"]


def seconds(function, repeats=3):
    """Best of some runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50_000, 50)).astype(np.float32)
    y = np.where(rng.random(50_000) < 0.25, "V", "N")
    groups = np.array([f"edb:e{i:04d}" for i in range(79)])[rng.integers(0, 79, 800_000)]
    labels = np.array(["N", "S", "V", "F"])[rng.choice(4, 800_000, p=[0.97, 0.01, 0.015, 0.005])]
    lead = rng.normal(size=(650_000, 2)).astype(np.float32)
    beats = np.arange(100, 650_000, 270)
    splitter = skecg.StratifiedGroupShuffleSplit(5, random_state=0)
    jobs = {
        f"denoise 50,000 x 50, threshold={t}": lambda t=t: skecg.WaveletDenoiser(
            threshold=t
        ).fit_transform(X)
        for t in (0.5, "universal", "level")
    }
    jobs |= {
        f"normalize 50,000 x 50, {s}": lambda s=s: skecg.BeatNormalizer(s).fit_transform(X)
        for s in ("zscore", "minmax", "robust", "r_amplitude")
    }
    jobs |= {
        f"augment 12,500 of 50,000, {m}": lambda m=m: skecg.BeatAugmenter(
            skecg.double_minority, methods=[m], random_state=0
        ).fit_resample(X, y)
        for m in SIGNALS
    }
    jobs |= {
        "denoise a record of 2 x 650,000": lambda: skecg.WaveletDenoiser().fit_transform(lead.T),
        "resample it from 360 to 250 Hz": lambda: resample_signal(lead, 360, 250),
        "align its 2,407 beats": lambda: align_peaks(lead[:, 0], beats, 360),
        "split 800,000 rows of 79 subjects, 5 times": lambda: list(
            splitter.split(labels, labels, groups)
        ),
        "report on 800,000 beats": lambda: skecg.beat_report(labels, labels, groups=groups),
        "simulate 20 records of 5 minutes": lambda: skecg.simulate_records(
            20, duration=300, random_state=0
        ),
    }
    for name, job in jobs.items():
        print(f"{name:50s} {1e3 * seconds(job):9.1f} ms", flush=True)


if __name__ == "__main__":
    main()
