"""Run all checks, or those that are named, and print the problems that they find."""

import argparse
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path

from ._files import Problem

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main(arguments: list[str] | None = None) -> int:
    """Return 1 if there is a problem, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.checks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--list", action="store_true", help="describe the checks and run none")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no check {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    names = options.names or NAMES
    if options.list:
        for name in names:
            summary = (import_module(f"tools.checks.{name}").__doc__ or "").splitlines()[0]
            print(f"{name:16} {summary}")
        return 0
    start = time.perf_counter()
    found = sum(len(_run(name)) for name in names)
    total = f"{found} to mend" if found else "no problem"
    print(f"{len(names)} checks, {total}, {time.perf_counter() - start:.1f} s")
    return int(found > 0)


def _run(name: str) -> list[Problem]:
    """Run a check and print what it finds; a check that fails is a problem, and others go on."""
    start = time.perf_counter()
    try:
        problems = list(import_module(f"tools.checks.{name}").problems())
    except Exception as error:
        traceback.print_exc()
        last = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error}"
        problems = [Problem(last.filename, last.lineno or 1, message)]
    for problem in problems:
        print(problem)
    verdict = f"{len(problems)} to mend" if problems else "passed"
    print(f"{name:16} {verdict:10} {time.perf_counter() - start:5.2f} s", flush=True)
    return problems


if __name__ == "__main__":
    sys.exit(main())
