"""Time and memory of recordings that do not fit in memory: python benchmarks/bench_out_of_core.py

Simulated recordings as long as those of the European ST-T Database: two hours, two leads, 250 Hz,
73 beats a minute. Each is simulated when load_beats asks for it; its time is counted apart. Rows
have context and are written to one file, from which one epoch of a ContextLSTMClassifier is
trained. Each number of recordings is measured in a fresh process, and so is the training.

    --records 10 30 90    numbers of recordings; 90 are 790,000 beats and 4 GB
    --folder FOLDER       folder of the file (default: the current one); it is removed

The training is of the file of the largest number. load_cpu_s is the time of the processor, which
other work on the machine does not lengthen. Peak memory, every 20 ms, is that of the process (RSS:
with the pages of the file that it has read lately) and without files (RssAnon), in MiB (Linux).
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ROWS = {"window": (0.28, 0.28), "context": 600, "leads": ["MLII", "V5"], "edges": "pad"}


class Memory:
    """Peak of the memory of this process while it is watched."""

    def __enter__(self) -> "Memory":
        self.rss = self.anon = 0
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            lines = Path("/proc/self/status").read_text().splitlines()
            values = {line.partition(":")[0]: line.split()[1] for line in lines if " kB" in line}
            self.rss = max(self.rss, int(values["VmRSS"]) // 1024)
            self.anon = max(self.anon, int(values["RssAnon"]) // 1024)


class Simulation:
    """Recordings, simulated one after the other, and the time that it took."""

    def __init__(self, n_records: int, minutes: float) -> None:
        self._n_records, self._minutes = n_records, minutes
        self.seconds = self.cpu = 0.0

    def __iter__(self) -> Iterator[object]:
        from skecg import simulate_record

        for i in range(self._n_records):
            start, cpu = time.perf_counter(), time.process_time()
            record = simulate_record(
                60 * self._minutes, heart_rate=73, name=f"e{i:04d}", random_state=i
            )
            self.seconds += time.perf_counter() - start
            self.cpu += time.process_time() - cpu
            yield record
            del record


def cut(path: Path, n_records: int, minutes: float) -> dict:
    """Write the rows of so many recordings to a file."""
    from skecg import load_beats, read_beats

    simulation = Simulation(n_records, minutes)
    start, cpu = time.perf_counter(), time.process_time()
    with Memory() as memory:
        beats = load_beats(iter(simulation), out=path, **ROWS)
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    start = time.perf_counter()
    read_beats(path)
    return {
        "records": n_records,
        "beats": len(beats),
        "columns": beats.data.shape[1],
        "file_MiB": path.stat().st_size // 2**20,
        "load_s": round(took - simulation.seconds, 1),
        "load_cpu_s": round(cpu - simulation.cpu, 1),
        "simulation_s": round(simulation.seconds, 1),
        "open_again_s": round(time.perf_counter() - start, 1),
        "peak_RSS_MiB": memory.rss,
        "peak_RssAnon_MiB": memory.anon,
    }


def train(path: Path) -> dict:
    """Train one epoch from the file."""
    from skecg import ContextLSTMClassifier, read_beats

    with Memory() as memory:
        beats = read_beats(path)
        start = time.perf_counter()
        network = ContextLSTMClassifier(
            units=8, neighbor_units=8, dense_units=16, batch_size=512, epochs=1,
            layout=beats.layout, random_state=0, verbose=0,
        )  # fmt: skip
        network.fit(beats.data, beats.target)
        took = time.perf_counter() - start
    return {
        "training": "one epoch",
        "beats": len(beats),
        "loss": round(network.history_["loss"][0], 4),
        "train_s": round(took, 1),
        "peak_RSS_MiB": memory.rss,
        "peak_RssAnon_MiB": memory.anon,
    }


def growth(sizes: list[int], seconds: list[float]) -> float:
    """Return the exponent of time over number, by least squares of the logarithms."""
    x, y = [math.log(n) for n in sizes], [math.log(s) for s in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - mean_x) ** 2 for a in x)


def main() -> None:
    """Start a fresh process for each line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, nargs="+", default=[10, 30, 90])
    parser.add_argument("--minutes", type=float, default=120, help="length of a recording")
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--no-training", action="store_true")
    parser.add_argument("--here", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here is not None:
        n_records, path = int(options.here[0]), Path(options.here[1])
        line = cut(path, n_records, options.minutes) if n_records else train(path)
        print(json.dumps(line), flush=True)
        return

    def again(n_records: int, path: Path) -> dict:
        command = [sys.executable, __file__, "--here", str(n_records), str(path)]
        command += ["--minutes", str(options.minutes)]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **THREADS}
        )
        print(done.stdout.strip(), flush=True)
        return json.loads(done.stdout)

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "beats.npy"
        lines = []
        for n_records in options.records:
            lines.append(again(n_records, path))
            if n_records == max(options.records) and not options.no_training:
                again(0, path)
        if len(lines) > 1:
            for name in ("load_s", "load_cpu_s"):
                exponent = growth(options.records, [line[name] for line in lines])
                print(json.dumps({f"growth_exponent_{name}": round(exponent, 3)}), flush=True)


if __name__ == "__main__":
    main()
