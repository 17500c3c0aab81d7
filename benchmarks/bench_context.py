"""Time and peak memory of rows with context: python benchmarks/bench_context.py FOLDER...

Each folder of records is read in a fresh process with one thread for algebra. The last lines are
a simulated recording of two hours at 250 Hz and 180 beats a minute, the longest and fastest that
is to be expected.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

PARAMS = {"window": (0.28, 0.28), "fs": 125, "edges": "pad"}
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measure(name: str, records: list, context: float | None, leads: int) -> dict:
    """Cut records in this process and return the figures."""
    from skecg import load_beats

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    beats = load_beats(records, context=context, leads=list(range(leads)), **PARAMS)
    took = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "name": name,
        "context": context,
        "leads": leads,
        "records": len(records),
        "beats": len(beats.data),
        "s": round(took, 2),
        "records_per_s": round(len(records) / took, 2),
        "row_bytes": beats.data.shape[1] * 4,
        "rows_MiB": round(beats.data.nbytes / 2**20, 1),
        "before_MiB": before // 1024,
        "peak_MiB": after // 1024,
    }


def long_record() -> list:
    """Two hours at 250 Hz, 180 beats a minute."""
    from skecg import simulate_record

    return [simulate_record(7200, fs=250, heart_rate=180, random_state=0)]


def main() -> None:
    """Start a fresh process for each line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--context", type=float, default=600)
    parser.add_argument("--leads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--here", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here is not None:
        from skecg import find_records

        name, context, leads = json.loads(options.here)
        records = long_record() if name == "two hours" else find_records(name)
        print(json.dumps(measure(Path(name).name, records, context, leads)), flush=True)
        return
    for name in [*options.folders, "two hours"]:
        for context, leads in [(None, 1), *((options.context, n) for n in options.leads)]:
            again = ["--here", json.dumps([name, context, leads])]
            subprocess.run(
                [sys.executable, __file__, *again], check=True, env=os.environ | THREADS
            )


if __name__ == "__main__":
    main()
