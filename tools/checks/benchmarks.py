"""Benchmarks can be imported: what they take from the package is there."""

import sys
import traceback
from collections.abc import Iterator

from ._files import ROOT, Problem, load, paths


def problems() -> Iterator[Problem]:
    """Yield benchmarks whose import fails; none is run."""
    for path in paths("benchmarks/**/*.py"):
        folder = str((ROOT / path).parent)
        sys.path.insert(0, folder)  # as python puts it there for a script
        try:
            load(path)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [f.lineno for f in frames if f.filename == str(ROOT / path)]
            line = lines[-1] if lines and lines[-1] else 1
            yield Problem(path, line, f"{type(error).__name__}: {error}")
        finally:
            sys.path.remove(folder)
