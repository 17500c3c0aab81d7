"""Time and peak memory of annotating recordings, side by side with another checkout.

    python benchmarks/bench_annotate.py [--against PATH] [--rounds 3] [--data] [--day] [--long]

Three figures, each measured in fresh processes that alternate between this code and the checkout
of ``--against``:

* CPU seconds from the files of a two-hour recording with two leads to those of its beats, once
  all is imported and the model is loaded,
* a cold shell: wall and CPU seconds of ``skecg annotate lstm`` for half an hour,
* with ``--day``, the peak memory of 24 hours with three leads at 250 Hz; with ``--long`` that of
  seven days, too, which code that keeps a recording in memory is not asked for.

Code from before ``skecg.annotate`` read and wrote files gets a script of the same steps:
`load_pretrained`, `read_record`, `annotate` and `write_annotations`. Recordings are simulated, or
with ``--data`` those of ``$SKECG_TEST_DATA/data/mitdb``, joined. Times depend on what else the
machine does; ratios of the best of several rounds do so less.
"""

import argparse
import inspect
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1]
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
DAY = 86_400


# ---- in a fresh process


def annotate_files(path: str, out: str) -> None:
    """Annotate the files of a recording."""
    import skecg

    warnings.simplefilter("ignore")
    if "out" in inspect.signature(skecg.annotate).parameters:
        skecg.annotate("lstm", path, out=Path(out, "found"))  # not next to the recording
        return
    model, info = skecg.load_pretrained("lstm", return_info=True)
    record = skecg.read_record(path, annotator=None)
    found = skecg.annotate(model, record, extractor=info.extractor, detector="sleepecg")
    skecg.write_annotations(found.record, out)


def measure(path: str, out: str, warm: list[str] | None) -> None:
    """Print the figures of one recording."""
    if warm is not None:
        annotate_files(*warm)
    start, cpu = time.perf_counter(), time.process_time()
    annotate_files(path, out)
    figures = {
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


# ---- recordings


def write_recording(folder: Path, name: str, leads: np.ndarray, fs: int, seconds: int) -> Path:
    """Write a WFDB recording that repeats these samples, (n_samples, n_leads) in mV."""
    samples = np.rint(leads * 200).astype("<i2")
    n = seconds * fs
    with (folder / f"{name}.dat").open("wb") as file:
        for start in range(0, n, len(samples)):
            samples[: n - start].tofile(file)
    lines = [f"{name} {leads.shape[1]} {fs} {n}"]
    whole, rest = divmod(n, len(samples))
    sums = whole * samples.sum(axis=0, dtype=np.int64) + samples[:rest].sum(axis=0, dtype=np.int64)
    for lead, first, total in zip(("II", "V5", "V1"), samples[0], sums, strict=False):
        lines.append(f"{name}.dat 16 200 16 0 {first} {total & 0xFFFF} 0 {lead}")
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")
    return folder / name


def simulated(fs: int, seconds: int, n_leads: int) -> np.ndarray:
    """Simulate leads with some beats of each class."""
    import skecg

    return skecg.simulate_record(
        seconds,
        fs=fs,
        leads=("MLII", "V5", "V1")[:n_leads],
        supraventricular=0.05,
        ventricular=0.05,
        random_state=0,
    ).signal


def joined() -> np.ndarray:
    """Join four recordings of mitdb, half an hour each."""
    import skecg

    found = skecg.find_records(Path(os.environ["SKECG_TEST_DATA"]) / "data" / "mitdb")
    records = [skecg.read_record(path, annotator=None) for path in found[:8]]
    return np.concatenate([r.signal for r in records if r.signal.shape[1] == 2][:4])


# ---- runs


class Runs:
    """Measurements of this code and of another checkout, in turn."""

    def __init__(self, against: Path | None, rounds: int, folder: Path):
        self.trees = {"this": HERE} | ({} if against is None else {"against": against})
        self.rounds = rounds
        self.folder = folder
        self.table: dict[tuple[str, str], dict[str, float]] = {}
        for tree in self.trees.values():  # as an installed package has them
            subprocess.run(
                [sys.executable, "-m", "compileall", "-q", str(tree / "skecg")], check=False
            )

    def measure(
        self, name: str, path: Path, *, warm: Path | None = None, trees=("this", "against")
    ):
        """Measure annotating in a process in which all is imported, if `warm` is given."""
        for _ in range(self.rounds):
            for tree in (tree for tree in self.trees if tree in trees):
                again = [sys.executable, __file__, "--here", str(path), self._out(path)]
                again += [] if warm is None else ["--warm", str(warm), self._out(warm)]
                done = self._run(tree, again)
                self._keep(name, tree, json.loads(done.stdout.splitlines()[-1]))

    def cold(self, name: str, path: Path) -> None:
        """Measure whole processes of a shell."""
        for _ in range(self.rounds):
            for tree in self.trees:
                out = self._out(path)
                command = [sys.executable, __file__, "--here", str(path), out]
                if (self.trees[tree] / "skecg" / "cli" / "_annotate.py").exists():
                    command = [sys.executable, "-m", "skecg", "annotate", "lstm", str(path)]
                    command += ["--out", str(Path(out, "found"))]
                before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                self._run(tree, command)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                used = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
                self._keep(name, tree, {"wall": time.perf_counter() - start, "cpu": used})

    def report(self) -> None:
        """Print the best of all rounds, and the ratios to the other checkout."""
        print(f"\n{'':28s}{'':10s}{'CPU s':>9s}{'wall s':>9s}{'peak MiB':>10s}")
        for (name, tree), best in self.table.items():
            shown = "".join(
                f"{best[key]:{width}.{digits}f}" if key in best else " " * width
                for key, width, digits in (("cpu", 9, 2), ("wall", 9, 2), ("peak", 10, 0))
            )
            print(f"{name:28s}{tree:10s}{shown}")
        for name in dict.fromkeys(name for name, _ in self.table):
            this, other = (self.table.get((name, tree)) for tree in ("this", "against"))
            if this and other:
                ratios = ", ".join(f"{key} {this[key] / other[key]:.2f}" for key in this)
                print(f"{name}: this / against = {ratios}")

    def _run(self, tree: str, command: list[str]) -> subprocess.CompletedProcess:
        env = os.environ | THREADS | {"PYTHONPATH": str(self.trees[tree])}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{tree}: {' '.join(command)}\n{done.stderr[-3000:]}")
        return done

    def _out(self, path: Path) -> str:
        """Return a new folder with the recording's files, next to which old code writes."""
        out = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copy(path.with_suffix(".hea"), out)
        (out / f"{path.name}.dat").symlink_to(path.with_suffix(".dat"))
        return str(out)

    def _keep(self, name: str, tree: str, figures: dict[str, float]) -> None:
        best = self.table.setdefault((name, tree), figures)
        self.table[name, tree] = {key: min(best[key], figures[key]) for key in figures}
        print(name, tree, *(f"{key} {value:.2f}" for key, value in figures.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", action="store_true", help="recordings of $SKECG_TEST_DATA")
    parser.add_argument("--day", action="store_true", help="a recording of 24 hours")
    parser.add_argument("--long", action="store_true", help="a recording of seven days")
    parser.add_argument("--here", nargs=2, metavar=("PATH", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--warm", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here is not None:
        measure(*options.here, options.warm)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        fs = 360 if options.data else 250
        leads = joined() if options.data else simulated(fs, 7200, 2)
        two_hours = write_recording(folder, "two", leads, fs, 7200)
        half_hour = write_recording(folder, "half", leads, fs, 1800)
        minute = write_recording(folder, "minute", leads, fs, 60)
        runs = Runs(options.against, options.rounds, folder)
        runs.measure("2 h, 2 leads, to files", two_hours, warm=minute)
        runs.cold("cold shell, 30 min", half_hour)
        runs.rounds = 1
        three = simulated(250, 7200, 3) if options.day or options.long else None
        if options.day:
            runs.measure("24 h, 3 leads", write_recording(folder, "day", three, 250, DAY))
        if options.long:
            week = write_recording(folder, "week", three, 250, 7 * DAY)
            runs.measure("7 days, 3 leads", week, trees=("this",))
        runs.report()


if __name__ == "__main__":
    main()
