"""Classify heartbeats in ECG recordings with scikit-learn pipelines and recurrent networks.

A folder of ECG recordings goes in; trained, evaluated and saved classifiers come out.
Every public name is reached as ``skecg.name``; modules load when first used.
"""

from importlib import import_module

import lazy_loader

__version__ = "0.1.0"

# What the stub of a subpackage lists is public here. Single modules have no stub.
_SUBPACKAGES = (
    "records",
    "preprocessing",
    "augmentation",
    "beats",
    "datasets",
    "model_selection",
    "metrics",
    "ec57",
    "calibration",
    "classifiers",
    "inspection",
    "display",
    "annotation",
    "holter",
    "detection",
    "report",
    "persistence",
)
_PUBLIC = {name: import_module(f"{__name__}.{name}").__all__ for name in _SUBPACKAGES} | {
    "annotated": ["AnnotatedRecord"],
    "layout": ["BeatLayout"],
    "pipeline": ["make_beat_pipeline"],
    "predictions": ["Predictions"],
}
_MODULES = {"layout", "pipeline", "tables"}  # reached as skecg.tables

__getattr__, __dir__, _names = lazy_loader.attach(__name__, _MODULES, _PUBLIC)
__all__ = sorted({*_names, "__version__"} - _MODULES)
