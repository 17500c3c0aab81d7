"""Time of the comparisons of EC57 on 800,000 beats, part by part and together. Run by hand.

    python benchmarks/bench_compare.py

Times are CPU time, the best of three on one core; absolute times depend on the machine.
"""

import time

import numpy as np

from skecg.ec57 import (
    compare_annotations,
    compare_episodes,
    compare_heart_rate,
    compare_records,
    compare_runs,
)

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


def best_of_three(function, *args, **kwargs):
    """Return the best of three times in seconds, and the result."""
    times = []
    for _ in range(3):
        start = time.process_time()
        result = function(*args, **kwargs)
        times.append(time.process_time() - start)
    return min(times), result


def with_marks(sample, symbol, late):
    """Add marks of AF, VF and ST episodes and heart rates, one for 200 beats."""
    kinds = [("+", "(AFIB"), ("+", "(N"), ("s", "(ST0+"), ("s", "AST0+150"), ("s", "ST0+)")]
    kinds += [("[", ""), ("]", ""), ("=", "70"), ("s", "(ST1-"), ("s", "ST1-)")]
    at = sample[100::200] + late
    symbols, texts = (np.resize([kind[i] for kind in kinds], len(at)) for i in (0, 1))
    merged = np.concatenate([sample, at])
    order = np.argsort(merged, kind="stable")
    notes = np.concatenate([np.full(len(sample), "", dtype=object), texts])
    return (
        merged[order],
        np.concatenate([symbol, symbols])[order],
        np.zeros(len(merged), dtype=int),
        notes[order],
    )


def time_parts(rng):
    """Time each part on one pair with runs and marks, and all of them together."""
    (sample, symbol), (found, _), n_samples = streams(rng, missed=0, extra=0)
    add_runs(rng, symbol)
    names = np.where(rng.random(len(symbol)) < 0.02, "V", symbol)
    seconds, runs = best_of_three(
        compare_runs, (sample, symbol), (found, names), fs=FS, n_samples=n_samples
    )
    n = len(runs.ve.discrepancies) + len(runs.sve.discrepancies)
    print(f"{'runs from 5 % of the beats':42s} {seconds:6.2f} s  {n:9,} discrepancies")
    pair = with_marks(sample, symbol, 0), with_marks(found, names, 40)
    for kind in ("AF", "VF", "ST", "ST0", "ST1"):
        seconds, episodes = best_of_three(
            compare_episodes, *pair, kind=kind, fs=FS, n_samples=n_samples
        )
        n = len(episodes.episodes)
        print(f"{f'episodes of {kind}':42s} {seconds:6.2f} s  {n:9,} episodes")
    seconds, rates = best_of_three(compare_heart_rate, *pair, fs=FS, n_samples=n_samples)
    print(f"{'heart rates':42s} {seconds:6.2f} s  {len(rates.pairs):9,} pairs")
    for parts in ("beats", "runs", "episodes", "heart_rate", "all"):
        seconds, found = best_of_three(
            compare_records, {"a": pair}, fs=FS, n_samples=n_samples, parts=parts
        )
        print(f"{f'compare_records, parts={parts}':42s} {seconds:6.2f} s")
    seconds, text = best_of_three(found.to_text)
    print(f"{'its text':42s} {seconds:6.2f} s  {len(text):9,} characters")


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
        seconds, comparison = best_of_three(
            compare_annotations, reference, test, fs=FS, n_samples=n_samples
        )
        n = len(comparison.pairs)
        print(f"{name:42s} {seconds:6.2f} s  {n:9,} mismatches", flush=True)
    as_lists = [(part[0], part[1].tolist()) for part in (reference, test)]
    start = time.process_time()
    compare_annotations(*as_lists, fs=FS, n_samples=n_samples)
    print(
        f"{'the same, symbols in lists as wfdb has them':42s} {time.process_time() - start:6.2f} s"
    )
    time_parts(rng)


if __name__ == "__main__":
    main()
