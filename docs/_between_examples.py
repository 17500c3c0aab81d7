"""Reset scikit-learn's configuration before each example of the gallery."""

from typing import Any

import sklearn


def reset(gallery_conf: Any, fname: str) -> None:
    """Disable metadata routing: examples run in one process, and some enable it."""
    sklearn.set_config(enable_metadata_routing=False)
