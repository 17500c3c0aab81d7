from ._errors import ModelFileError
from ._load import load
from ._pretrained import load_pretrained
from ._save import save

__all__ = ["ModelFileError", "load", "load_pretrained", "save"]
