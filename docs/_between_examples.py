"""Rules for each example of the gallery: configuration, warnings, and files."""

import warnings
from pathlib import Path
from typing import Any

import sklearn

EXAMPLES = Path(__file__).parents[1] / "examples"
_files = set(EXAMPLES.iterdir())


def reset(gallery_conf: Any, fname: str | None, when: str) -> None:
    """Reset before an example, and fail after one that leaves files behind.

    Examples run in one process, and some enable metadata routing. As in the tests, a
    FutureWarning is an error.
    """
    sklearn.set_config(enable_metadata_routing=False)
    running = when == "before" and fname is not None
    warnings.filterwarnings("error" if running else "default", category=FutureWarning)
    left = sorted(path.name for path in set(EXAMPLES.iterdir()) - _files)
    if left:
        raise RuntimeError(f"Example '{fname}' left files behind: {', '.join(left)}.")
