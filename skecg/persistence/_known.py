"""The classes and functions that a file may name.

A file names the class of an object; only the names in these tables are ever looked up, and no
module is imported because a file names it. Constructors of the classes only store or check their
parameters. A class that is to be saved in model files gets an entry here, after a review of its
constructor.
"""

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import Any

__all__ = [
    "ABSENT",
    "CLASSES",
    "FUNCTIONS",
    "class_name",
    "describe",
    "function_name",
    "place",
    "resolve",
]

CLASSES = {  # name in files: module and name in it
    "BeatAugmenter": "skecg.augmentation:BeatAugmenter",
    "BeatExtractor": "skecg.beats:BeatExtractor",
    "BeatLayout": "skecg.layout:BeatLayout",
    "BeatNormalizer": "skecg.preprocessing:BeatNormalizer",
    "BeatScorer": "skecg.metrics:BeatScorer",
    "ContextLSTMClassifier": "skecg.classifiers:ContextLSTMClassifier",
    "LSTMClassifier": "skecg.classifiers:LSTMClassifier",
    "RNNClassifier": "skecg.classifiers:RNNClassifier",
    "StratifiedGroupShuffleSplit": "skecg.model_selection:StratifiedGroupShuffleSplit",
    "TemperatureScaling": "skecg.calibration:TemperatureScaling",
    "WaveletDenoiser": "skecg.preprocessing:WaveletDenoiser",
    "imblearn.Pipeline": "imblearn.pipeline:Pipeline",
    "imblearn.RandomOverSampler": "imblearn.over_sampling:RandomOverSampler",
    "imblearn.RandomUnderSampler": "imblearn.under_sampling:RandomUnderSampler",
    "sklearn.GridSearchCV": "sklearn.model_selection:GridSearchCV",
    "sklearn.GroupKFold": "sklearn.model_selection:GroupKFold",
    "sklearn.KFold": "sklearn.model_selection:KFold",
    "sklearn.Pipeline": "sklearn.pipeline:Pipeline",
    "sklearn.RandomizedSearchCV": "sklearn.model_selection:RandomizedSearchCV",
    "sklearn.StandardScaler": "sklearn.preprocessing:StandardScaler",
    "sklearn.StratifiedGroupKFold": "sklearn.model_selection:StratifiedGroupKFold",
    "sklearn.StratifiedKFold": "sklearn.model_selection:StratifiedKFold",
}
#: Parameters that files of earlier versions lack, with the values by which they were written.
ABSENT: Mapping[str, Mapping[str, Any]] = {"BeatExtractor": {"scalars": "basic"}}
FUNCTIONS = {
    "balance_majority": "skecg.augmentation:balance_majority",
    "double_minority": "skecg.augmentation:double_minority",
}


def class_name(obj: object) -> str | None:
    """Return the name of an object's class in the table, or None; a subclass is not its parent."""
    return _name_of(type(obj), CLASSES)


def function_name(obj: object) -> str | None:
    """Return the name of a function in the table, or None."""
    return _name_of(obj, FUNCTIONS)


def resolve(name: object, table: Mapping[str, str], kind: str, path: str = "") -> Any:
    """Return the class or function under a name in a table, or raise ValueError.

    Nothing is imported for another name.
    """
    if type(name) is not str or name not in table:
        raise ValueError(
            f"The {place(path)} is of an unknown {kind}: {shorten(name)}. Known are "
            f"{', '.join(table)}."
        )
    return _import(table[name])


def place(path: str) -> str:
    """Return the words for a place in a spec."""
    return f"parameter '{path}'" if path else "object"


def shorten(value: object) -> str:
    """Return the start of a value's text: an untrusted file may hold a long one."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:200] + "..."


def describe(value: object) -> str:
    """Return the type of a value in words, with the name of a function or class."""
    if inspect.isroutine(value) or inspect.isclass(value):
        kind = "the class" if inspect.isclass(value) else "the function"
        return f"{kind} {value.__module__}.{value.__qualname__}"
    return f"an object of type {type(value).__module__}.{type(value).__qualname__}"


def _name_of(obj: object, table: Mapping[str, str]) -> str | None:
    """Return the name of a class or function in a table, by identity."""
    called = getattr(obj, "__name__", None)
    package = str(getattr(obj, "__module__", "")).partition(".")[0]
    for name, target in table.items():
        module, _, attribute = target.partition(":")
        # the cheap comparison first: no module is imported for an object of another
        if attribute == called and module.partition(".")[0] == package:
            if _import(target) is obj:
                return name
    return None


def _import(target: str) -> Any:
    """Import "module:name" of a table."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
