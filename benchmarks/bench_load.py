"""Time and peak memory of load_beats, by hand: python benchmarks/bench_load.py FOLDER...

Every figure is from a fresh process. Peak memory is the largest resident set of the process and,
with several jobs, the largest that its workers together had at one time, sampled every 20 ms
(proportional shares, so that shared pages count once).
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

MEBI = 2**20


def resident_memory(pid: int) -> int:
    """Proportional share of memory of a process and its children, in bytes."""
    total = 0
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total = sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = (task / "children").read_text().split()
            total += sum(resident_memory(int(child)) for child in children)
    except (OSError, ValueError):  # gone in the meantime
        pass
    return total


def measure(folders: list[str], n_jobs: int, params: dict) -> dict:
    """Load once in this process and return the figures."""
    start = time.perf_counter()
    from skecg import find_records, load_beats

    records = [path for folder in folders for path in find_records(folder)]
    imported = time.perf_counter()
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], resident_memory(os.getpid()))

    before = resident_memory(os.getpid())
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    beats = load_beats(records, n_jobs=n_jobs, **params)
    loaded = time.perf_counter()
    done.set()
    watcher.join()
    return {
        "n_jobs": n_jobs,
        "records": len(records),
        "beats": len(beats.data),
        "import_s": round(imported - start, 2),
        "load_s": round(loaded - imported, 2),
        "before_MiB": round(before / MEBI),
        "peak_MiB": round(peak[0] / MEBI),
        "rows_MiB": round(beats.data.nbytes / MEBI, 1),
    }


def main() -> None:
    """Start a fresh process for each number of jobs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--fs", type=float, default=250.0)
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here is not None:
        print(json.dumps(measure(options.folders, options.here, {"fs": options.fs, "leads": [0]})))
        return
    for n_jobs in options.jobs:
        again = [*options.folders, "--here", str(n_jobs), "--fs", str(options.fs)]
        subprocess.run([sys.executable, __file__, *again], check=True)


if __name__ == "__main__":
    main()
