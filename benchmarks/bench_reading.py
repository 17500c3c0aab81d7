"""Wall time of load_beats next to wfdb's own reading: python benchmarks/bench_reading.py FOLDER...

In one process, after a warm-up, each round times wfdb (rdrecord and rdann of every record) and
load_beats with one lead and each number of jobs, one after the other. Ratios are medians of those
of the rounds, so that a load that changes between rounds affects both sides.

    "load_beats / wfdb"    wall time with one job, in that of wfdb
    "2 jobs"               how many times as fast as one job
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median


def seconds(function: Callable[[], object]) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def read_by_wfdb(records: list[Path]) -> None:
    """Read signals and annotations, and nothing else."""
    import wfdb

    for path in records:
        wfdb.rdrecord(str(path))
        wfdb.rdann(str(path), "atr")


def main() -> None:
    """Time all rounds and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--jobs", type=int, nargs="+", default=[2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fs", type=float, default=250.0)
    options = parser.parse_args()

    from skecg import find_records, load_beats

    records = [path for folder in options.folders for path in find_records(folder)]

    def load(n_jobs: int) -> None:
        load_beats(records, leads=[0], fs=options.fs, n_jobs=n_jobs, on_error="warn")

    read_by_wfdb(records)  # files come into the cache of the system, modules are imported
    load(1)
    rounds = [
        {"wfdb": seconds(lambda: read_by_wfdb(records))}
        | {n: seconds(lambda n=n: load(n)) for n in (1, *options.jobs)}
        for _ in range(options.rounds)
    ]
    result = {
        "records": len(records),
        "cores": os.cpu_count(),
        "wfdb_s": round(median(one["wfdb"] for one in rounds), 2),
        "load_beats_s": round(median(one[1] for one in rounds), 2),
        "load_beats / wfdb": round(median(one[1] / one["wfdb"] for one in rounds), 2),
    }
    for n in options.jobs:
        result[f"{n} jobs"] = round(median(one[1] / one[n] for one in rounds), 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
