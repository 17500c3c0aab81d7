"""Time of the twelve lines of the README, on simulated recordings like the European database.

    python benchmarks/bench_twelve_lines.py [MINUTES [SAMPLES_PER_STEP]]

simulates 90 recordings of so many minutes (1), in which classes are as rare as there, runs the
lines as they are written (or with that `samples_per_step`), and prints the time, per 1,000 beats
and for the 790,565 beats of the database. Most of it is training and validation, which grow with
the number of beats.
"""

import os
import re
import sys
import tempfile
import time
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import skecg

README = Path(__file__).parents[1] / "README.md"
FOLDER = "european-st-t-database-1.0.0"
N_RECORDS, N_BEATS = 90, 790_565
SHARES = {"supraventricular": 0.0014, "ventricular": 0.0057, "fusion": 0.0004}


def main(minutes: float = 1.0, samples_per_step: float = 1) -> None:
    """Simulate, run the lines, print the times."""
    found = re.search(r"```python\n(import sklearn.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    step = f"LSTMClassifier(samples_per_step={samples_per_step:g}, "
    code = found[1].replace("LSTMClassifier(", step)
    warnings.simplefilter("ignore")  # rare classes are missing in some folds
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        for record in skecg.simulate_records(
            N_RECORDS, duration=60 * minutes, leads=("V5", "MLIII"), random_state=0, **SHARES
        ):
            skecg.write_record(record, FOLDER)
        names: dict[str, object] = {}
        start, cpu = time.perf_counter(), sum(os.times()[:4])
        exec(code, names)
        wall, cpu = time.perf_counter() - start, sum(os.times()[:4]) - cpu
    n = len(names["beats"])  # type: ignore[arg-type]
    print(f"{n:,} beats: {wall:.0f} s, {cpu:.0f} CPU s, on {os.cpu_count()} cores")
    hours = wall * N_BEATS / n / 3600
    print(f"{1000 * wall / n:.1f} s per 1,000 beats; {N_BEATS:,} beats: {hours:.1f} h")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:3]))
