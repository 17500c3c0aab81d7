from ._estimators import fitted_pipeline, last_step
from ._files import (
    naming,
    remove_abandoned,
    replacing,
    temporary_prefix,
    to_json,
    write_csv,
    write_json,
    write_text,
)
from ._folders import ResultsFolder, file_hash, replacing_folder
from ._locks import locked
from ._numbers import is_int, is_number, json_float, ratio
from ._params import (
    COUNT,
    POSITIVE,
    POSITIVE_OR_NONE,
    SHARE,
    SWITCH,
    Rule,
    check_params,
    check_value,
    in_range,
    one_of,
)
from ._progress import progress
from ._response import class_probabilities, class_scores, predict_labels
from ._text import align, count, fill, interval_cells, listed, number, percent, printable, shorten
from ._types import Classifier, Estimator, Label, RandomState, Transformer
from ._validation import check_finite, check_labels, check_rows
from ._versions import all_versions, own_versions
from ._warnings import collected_warnings, suggest, suggestions, warn

__all__ = [
    "COUNT",
    "POSITIVE",
    "POSITIVE_OR_NONE",
    "SHARE",
    "SWITCH",
    "Classifier",
    "Estimator",
    "Label",
    "RandomState",
    "ResultsFolder",
    "Rule",
    "Transformer",
    "align",
    "all_versions",
    "check_finite",
    "check_labels",
    "check_params",
    "check_rows",
    "check_value",
    "class_probabilities",
    "class_scores",
    "collected_warnings",
    "count",
    "file_hash",
    "fill",
    "fitted_pipeline",
    "in_range",
    "interval_cells",
    "is_int",
    "is_number",
    "json_float",
    "last_step",
    "listed",
    "locked",
    "naming",
    "number",
    "one_of",
    "own_versions",
    "percent",
    "predict_labels",
    "printable",
    "progress",
    "ratio",
    "remove_abandoned",
    "replacing",
    "replacing_folder",
    "shorten",
    "suggest",
    "suggestions",
    "temporary_prefix",
    "to_json",
    "warn",
    "write_csv",
    "write_json",
    "write_text",
]
