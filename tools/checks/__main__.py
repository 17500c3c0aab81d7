"""Run all checks, or those that are named, and print the problems that they find."""

import argparse
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ._files import Problem

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("[a-z]*.py"))


def main(arguments: list[str] | None = None) -> int:
    """Return 1 if there is a problem, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.checks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the checks and run none")
    options = parser.parse_args(arguments)
    found, start = 0, time.perf_counter()
    names = options.names or NAMES
    for name in names:
        module = import_module(f"tools.checks.{name}")
        summary = (module.__doc__ or "").splitlines()[0]
        if options.list:
            print(f"{name:16} {summary}")
            continue
        began = time.perf_counter()
        problems = _problems(module)
        print(*problems, sep="\n", end="\n" if problems else "")
        found += len(problems)
        verdict = f"{len(problems)} to mend" if problems else "passed"
        print(f"{name:16} {verdict:10} {time.perf_counter() - began:5.2f} s")
    if not options.list:
        took = time.perf_counter() - start
        total = f"{found} problems" if found else "no problem"
        print(f"{len(names)} checks, {total}, {took:.1f} s")
    return int(found > 0)


def _problems(module: ModuleType) -> list[Problem]:
    """Return what a check finds; a check that fails is a problem, and the others go on."""
    try:
        return list(module.problems())
    except Exception as error:
        traceback.print_exc()
        last = traceback.extract_tb(error.__traceback__)[-1]
        return [Problem(last.filename, last.lineno or 1, f"{type(error).__name__}: {error}")]


if __name__ == "__main__":
    sys.exit(main())
