from ._bunch import take_beats
from ._extract import BeatExtractor
from ._files import read_beats, write_beats
from ._load import load_beats

__all__ = ["BeatExtractor", "load_beats", "read_beats", "take_beats", "write_beats"]
