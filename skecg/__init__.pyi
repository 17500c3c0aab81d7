# ruff: noqa: F403 - what rooms list as public is public here
from . import layout as layout
from . import pipeline as pipeline
from . import tables as tables
from ._annotate import annotate as annotate
from ._annotate import detect_beats as detect_beats
from .beats import *
from .classifiers import *
from .datasets import *
from .display import *
from .layout import BeatLayout as BeatLayout
from .metrics import *
from .model_selection import *
from .persistence import *
from .pipeline import calibrate as calibrate
from .pipeline import make_beat_pipeline as make_beat_pipeline
from .preprocessing import *
from .records import *
from .resampling import *

__version__: str
