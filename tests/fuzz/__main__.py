"""Read damaged and crafted files by the million, and fail if one does other than documented.

    python -m tests.fuzz --target all --inputs 1000000 --seed 0 --jobs 2

An input fails if it raises another exception than those that the docstring of its reader lists,
takes more than 2 s, takes 256 MB more memory than 64 times its size, or ends the process. Its
files are kept in a folder of ``--keep``; ``--replay FOLDER`` reads them again. Inputs depend on
target, seed and number only, not on ``--jobs``. Needs Linux.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from ._all import TARGETS
from ._pool import CRASH, Pool
from ._target import Target
from ._worker import ACCEPTED, HANG, MEMORY, UNDOCUMENTED, Chunk

_CHUNK = 1000  # inputs that a worker gets at once
_FAILURES = (UNDOCUMENTED, HANG, MEMORY, CRASH)


def main(arguments: list[str] | None = None) -> int:
    """Run the script; 1 if an input failed."""
    options = _parse(arguments)
    if options.replay is not None:
        return _replay(options.replay)
    targets = _chosen(options.target)
    keep = options.keep or Path(tempfile.mkdtemp(prefix="skecg-fuzz-failures-"))
    chunks = _chunks(targets, options.inputs)
    pool = Pool(options.seed, keep, chunks, options.seconds)
    start = time.monotonic()
    counts = pool.run(options.jobs)
    print(_table(pool, counts, time.monotonic() - start))
    for line in pool.failures:
        print(line)
    return int(any(outcome in _FAILURES for of in counts.values() for outcome in of))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--target", default="all", help="names of targets, with commas; or all")
    parser.add_argument("--inputs", type=int, default=100_000, help="number of inputs in all")
    parser.add_argument("--seconds", type=float, help="start no more inputs after these")
    parser.add_argument("--seed", type=int, default=0, help="of the changes")
    parser.add_argument("--jobs", type=int, default=1, help="number of processes")
    parser.add_argument("--keep", type=Path, help="folder of failing inputs (a temporary one)")
    parser.add_argument("--replay", type=Path, help="folder of one failing input, to read again")
    return parser.parse_args(arguments)


def _chosen(names: str) -> dict[str, Target]:
    """Return targets by name."""
    chosen = list(TARGETS) if names == "all" else names.split(",")
    if unknown := [name for name in chosen if name not in TARGETS]:
        sys.exit(f"unknown target {unknown[0]!r}: known are {', '.join(TARGETS)}")
    return {name: TARGETS[name] for name in chosen}


def _chunks(targets: dict[str, Target], n_inputs: int) -> list[Chunk]:
    """Share the inputs among the targets, in chunks of which each target has some early."""
    whole = sum(one.share for one in targets.values())
    placed = []
    for name, target in targets.items():
        n = max(1, round(n_inputs * target.share / whole))
        size = min(_CHUNK, max(1, -(-n // 8)))
        for start in range(0, n, size):
            placed.append((start / n, Chunk(name, start, min(start + size, n))))
    return [chunk for _, chunk in sorted(placed)]


def _replay(folder: Path) -> int:
    """Read a kept input again; the exception is not caught."""
    name = folder.resolve().name.rsplit("-", 2)[0]
    files = {one.name: one.read_bytes() for one in folder.iterdir() if one.name != "failure.txt"}
    with tempfile.TemporaryDirectory() as scratch:
        for file, content in files.items():
            (Path(scratch) / file).write_bytes(content)
        print(TARGETS[name].read(Path(scratch), files))
    return 0


def _table(pool: Pool, counts: dict[str, Counter[str]], seconds: float) -> str:
    """Return the outcomes by target, as text; times are those of a processor."""
    heads = "".join(f"{outcome:>14}" for outcome in _FAILURES)
    lines = [f"{'target':<14}{'inputs':>10}{'accepted':>10}{'each':>9}{heads}  refused"]
    total: Counter[str] = Counter()
    for name, of in [*sorted(counts.items()), ("all", total)]:
        n = sum(of.values()) or 1
        spent = sum(pool.seconds.values()) if name == "all" else pool.seconds[name]
        failed = "".join(f"{of[outcome]:>14,}" for outcome in _FAILURES)
        refused = ", ".join(
            f"{outcome.removeprefix('refused: ')} {number:,}"
            for outcome, number in sorted(of.items())
            if outcome.startswith("refused: ")
        )
        each = f"{1e6 * spent / n:,.0f} µs"
        lines.append(f"{name:<14}{n:>10,}{of[ACCEPTED] / n:>10.1%}{each:>9}{failed}  {refused}")
        total.update(of)
    return "\n".join([*lines, f"{seconds:,.0f} s in all"])


if __name__ == "__main__":
    sys.exit(main())
