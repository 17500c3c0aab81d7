"""Blocks: the stretches in which a long recording is annotated, so that memory is bounded.

The beats of a block are found, and their rows made, from a stretch that reaches beyond it on both
sides as far as anything affects them:

    recording    |-------------------------------------------------------|
    blocks       |-- block 0 --|-- block 1 --|-- block 2 --|-- block 3 --|
    stretch                |-m-|-- block 1 --|-m-|
"""

from collections.abc import Iterator
from typing import NamedTuple

from ..detection._find import MARGIN, block_step

__all__ = ["Block", "block_seconds", "blocks", "in_one_piece"]

# Seconds of a block. A longer one has less overhead by margins, and needs more memory.
_LONGEST, _SHORTEST = 7200.0, 1800.0
_MOST_VALUES = 5_500_000  # of all leads of a block, that of 2 hours of 3 leads at 250 Hz


class Block(NamedTuple):
    """A block, and the stretch of signal in which its beats are found, all in samples."""

    start: int
    stop: int
    first: int
    last: int


def block_seconds(fs: float, n_leads: int) -> float:
    """Return the length of the blocks of a recording, the same on every computer.

    Examples
    --------
    >>> from skecg.annotation._blocks import block_seconds
    >>> block_seconds(250, 3), block_seconds(1000, 12)
    (7200.0, 1800.0)
    """
    return float(min(_LONGEST, max(_SHORTEST, _MOST_VALUES / (fs * max(n_leads, 1)))))


def in_one_piece(n_samples: int, fs: float, block: float) -> bool:
    """Tell whether a recording is annotated in one piece: it is hardly longer than a block."""
    return n_samples <= 1.5 * block * fs


def blocks(n_samples: int, fs: float, block: float) -> Iterator[Block]:
    """Divide a recording into blocks; the last one is half as long as the others, at least.

    Examples
    --------
    >>> from skecg.annotation._blocks import blocks
    >>> [(one.start, one.stop) for one in blocks(10_000, 10, block=300)]
    [(0, 3000), (3000, 6000), (6000, 10000)]
    """
    length, start, step = max(1, round(block * fs)), 0, block_step(fs)
    margin = -(-round(MARGIN * fs) // step) * step
    while start < n_samples:
        stop = n_samples if n_samples - start <= 1.5 * length else start + length
        first = max(0, start // step * step - margin)
        yield Block(start, stop, first, min(stop + margin, n_samples))
        start = stop
