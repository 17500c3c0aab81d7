from ._beats import read_beats, write_beats
from ._errors import ModelFileError
from ._load import ModelInfo, load
from ._pretrained import load_pretrained
from ._save import save

__all__ = [
    "ModelFileError",
    "ModelInfo",
    "load",
    "load_pretrained",
    "read_beats",
    "save",
    "write_beats",
]
