"""Classify heartbeats in ECG recordings with scikit-learn pipelines and recurrent networks.

A folder of WFDB records goes in; trained, evaluated and saved classifiers come out.
Every public name can be reached as ``skecg.name``; modules load when first used.
"""

from importlib import import_module

import lazy_loader

__version__ = "0.1.0"

# What a room's stub lists as public is public here. Rooms of one module have no stub.
_PUBLIC = {
    **{
        room: import_module(f"{__name__}.{room}").__all__
        for room in (
            "records",
            "datasets",
            "preprocessing",
            "beats",
            "resampling",
            "model_selection",
            "classifiers",
            "metrics",
            "display",
            "persistence",
        )
    },
    "layout": ["BeatLayout"],
    "pipeline": ["calibrate", "make_beat_pipeline"],
    "_annotate": ["annotate", "detect_beats"],
}
_MODULES = {"layout", "pipeline", "tables"}  # reached as skecg.tables

__getattr__, __dir__, _names = lazy_loader.attach(__name__, _MODULES, _PUBLIC)
__all__ = sorted({*_names, "__version__"} - _MODULES)
