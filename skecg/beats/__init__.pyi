from ._beats import BeatExtractor, Beats, take_beats
from ._common import common_beats
from ._load import load_beats

__all__ = ["BeatExtractor", "Beats", "common_beats", "load_beats", "take_beats"]
