"""Time of reports with intervals on 800,000 beats, and how often intervals hold the truth.

    python benchmarks/bench_intervals.py [--coverage]

Run by hand. Absolute times depend on the machine; the coverage is that of the documentation.
"""

import sys
import time

import numpy as np
import pandas as pd

import skecg
from skecg.metrics._bootstrap import percentile_interval, resample, resample_subjects

LABELS = np.array(list("NSVFQ"))


def make_table(n_beats=800_000, n_subjects=79, seed=0):
    """Make predictions of beats of subjects who have other classes and are hard in other ways."""
    rng = np.random.default_rng(seed)
    subject = rng.integers(0, n_subjects, n_beats)
    share = rng.lognormal(sigma=1.5, size=(n_subjects, 5)) * [1, 0.004, 0.01, 0.001, 0.0003]
    share *= rng.random((n_subjects, 5)) < [1, 0.7, 0.9, 0.2, 0.05]
    share[:, 0] = 1
    limits = (share / share.sum(axis=1, keepdims=True)).cumsum(axis=1)
    true = (rng.random(n_beats)[:, np.newaxis] > limits[subject, :4]).sum(axis=1)
    score = rng.normal(size=(n_beats, 5)) + [2, 0, 0.4, -0.5, -2]
    score[np.arange(n_beats), true] += rng.normal(4.5, 1, size=(n_subjects, 5))[subject, true]
    proba = np.exp(score)
    proba /= proba.sum(axis=1, keepdims=True)
    table = pd.DataFrame(
        {
            "record": np.array([f"e{i:04d}" for i in range(n_subjects)])[subject],
            "sample": np.arange(n_beats),
            "subject": np.array([f"edb:e{i:04d}" for i in range(n_subjects)])[subject],
            "y_true": LABELS[true],
            "y_pred": LABELS[proba.argmax(axis=1)],
        }
    )
    return table.join(pd.DataFrame(proba.astype(np.float32), columns=LABELS).add_prefix("p_"))


def seconds(function, repeats=3):
    """Best of some runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def coverage(n_subjects, sizes, trials=600):
    """Share of 95 % intervals of a pooled sensitivity that hold that of the population."""
    rng = np.random.default_rng(0)
    weights = resample_subjects(np.eye(n_subjects))  # how often each is drawn

    def draw(n):
        found = rng.beta(4, 1.5, n)
        n_beats = np.full(n, 100) if sizes == "equal" else np.ceil(rng.lognormal(3, 1, n))
        return np.c_[rng.binomial(n_beats.astype(int), found), n_beats]

    tp, support = draw(400_000).sum(axis=0)
    held = 0
    for _ in range(trials):
        sums = resample(draw(n_subjects), weights)
        low, high = percentile_interval(sums[:, 0] / sums[:, 1])
        held += low <= tp / support <= high
    return held / trials


def main():
    table, other = make_table(), make_table(seed=0)
    other["y_pred"] = np.where(np.arange(len(other)) % 100, other["y_pred"], "N")
    y, said = table["y_true"].to_numpy(), table["y_pred"].to_numpy()
    proba = table.filter(like="p_").rename(columns=lambda name: name.removeprefix("p_"))
    groups = table["subject"].to_numpy()
    jobs = {
        "report": lambda: skecg.beat_report(y, said),
        "report, intervals": lambda: skecg.beat_report(y, said, groups=groups),
        "report, intervals, probabilities": lambda: skecg.beat_report(
            y, said, y_proba=proba, groups=groups
        ),
        "the same from a table": lambda: skecg.BeatReport.from_table(table),
        "two models from tables, differences": lambda: skecg.compare_models(
            {"a": table, "b": other}, return_differences=True
        ),
    }
    print("800,000 beats of 79 subjects, 1,000 resamples")
    for name, job in jobs.items():
        print(f"{name:40s} {seconds(job):6.2f} s", flush=True)
    print(skecg.BeatReport.from_table(table))
    if "--coverage" in sys.argv:
        print("subjects   95 % intervals that hold the truth: equal, unequal numbers of beats")
        for n in (2, 3, 5, 7, 10, 15, 20, 40, 79):
            held = (coverage(n, sizes) for sizes in ("equal", "unequal"))
            print(f"{n:8d}   " + "   ".join(f"{100 * share:4.0f} %" for share in held))


if __name__ == "__main__":
    main()
