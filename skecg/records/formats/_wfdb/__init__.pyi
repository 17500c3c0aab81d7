from ._annotations import as_stream
from ._entry import WFDB

__all__ = ["WFDB", "as_stream"]
