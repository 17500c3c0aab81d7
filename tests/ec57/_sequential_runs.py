"""The rules of the run-by-run comparison, read one annotation at a time."""

import math

import numpy as np

CLASSES = {"V": "V", "E": "V", "F": "F", "A": "S", "S": "S", "N": "N", "L": "N", "Q": "Q"}
# members, enders, start, end and start of the other fibrillation
KINDS = {
    "ve": ("VF", "NSQ", "VF on", "VF off", "AF on"),
    "sve": ("S", "NVFQ", "AF on", "AF off", "VF on"),
}


def read(annotations):
    """Return the meaning of each annotation: a class, the start or end of an episode, or None."""
    vf = af = shutdown = False
    found = []
    for _, symbol, subtype, text in annotations:
        meaning = CLASSES.get(symbol)
        if meaning == "N" and af:
            meaning = "S"
        elif symbol == "~":
            opens = subtype & 0x30 == 0x30
            meaning = "shutdown" if opens and not shutdown else None
            shutdown = opens
        elif symbol == "[" or (symbol == "+" and text.startswith("(VF")):
            meaning = None if vf else "VF on"
            vf, af = True, af and vf
        elif symbol == "+" and text.startswith("(AF"):
            meaning = None if af else "AF on"
            vf, af = vf and af, True
        elif symbol == "]":
            meaning, vf = "VF off" if vf else None, False
        elif symbol == "+" and text:
            meaning = "AF off" if af else "VF off" if vf else None
            vf = af = False
        found.append(meaning)
    return found


class Searched:
    """A file that is asked for its longest run in windows, read forward only."""

    def __init__(self, annotations, kind):
        self.annotations, self.meanings = annotations, read(annotations)
        self.members, self.enders, self.on, self.off, self.other = KINDS[kind]
        self.at, self.end = 0, -math.inf

    def pass_fibrillation(self):
        closes = (self.off, self.other, "shutdown")
        self.at += 1
        while self.at < len(self.annotations) and self.meanings[self.at] not in closes:
            self.at += 1
        self.end = math.inf
        if self.at < len(self.annotations):
            self.end = self.annotations[self.at][0]
            self.at += 1

    def longest(self, low, high):
        if self.end > low:
            return 6
        best = length = 0
        while self.at < len(self.annotations) and self.annotations[self.at][0] <= max(
            low - 1, high
        ):
            meaning, inside = self.meanings[self.at], self.annotations[self.at][0] >= low
            if meaning == self.on:
                self.pass_fibrillation()
                if inside or self.end > low:
                    return 6
                continue
            self.at += 1
            if inside and meaning is not None:
                if meaning in self.members:
                    length += 1
                elif meaning in (*self.enders, self.other, "shutdown"):
                    length = 0
                best = max(best, min(length, 6))
        return best


def search(defining, searched, kind, start, end, window):
    """Return (length, longest found) of each run, and the annotation that was read last."""
    members, enders, on, off, _ = KINDS[kind]
    found, length, low, high, is_open, last = [], 0, 0, 0, False, None
    for annotation, meaning in zip(defining, read(defining), strict=True):
        at = annotation[0]
        if at < start:
            is_open = meaning == on or (is_open and meaning not in ("VF off", "AF off"))
            continue
        if last is None and is_open:
            length, low, high = 6, start - window, start + window
        last = annotation
        if end is not None and at > end:
            return found, last
        if meaning is None:
            continue
        if meaning == on and not length:
            length, low = 6, at - window
        elif meaning in members:
            low = low if length else at - window
            length, high = min(length + 1, 6), at + window
        elif meaning == off and length:
            high = at + window
        elif length and meaning in (*enders, "shutdown"):
            found.append((length, searched.longest(low, high)))
            length = 0
    if length:
        found.append((length, searched.longest(low, high)))
        last = None
    return found, last


def matrices_in_order(reference, test, start, end, window, faults):
    """Return both matrices by kind; each file must have annotations in the test period."""
    files, left, matrices = (reference, test), [None, None], {}
    for kind in KINDS:
        pair = np.zeros((2, 7, 7), dtype=int)
        for defining, searched in ((0, 1), (1, 0)):
            copy = [(0, *left[searched][1:])] if faults and left[searched] else []
            opened = Searched([*copy, *files[searched]], kind)
            runs, left[defining] = search(files[defining], opened, kind, start, end, window)
            for length, longest in runs:
                cell = (length, longest) if defining == 0 else (longest, length)
                pair[(defining, *cell)] += 1
        matrices[kind] = tuple(pair)
    return matrices


def random_annotations(rng):
    """Make annotations from before 5:00 on, of beats, fibrillation, rhythms and shutdowns."""
    at, found = 107_000, []
    for _ in range(rng.integers(20, 80)):
        at += int(rng.choice([0, 1, 20, 54, 55, 100, 108, 109, 300]))
        draw = rng.random()
        if draw < 0.8:
            found.append((at, str(rng.choice(list("VVVVVNNNNAAAAEFLSQ"))), 0, ""))
        elif draw < 0.88:
            found.append((at, str(rng.choice(list("[]!x"))), 0, ""))
        elif draw < 0.96:
            text = str(rng.choice(["(AFIB", "(N", "(VFL", "(AFL", ""]))
            found.append((at, "+", 0, text))
        else:
            found.append((at, "~", int(rng.choice([-1, 0x30, 0])), ""))
    return [*found, (max(at, 108_000) + 200, "N", 0, "")]
