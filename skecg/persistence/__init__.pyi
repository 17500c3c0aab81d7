from ._errors import ModelFileError
from ._load import load
from ._save import save

__all__ = ["ModelFileError", "load", "save"]
