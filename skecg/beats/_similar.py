"""Which beats have one shape: the similarity of all pairs of a stretch that moves on.

The stretch of a cell, 600 s say, and that of the next one 30 s later have most pairs in common.
Only those of the beats that are new are computed:

    stretch of a cell      |  a  b  c  d  |           matrix   aa ab ac ad
                              |  b  c  d  e  |                 ba bb bc bd be
                                                               ca cb cc cd ce
    it moves along the diagonal of one buffer, and             da db dc dd de
    starts anew at its corner when it reaches the end             eb ec ed ee
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["SIMILAR", "SimilarPairs", "energy", "similar"]

SIMILAR = 0.8  # similarity above which two beats have one shape


def similar(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which rows of ``a`` are similar to which of ``b``: 2 a.b / (a.a + b.b) above 0.8.

    This similarity is 1 for equal rows; unlike a correlation it falls if one is larger.
    """
    return _similar(a, b, energy(a), energy(b))


def energy(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sum the squares of each row."""
    return (rows * rows).sum(axis=1)


def _similar(
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    of_a: NDArray[np.floating],
    of_b: NDArray[np.floating],
) -> NDArray[np.bool_]:
    limit = of_a[:, None] + of_b
    limit *= SIMILAR / 2
    return a @ b.T > limit


class SimilarPairs:
    """Which beats of a stretch are similar to which, and to how many.

    Parameters
    ----------
    complexes : ndarray of shape (n_beats, n_qrs)
        QRS complexes of all beats of a lead.

    Attributes
    ----------
    matrix : ndarray of bool of shape (n_others, n_others)
        The pairs of the stretch; a beat is similar to itself. A view, until the next `move`.
    counts : ndarray of float32 of shape (n_others,)
        Beats similar to each, itself included.
    """

    matrix: NDArray[np.bool_]
    counts: NDArray[np.float32]

    def __init__(self, complexes: NDArray[np.floating]) -> None:
        self._complexes = complexes
        self._energy = energy(complexes)
        self._stretch = slice(0, 0, 1)
        self._at = 0  # place of the first beat in the buffer
        self._buffer = np.empty((0, 0), dtype=bool)

    def of(self, rows: slice, others: slice) -> NDArray[np.bool_]:
        """Compare some beats with others."""
        return _similar(
            self._complexes[rows],
            self._complexes[others],
            self._energy[rows],
            self._energy[others],
        )

    def move(self, others: slice) -> None:
        """Move on to another stretch, a slice with a step: beats that all have numbers in it."""
        before, self._stretch = self._stretch, others
        moves_on = before.start <= others.start < before.stop <= others.stop
        if others.step != 1 or before.step != 1 or not moves_on:
            self._begin(others)
            return
        n_gone, n_kept = others.start - before.start, before.stop - others.start
        n = others.stop - others.start
        counts = self.counts[n_gone:] - _sums(self.matrix[:n_gone, n_gone:])
        kept = self.matrix[n_gone:, n_gone:]
        self._at += n_gone
        if self._at + n > len(self._buffer):
            self._place(n)[:n_kept, :n_kept] = kept.copy()
        self.matrix = self._buffer[self._at : self._at + n, self._at : self._at + n]
        if n > n_kept:
            new = self.of(slice(before.stop, others.stop), others)
            np.fill_diagonal(new[:, n_kept:], True)  # a flat beat, too, is similar to itself
            self.matrix[n_kept:] = new
            self.matrix[:n_kept, n_kept:] = new[:, :n_kept].T
            counts = np.concatenate((counts + _sums(new[:, :n_kept]), _sums(new.T)))
        self.counts = counts

    def _begin(self, others: slice) -> None:
        """Compare all pairs."""
        matrix = self.of(others, others)
        np.fill_diagonal(matrix, True)
        self.matrix = self._place(len(matrix))
        self.matrix[:] = matrix
        self.counts = _sums(matrix)  # it is symmetric

    def _place(self, n: int) -> NDArray[np.bool_]:
        """Return a square at the corner of the buffer, which is made larger if it must be."""
        if n > len(self._buffer):
            self._buffer = np.empty((n + n // 2, n + n // 2), dtype=bool)
        self._at = 0
        return self._buffer[:n, :n]

    def counts_among(self, beats: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Count the beats similar to each one of the stretch among some of its beats."""
        return _sums(self.matrix[np.flatnonzero(beats)])

    def to_others(self, own: slice) -> NDArray[np.bool_]:
        """Tell to which others of the stretch some of its beats are similar, without themselves.

        Parameters
        ----------
        own : slice
            Numbers of the beats.

        Returns
        -------
        ndarray of bool of shape (n_own, n_others)
        """
        others = self._stretch
        if others.step == 1 and others.start <= own.start and own.stop <= others.stop:
            at = own.start - others.start
            pairs = self.matrix[at : at + own.stop - own.start].copy()
        else:
            pairs = self.of(own, others)
        numbers = np.arange(others.start, others.stop, others.step)
        pairs[np.arange(own.start, own.stop)[:, None] == numbers] = False
        return pairs


def _sums(pairs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Count the true values of each column: exact in float32, in which it is a fast product."""
    return np.ones(len(pairs), dtype=np.float32) @ pairs.astype(np.float32)
