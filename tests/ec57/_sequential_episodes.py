"""The comparison of episodes and of measurements as the rules read, one step after the other."""

import math
import re


def _episodes(marks, end):
    """Find episodes of (sample, kind), kind "(", ")" or a signal, depth at most 1."""
    found, on, extrema = [], None, {}
    for sample, kind in marks:
        if kind == "(" and on is None:
            on, extrema = sample, {}
        elif kind == ")" and on is not None:
            found.append((on, sample, extrema))
            on = None
        elif isinstance(kind, int) and on is not None:
            extrema[kind] = sample
    if on is not None:
        found.append((on, max(end, marks[-1][0]), extrema))
    return found


def _marks(annotations, kind):
    marks = []
    for sample, symbol, text in annotations:
        if kind == "VF" and symbol in "[]":
            marks.append((sample, "(" if symbol == "[" else ")"))
        elif kind in ("AF", "AFL") and symbol == "+":
            opening = "(AFIB" if kind == "AF" else "(AFL"
            marks.append((sample, "(" if text.startswith(opening) else ")"))
        elif kind == "ST0" and symbol == "s":
            if text.startswith("(ST0"):
                marks.append((sample, "("))
            elif text.startswith("ST0"):
                marks.append((sample, ")"))
            elif text.startswith("AST0"):
                marks.append((sample, 0))
            else:
                marks.append((sample, "nothing"))
        else:
            marks.append((sample, "nothing"))
    return marks


def count_in_order(defining, searched, kind, start, end, excluded=()):
    """Return [begin, end, duration, overlap, matched] of each episode of the defining list."""
    rows = []
    others = _episodes(_marks(searched, kind), end)
    for on, off, extrema in _episodes(_marks(defining, kind), end):
        if off < start:
            continue
        if on >= end:
            break
        s, e = max(on, start), min(off, end)
        length, dropped = e - s, False
        for x0, x1 in excluded:
            if e <= x0:
                break
            if x0 <= s <= x1:
                if e <= x1:
                    dropped = True
                    break
                length, s = length + x1 - s, x1
            elif s <= x0 <= e:
                if x1 < e:
                    length -= x1 - x0
                else:
                    length, e = length - (e - x0), x0
        if dropped:
            continue
        overlap, covers = 0, False
        for a, b, _ in others:
            low, high = max(a, s), min(b, e)
            if low < high:
                overlap += high - low
                at = extrema.get(0)
                covers |= at is not None and start < at < end and low <= at <= high
        matched = overlap > 0
        if kind.startswith("ST"):
            matched = matched and (2 * overlap >= length or covers)
        rows.append([s, e, length, overlap, matched])
    return rows


def flutter(annotations, start, end):
    """Return the intervals of atrial flutter."""
    found = _episodes(_marks(annotations, "AFL"), end)
    return [(on, off) for on, off, _ in found if off >= start]


def measure_in_order(reference, test):
    """Return the test values at the reference extrema of signal 0."""
    beats = [(sample, text) for sample, symbol, text in test if symbol == "N"]
    found, read, value, latest = [], 0, 0, 0
    for sample, symbol, text in reference:
        if symbol != "s" or not text.startswith("AST0"):
            continue
        before, later = value, None
        while read < len(beats):
            at, numbers = beats[read]
            before, read = value, read + 1
            if match := re.match(r"-?\d+", numbers):
                value = int(match[0])
            if at > sample:
                later = at
                break
            latest = at
        nearer = later is None or sample - latest >= later - sample
        found.append(value if nearer else before)
    return found


def pair_in_order(reference, test, start, end):
    """Return the pairs of values as mxm counts them, and the number of tests that it reads.

    ``end`` is None where the length is unknown.
    """
    todo = iter(test)
    n, at, value = 0, -1, 0
    while at < start:
        at, value, n = _next(todo, value, n)
    behind = iter(reference)
    last, following = (-1, 0), None  # the reference before, and the next one
    pairs = []
    while True:
        seen = -math.inf if following is None else following[0]
        if not (seen < math.inf if end is None else seen <= end or at <= end):
            return pairs, n
        while following is None or following[0] < at:
            last = last if following is None else following
            following = next(behind, (math.inf, None))
            if following[0] == math.inf:
                break
        nearer = following[0] < math.inf and following[0] - at <= at - last[0]
        pairs.append(((following if nearer else last)[1], value))
        at, value, n = _next(todo, value, n)


def _next(todo, value, n):
    found = next(todo, None)
    return (math.inf, value, n) if found is None else (*found, n + 1)
