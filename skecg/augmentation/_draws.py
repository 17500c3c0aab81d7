"""Random draws for rows that are changed in blocks, equal to those for all rows at once."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["DrawsInBlocks"]

Shape = int | tuple[int, ...]


class DrawsInBlocks:
    """A generator with the methods that the augmentation uses, for rows in blocks.

    A method that draws twice, once for each row, would draw in another order if it were called
    for one block after the other. Here the k-th draw is made for all rows at the first block:

        at once     steps of all rows, then signs of all rows
        in blocks   the same two draws; each block gets its part of both

    Noise, as large as the rows, is drawn block by block: it is the only draw of its method.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    n_rows : int
        Number of rows of all blocks.
    """

    def __init__(self, rng: np.random.Generator, n_rows: int) -> None:
        self._rng = rng
        self._n_rows = n_rows
        self._drawn: list[NDArray[Any]] = []
        self._place = slice(0, 0)
        self._next = 0

    def at(self, place: slice) -> "DrawsInBlocks":
        """Go to the next block, of these rows."""
        self._place, self._next = place, 0
        return self

    def uniform(self, low: float, high: float, size: tuple[int, ...]) -> NDArray[Any]:
        """Draw as `numpy.random.Generator.uniform`."""
        return self._part("uniform", (low, high), size)

    def integers(
        self, low: int, high: int, size: Shape, *, endpoint: bool = False
    ) -> NDArray[Any]:
        """Draw as `numpy.random.Generator.integers`."""
        return self._part("integers", (low, high), size, endpoint=endpoint)

    def choice(self, values: tuple[int, ...], size: Shape) -> NDArray[Any]:
        """Draw as `numpy.random.Generator.choice`."""
        return self._part("choice", (values,), size)

    def standard_normal(self, size: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Draw as `numpy.random.Generator.standard_normal`, for this block only."""
        return self._rng.standard_normal(size, dtype=dtype)  # type: ignore[arg-type]

    def _part(self, method: str, args: tuple[Any, ...], size: Shape, **more: Any) -> NDArray[Any]:
        if self._next == len(self._drawn):
            shape = size[1:] if isinstance(size, tuple) else ()
            draw = getattr(self._rng, method)
            self._drawn.append(draw(*args, size=(self._n_rows, *shape), **more))
        self._next += 1
        return self._drawn[self._next - 1][self._place].copy()
