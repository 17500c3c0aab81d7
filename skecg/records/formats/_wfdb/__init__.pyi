from ._entry import WFDB

__all__ = ["WFDB"]
