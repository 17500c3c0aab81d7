"""Time of the comparisons of EC57 on 800,000 beats. Run by hand.

    python benchmarks/bench_compare.py

Times are the best of three, on one core; absolute times depend on the machine.
"""

import time

import numpy as np

from skecg.ec57 import compare_annotations, compare_runs

N_BEATS, FS = 800_000, 250


def streams(rng, *, missed=0.01, extra=0.01, renamed=0.02, jitter=5, rr=(150, 300)):
    """Make a reference of N_BEATS beats and a test that errs as detectors and models do."""
    sample = 75_000 + np.cumsum(rng.integers(*rr, N_BEATS))
    symbol = rng.choice(list("NSVF"), N_BEATS, p=[0.97, 0.01, 0.015, 0.005])
    found = rng.random(N_BEATS) > missed
    test = sample[found] + rng.integers(-jitter, jitter + 1, found.sum())
    names = np.where(rng.random(len(test)) < renamed, "V", symbol[found])
    more = rng.integers(75_000, sample[-1], int(extra * N_BEATS))
    test = np.concatenate([test, more])
    order = np.argsort(test, kind="stable")
    names = np.concatenate([names, np.full(len(more), "N")])[order]
    return (sample, symbol), (test[order], names), int(sample[-1]) + FS


def add_runs(rng, symbol, share=0.05):
    """Begin runs of 1 to 8 beats V or S at a share of the beats."""
    begins = np.flatnonzero(rng.random(len(symbol)) < share)
    lengths, kinds = rng.integers(1, 9, len(begins)), rng.choice(list("VS"), len(begins))
    for k in range(8):
        longer = (lengths > k) & (begins + k < len(symbol))
        symbol[begins[longer] + k] = kinds[longer]


def time_runs(rng):
    """Time the comparison of runs."""
    (sample, symbol), (found, _), n_samples = streams(rng, missed=0, extra=0)
    add_runs(rng, symbol)
    names = np.where(rng.random(len(symbol)) < 0.02, "V", symbol)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        runs = compare_runs((sample, symbol), (found, names), fs=FS, n_samples=n_samples)
        times.append(time.perf_counter() - start)
    n = len(runs.ve.discrepancies) + len(runs.sve.discrepancies)
    print(f"{'runs from 5 % of the beats':42s} {min(times):6.2f} s  {n:9,} discrepancies")


def main():
    rng = np.random.default_rng(0)
    jobs = {
        "1 % missed, 1 % extra, 2 % renamed": {},
        "10 % missed, 10 % extra, 10 % renamed": {"missed": 0.1, "extra": 0.1, "renamed": 0.1},
        "no error": {"missed": 0, "extra": 0, "renamed": 0, "jitter": 0},
        "beats of 100 to 240 ms, jitter of 60 ms": {"rr": (25, 60), "jitter": 15},
    }
    for name, options in jobs.items():
        reference, test, n_samples = streams(rng, **options)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            comparison = compare_annotations(reference, test, fs=FS, n_samples=n_samples)
            times.append(time.perf_counter() - start)
        n = len(comparison.pairs)
        print(f"{name:42s} {min(times):6.2f} s  {n:9,} mismatches", flush=True)
    as_lists = [(part[0], part[1].tolist()) for part in (reference, test)]
    start = time.perf_counter()
    compare_annotations(*as_lists, fs=FS, n_samples=n_samples)
    print(
        f"{'the same, symbols in lists as wfdb has them':42s} {time.perf_counter() - start:6.2f} s"
    )
    time_runs(rng)


if __name__ == "__main__":
    main()
