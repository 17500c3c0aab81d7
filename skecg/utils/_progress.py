"""Show a progress bar."""

from collections.abc import Collection, Iterator
from typing import TypeVar

__all__ = ["progress"]

Item = TypeVar("Item")


def progress(items: Collection[Item], text: str, *, verbose: int) -> Iterator[Item]:
    """Yield items, with a bar on standard error if ``verbose`` is 1 or more.

    >>> from skecg.utils import progress
    >>> list(progress(["100", "101"], "Reading records", verbose=0))
    ['100', '101']
    """
    if verbose < 1:
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeRemaining

    columns = TextColumn(text), BarColumn(), MofNCompleteColumn(), TimeRemaining()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(items)
