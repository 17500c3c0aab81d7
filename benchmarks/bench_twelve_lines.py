"""Time of the twelve lines of the README, on simulated recordings like the European database.

    python benchmarks/bench_twelve_lines.py [--samples-per-step N] [MINUTES ...]

simulates 90 recordings, in which classes are as rare as there, runs the lines on so many minutes
of each (1 and 2), as they are written but for the folder (and `samples_per_step`), and prints
the times.
The slope from the shortest to the longest gives the time for the 790,565 beats of the database.
"""

import argparse
import os
import re
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


def measure(code: str, minutes: float) -> tuple[int, float, float]:
    """Run the lines on recordings of so many minutes; return beats, seconds and CPU seconds."""
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
        os.chdir(README.parent)
    n_beats = len(names["beats"])  # type: ignore[arg-type]
    print(f"{n_beats:,} beats: {wall:.0f} s, {cpu:.0f} CPU s", flush=True)
    return n_beats, wall, cpu


def main() -> None:
    """Measure each duration and print the slope."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="*", type=float, default=[1.0, 2.0])
    parser.add_argument("--samples-per-step", type=int, default=1)
    options = parser.parse_args()
    found = re.search(r"```python\n(import sklearn.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    step = f"LSTMClassifier(samples_per_step={options.samples_per_step}, "
    code = found[1].replace("LSTMClassifier(", step).replace("skecg.fetch_edb()", repr(FOLDER))
    warnings.simplefilter("ignore")  # rare classes are missing in some folds
    first, *_, last = [measure(code, minutes) for minutes in options.minutes]
    slopes = [(b - a) / (last[0] - first[0]) for a, b in zip(first[1:], last[1:], strict=True)]
    hours = [slope * N_BEATS / 3600 for slope in slopes]
    print(
        f"{1000 * slopes[0]:.0f} ms per beat ({1000 * slopes[1]:.0f} ms of CPU time) on "
        f"{os.cpu_count()} cores; {N_BEATS:,} beats: {hours[0]:.1f} h ({hours[1]:.1f} h)"
    )


if __name__ == "__main__":
    main()
