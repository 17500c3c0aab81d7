# ruff: noqa: F403 - what subpackages list as public is public here
from . import layout as layout
from . import pipeline as pipeline
from . import tables as tables
from .annotated import AnnotatedRecord as AnnotatedRecord
from .annotation import *
from .augmentation import *
from .beats import *
from .calibration import *
from .classifiers import *
from .datasets import *
from .detection import *
from .display import *
from .ec57 import *
from .holter import *
from .inspection import *
from .layout import BeatLayout as BeatLayout
from .metrics import *
from .model_selection import *
from .persistence import *
from .pipeline import make_beat_pipeline as make_beat_pipeline
from .predictions import Predictions as Predictions
from .preprocessing import *
from .records import *
from .report import *

__version__: str
