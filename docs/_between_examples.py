"""What sphinx-gallery does before each example."""

from typing import Any

import sklearn


def reset(gallery_conf: Any, fname: str) -> None:
    """Switch metadata routing off: examples run in one process, and some switch it on."""
    sklearn.set_config(enable_metadata_routing=False)
