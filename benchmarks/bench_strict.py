"""Time of the strict readers next to wfdb's reading: python benchmarks/bench_strict.py

Headers and annotation files are understood to their last character and word before anything else
is read, and their sizes compared with the signal files. Timed is this (parse_header_text,
check_length, decode) against wfdb's reading of the same recording (rdheader and rdsamp; rdann), in
one process, one after the other in each round. Recordings are made by the script: 30 minutes of
two leads, and 24 hours; those of the European ST-T Database are added where SKECG_TEST_DATA names
a folder with data/edb.

    "header"       strict header and sizes, in the time of rdheader and rdsamp
    "annotations"  strict words, in the time of rdann
    "all"          both, in the time of all three
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from skecg import ECGRecord, find_records, write_record
from skecg.records.formats._wfdb._header_text import parse_header_text
from skecg.records.formats._wfdb._signal_files import signal_files
from skecg.records.formats._wfdb._words import decode, is_aha


def write(folder: Path, name: str, minutes: int) -> Path:
    """Write a recording of two leads at 250 Hz with 75 beats a minute."""
    n = minutes * 60 * 250
    noise = np.random.default_rng(0).integers(-200, 200, (n, 2))
    sample = np.arange(100, n - 100, 200)
    symbol = np.where(np.arange(len(sample)) % 20, "N", "V")
    return write_record(
        ECGRecord(noise / 200, 250, ["II", "V5"], sample, symbol, name=name), folder
    )


def seconds(function: Callable[[], object], repeats: int) -> float:
    """Median wall time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)


def read_header(path: Path) -> None:
    """Read a header strictly, and compare the sizes of its signal files."""
    file = path.with_suffix(".hea")
    header = parse_header_text.__wrapped__(file.read_bytes(), path.name, str(file))
    for signal in signal_files(path, header.signals):
        signal.check_length(header.n_frames or 1)


def read_annotations(path: Path) -> None:
    """Read the words of an annotation file strictly."""
    content = path.with_suffix(".atr").read_bytes()
    if not is_aha(content):
        decode(content)


def ratios(path: Path, rounds: int) -> dict[str, float]:
    """Return the shares of wfdb's time; medians over the rounds."""
    import wfdb

    def read_by_wfdb() -> None:
        wfdb.rdheader(str(path))
        wfdb.rdsamp(str(path))

    found: dict[str, list[float]] = {"header": [], "annotations": [], "all": []}
    for _ in range(rounds):
        strict = seconds(lambda: read_header(path), 9), seconds(lambda: read_annotations(path), 9)
        theirs = seconds(read_by_wfdb, 3), seconds(lambda: wfdb.rdann(str(path), "atr"), 3)
        found["header"].append(strict[0] / theirs[0])
        found["annotations"].append(strict[1] / theirs[1])
        found["all"].append(sum(strict) / sum(theirs))
    return {name: round(median(values), 4) for name, values in found.items()}


def main() -> None:
    """Time all recordings and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [write(Path(folder), "half_hour", 30), write(Path(folder), "day", 1440)]
        if data := os.environ.get("SKECG_TEST_DATA"):
            known = find_records(Path(data) / "data" / "edb")
            paths += [path for path in known if path.with_suffix(".atr").is_file()][:5]
        result = {path.name: ratios(path, options.rounds) for path in paths}
    worst = max(one["all"] for one in result.values())
    print(json.dumps({"records": result, "worst": worst, "at most 0.1": worst <= 0.1}, indent=2))


if __name__ == "__main__":
    main()
