"""Single ectopic beats, couplets, runs, bigeminy and trigeminy in the classes of the beats."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ._rhythm import NORMAL, Rhythm

#: Patterns in the order in which they take beats, so that each ectopic beat (x) is in one only:
#: runs of three and more; trigeminy (two normal beats between) and bigeminy (one between), of
#: three and more ectopic beats, which no couplet or run begins or ends; couplets; single beats.
PATTERNS: Mapping[str, str] = {
    "runs": "x{3,}",
    "trigeminy": "(?<!x)x(?:NNx){2,}(?!x)",
    "bigeminy": "(?<!x)x(?:Nx){2,}(?!x)",
    "couplets": "xx",
    "singles": "x",
}
LOST, USED = "|", "."


class Span(NamedTuple):
    """Beats of a pattern: the first one, and the one after the last."""

    start: int
    stop: int


def find_patterns(rhythm: Rhythm, label: str) -> dict[str, list[Span]]:
    """Return the patterns of a class: by kind, by time.

    No pattern spans a stretch without signal or without beats.

    >>> import numpy as np
    >>> from skecg.holter._patterns import find_patterns
    >>> from skecg.holter._rhythm import Rhythm
    >>> symbol = np.array(list("NVNVVNVVVN"))
    >>> rhythm = Rhythm(np.arange(10.0), symbol, np.r_[np.nan, np.ones(9)])
    >>> found = find_patterns(rhythm, "V")
    >>> found["singles"], found["couplets"], found["runs"]
    ([Span(start=1, stop=2)], [Span(start=3, stop=5)], [Span(start=6, stop=9)])
    """
    # class of each beat as a letter, and a mark where beats do not follow each other:
    #
    #   beat    0 1 2   3 4 5        letters  N x N | x x N
    #   number  0 1 2 3 3 4 5   of the beat after each letter
    letters = np.full(len(rhythm.symbol), "o", dtype="U1")
    letters[rhythm.symbol == NORMAL] = NORMAL
    letters[rhythm.symbol == label] = "x"
    breaks = rhythm.breaks
    number = np.insert(np.arange(len(letters)), breaks, breaks)
    text = "".join(np.insert(letters, breaks, LOST).tolist())
    found: dict[str, list[Span]] = {}
    for kind, pattern in PATTERNS.items():
        found[kind] = [
            Span(int(number[m.start()]), int(number[m.start()]) + m.end() - m.start())
            for m in re.finditer(pattern, text)
        ]
        text = re.sub(pattern, lambda m: USED * len(m[0]), text)
    return found
