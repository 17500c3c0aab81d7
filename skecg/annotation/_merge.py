"""Merge the corrections of a recording into its found beats."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..annotated import PREFIX, REVIEWED, AnnotatedRecord
from ..utils import count, listed

__all__ = ["DELETED", "Changes", "Merged", "changes_between", "merge"]

DELETED = "-"  # in the place of a symbol: there is no beat
#: Seconds within which a correction and a beat are the same: the window of ANSI/AAMI EC57.
WINDOW = 0.15


@dataclass(frozen=True, eq=False)
class Changes:
    """Beats of one recording as a person has reviewed them.

    Attributes
    ----------
    sample : ndarray of int of shape (n_changes,)
        Positions in samples, each once, in order.
    symbol : ndarray of str of shape (n_changes,)
        Class of the beat there; `DELETED` if there is none.
    """

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]

    @classmethod
    def of(cls, sample: Sequence[int] | NDArray[np.int64], symbol: Sequence[str]) -> "Changes":
        """Sort changes; of several at one position the last one holds."""
        last = dict(zip([int(at) for at in sample], symbol, strict=True))
        places = sorted(last)
        return cls(
            np.array(places, dtype=np.int64),
            np.array([last[at] for at in places], dtype="<U1"),
        )

    def __len__(self) -> int:
        return len(self.sample)

    def updated(self, later: "Changes", fs: float) -> "Changes":
        """Return these changes and later ones, which hold where both have one of a beat."""
        replaced, _ = _pair(self.sample, later.sample, WINDOW * fs)
        return Changes.of(
            np.concatenate([np.delete(self.sample, replaced), later.sample]),
            [*np.delete(self.symbol, replaced).tolist(), *later.symbol.tolist()],
        )


@dataclass(frozen=True, eq=False)
class Merged:
    """An annotated recording with its corrections, and the numbers of changes.

    Attributes
    ----------
    found : AnnotatedRecord
        The recording; ``beats`` has the column ``reviewed`` (bool).
    applied : Changes
        Those that had an effect.
    counts : dict of str to int
        Beats whose class was ``changed`` or ``confirmed``, that were ``added``, ``deleted`` or
        ``moved``, and corrections that are ``unmatched``.
    unmatched : tuple of str
        Each correction that has no effect, and the reason.
    """

    found: AnnotatedRecord
    applied: Changes
    counts: dict[str, int]
    unmatched: tuple[str, ...]

    def text(self) -> str:
        """Write the counts as a line."""
        parts = [f"{n:,} {name}" for name, n in self.counts.items() if n]
        return ", ".join(parts) or "none"

    def problem(self) -> str:
        """Write the warning about corrections without effect; "" if there are none."""
        if not self.unmatched:
            return ""
        return (
            f"Record {self.found.name!r}: {count(len(self.unmatched), 'correction')} not applied: "
            f"{listed(self.unmatched, 5)}."
        )


def changes_between(
    before: tuple[NDArray[np.int64], NDArray[np.str_]],
    after: tuple[NDArray[np.int64], NDArray[np.str_]],
) -> Changes:
    """Return the changes that an edited list of all beats has; unchanged beats are none.

    Parameters
    ----------
    before, after : tuple of ndarray
        Positions and classes of all beats, as they were written and as edited. A sample is no
        change, since a viewer may count in its own ticks.
    """
    (old, old_symbol), (new, new_symbol) = before, after
    same_old, same_new = _pair(old, new, 1)
    changed = old_symbol[same_old] != new_symbol[same_new]
    gone = np.setdiff1d(np.arange(len(old)), same_old)
    added = np.setdiff1d(np.arange(len(new)), same_new)
    return Changes.of(
        np.concatenate([old[gone], old[same_old][changed], new[added]]),
        [
            *[DELETED] * len(gone),
            *new_symbol[same_new][changed].tolist(),
            *new_symbol[added].tolist(),
        ],
    )


def merge(found: AnnotatedRecord, changes: Changes) -> Merged:
    """Apply the corrections of a recording to its beats.

    A correction belongs to the nearest beat within 150 ms, each to another one. The model's
    probabilities stay as they are, and the beat is marked as reviewed.
    """
    beats = found.beats.reset_index(drop=True)
    at = beats["sample"].to_numpy()
    symbol = beats["symbol"].to_numpy().astype("<U1")
    reviewed = _flags(beats)
    inside = (changes.sample >= 0) & (changes.sample < found.n_samples)
    unmatched = [f"sample {s} is outside the recording" for s in changes.sample[~inside].tolist()]
    place, wanted = changes.sample[inside], changes.symbol[inside]
    beat, change = _pair(at, place, WINDOW * found.fs)
    to, is_beat = wanted[change], wanted[change] != DELETED
    confirmed = int((is_beat & (symbol[beat] == to)).sum())
    changed = int(is_beat.sum()) - confirmed
    symbol[beat[is_beat]] = to[is_beat]
    reviewed[beat] = True
    gone = beat[~is_beat]
    rest = np.setdiff1d(np.arange(len(place)), change)
    added, without = rest[wanted[rest] != DELETED], rest[wanted[rest] == DELETED]
    unmatched += [f"no beat to delete at sample {s}" for s in place[without].tolist()]
    added, again = _first_of_each(place[change[is_beat]], place, added, WINDOW * found.fs)
    unmatched += [f"another one is of the beat at sample {s}" for s in place[again].tolist()]
    without = np.concatenate([without, again])
    applied = Changes(np.delete(place, without), np.delete(wanted, without))
    # a beat that is deleted next to one that is added was moved: it keeps its probabilities
    moved_beat, moved_to = _pair(at[gone], place[added], WINDOW * found.fs)
    sample = at.copy()
    sample[gone[moved_beat]] = place[added[moved_to]]
    symbol[gone[moved_beat]] = wanted[added[moved_to]]
    gone, added = np.delete(gone, moved_beat), np.delete(added, moved_to)
    beats = beats.assign(sample=sample, symbol=symbol, **{REVIEWED: reviewed})
    beats = beats[~np.isin(np.arange(len(beats)), gone)]
    beats = _with_added(beats, place[added], wanted[added])
    counts = {
        "changed": changed,
        "confirmed": confirmed,
        "added": len(added),
        "deleted": len(gone),
        "moved": len(moved_beat),
        "unmatched": len(unmatched),
    }
    return Merged(replace(found, beats=beats), applied, counts, tuple(unmatched))


def _first_of_each(
    kept: NDArray[np.int64], place: NDArray[np.int64], added: NDArray[np.intp], most: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Divide beats to add into those that are new, and those that are near another correction.

    ``kept`` are the positions of the corrections of beats that were found, in order.
    """
    new: list[int] = []
    again: list[int] = []
    for one in added.tolist():
        i = np.searchsorted(kept, place[one])
        around = [*kept[max(i - 1, 0) : i + 1].tolist(), *place[new[-1:]].tolist()]
        near = any(abs(other - place[one]) <= most for other in around)
        (again if near else new).append(one)
    return np.array(new, dtype=np.intp), np.array(again, dtype=np.intp)


def _flags(beats: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which beats were reviewed before."""
    if REVIEWED not in beats.columns:
        return np.zeros(len(beats), dtype=bool)
    return beats[REVIEWED].to_numpy(dtype=bool, copy=True)


def _with_added(
    beats: pd.DataFrame, sample: NDArray[np.int64], symbol: NDArray[np.str_]
) -> pd.DataFrame:
    """Return beats with those that a person has added: no lead, no probabilities."""
    if len(sample):
        columns = {
            name: pd.Series(np.nan, index=range(len(sample)), dtype=beats[name].dtype)
            for name in beats.columns
            if name.startswith(PREFIX)
        }
        more = pd.DataFrame(
            {"sample": sample, "symbol": symbol, "leads": "", **columns, REVIEWED: True}
        )
        beats = pd.concat([beats, more[beats.columns]], ignore_index=True)
    return beats.sort_values("sample", kind="stable", ignore_index=True)


def _pair(
    left: NDArray[np.int64], right: NDArray[np.int64], most: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair positions of two sorted arrays, the nearest first, each once, up to a distance."""
    first = np.searchsorted(left, right - most, "left")
    stop = np.searchsorted(left, right + most, "right")
    near = np.repeat(np.arange(len(right)), stop - first)  # and `of` is one that is near it
    of = np.arange(len(near)) - np.repeat(np.cumsum(stop - first) - stop, stop - first)
    order = np.argsort(np.abs(left[of] - right[near]), kind="stable")
    used_left: set[int] = set()
    used_right: set[int] = set()
    pairs = []
    for i, j in zip(of[order].tolist(), near[order].tolist(), strict=True):
        if i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            pairs.append((i, j))
    pairs.sort()
    both = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return both[:, 0], both[:, 1]
