"""A target: valid inputs, ways to change them, the function that reads them."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

__all__ = ["NAME", "Files", "Target"]

#: The files of one input: their names, and what is in them.
Files: TypeAlias = Mapping[str, bytes]

NAME = "fuzzed"  # of each input; errors must name it


@dataclass(frozen=True)
class Target:
    """One kind of input.

    ``make`` writes nothing but into the folder that it gets, and returns valid inputs. ``change``
    makes an input of one of them, given all. ``read`` reads the files in a folder, and may raise
    ``documented`` exceptions only, of exactly these types, whose messages name the input. Of
    ``share``, the whole of all targets is 1.
    """

    name: str
    share: float
    documented: tuple[type[Exception], ...]
    make: Callable[[Path], list[Files]]
    change: Callable[[random.Random, Files, list[Files]], Files]
    read: Callable[[Path, Files], object]
