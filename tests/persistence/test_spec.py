import json
import math

import numpy as np
import pytest
import sklearn
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, StratifiedGroupKFold
from sklearn.pipeline import Pipeline as PlainPipeline
from sklearn.preprocessing import StandardScaler

import skecg
from skecg import (
    BeatAugmenter,
    BeatExtractor,
    BeatLayout,
    BeatNormalizer,
    LSTMClassifier,
    StratifiedGroupShuffleSplit,
    WaveletDenoiser,
    balance_majority,
    double_minority,
)
from skecg.persistence._known import CLASSES, class_name, resolve
from skecg.persistence._spec import from_spec, to_spec

from .._estimators import public_classes


def through_json(obj):
    return from_spec(json.loads(json.dumps(to_spec(obj), allow_nan=False)))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        0.1,
        math.inf,
        -math.inf,
        "V5",
        [1, [2.5, "a"]],
        (0.1, 0.1),
        ("MLII", ("V5", "MLIII"), 0),
        {"N": "N", "+": None},
        {2: "a", 2.5: [3], None: (), True: 0},
        {"class": "a dict with the keys of a spec", "params": {}},
        {},
    ],
)
def test_spec_values_come_back_equal(value):
    back = through_json(value)
    assert back == value
    assert type(back) is type(value)


def test_spec_refuses_keys_that_are_no_plain_values():
    assert through_json({math.inf: 1, 2: 3}) == {math.inf: 1, 2: 3}
    with pytest.raises(TypeError, match=r"it has the key \('N', 1\)\. Keys that can be saved are"):
        to_spec({("N", 1): 2})


def test_spec_nan_comes_back():
    assert math.isnan(through_json([math.nan])[0])


@pytest.mark.parametrize(
    ("scalar", "kind"),
    [(np.int64(3), int), (np.float32(0.5), float), (np.bool_(True), bool), (np.str_("a"), str)],
)
def test_spec_numpy_scalars_become_python_ones(scalar, kind):
    back = through_json(scalar)
    assert back == scalar
    assert type(back) is kind


def test_spec_pipeline_comes_back_with_its_parameters():
    pipe = Pipeline(
        [
            ("under", RandomUnderSampler(sampling_strategy={"N": 10}, random_state=3)),
            ("scale", StandardScaler(with_mean=False)),
            ("rest", "passthrough"),
        ]
    )
    back = through_json(pipe)
    assert type(back) is Pipeline
    assert repr(back) == repr(pipe)


def test_spec_distinguishes_the_two_pipelines():
    assert type(through_json(PlainPipeline([("scale", StandardScaler())]))) is PlainPipeline


def test_spec_search_keeps_its_grid_and_splitter():
    grid = {"with_mean": [True, False]}
    search = GridSearchCV(StandardScaler(), grid, cv=StratifiedGroupKFold(3), scoring="f1_macro")
    back = through_json(search)
    assert back.param_grid == grid
    assert repr(back.cv) == repr(search.cv)
    assert back.scoring == "f1_macro"


@pytest.mark.parametrize(
    "splitter",
    [KFold(4, shuffle=True, random_state=1), GroupKFold(3), StratifiedGroupShuffleSplit(2)],
)
def test_spec_splitters_come_back(splitter):
    assert repr(through_json(splitter)) == repr(splitter)


def test_spec_layout_comes_back_equal():
    layout = BeatLayout(50, leads=2, scalars=("rr_before",))
    assert through_json(layout) == layout


def test_spec_extractor_comes_back_equal():
    extractor = BeatExtractor(
        (0.25, 0.4), leads=[("MLII", "V5"), "V1", 0], classes={"N": "N", "V": None}
    )
    back = through_json(extractor)
    assert type(back) is BeatExtractor
    assert back.get_params() == extractor.get_params()


def test_spec_our_estimators_come_back():
    layout = BeatLayout(50, leads=2)
    pipe = Pipeline(
        [
            ("denoiser", WaveletDenoiser("db6", layout=layout)),
            ("augmenter", BeatAugmenter(sampling_strategy=double_minority, random_state=0)),
            ("undersampler", RandomUnderSampler(sampling_strategy=balance_majority)),
            ("normalizer", BeatNormalizer(layout=layout)),
            ("classifier", LSTMClassifier((8, 4), class_weight={"N": 1.0, "V": 5.0})),
        ]
    )
    back = through_json(pipe)
    assert repr(back) == repr(pipe)
    assert back.get_params()["augmenter__sampling_strategy"] is double_minority


def test_spec_knows_every_public_estimator_and_no_other_class_of_ours_but_these():
    others = {"BeatLayout", "BeatScorer", "StratifiedGroupShuffleSplit", "TemperatureScaling"}
    ours = {name for name in CLASSES if "." not in name}
    assert ours == set(public_classes()) | others
    assert all(CLASSES[name].startswith("skecg.") for name in ours)


@pytest.mark.parametrize("name", CLASSES)
def test_spec_every_class_of_the_table_is_found_under_its_name(name):
    cls = resolve(name, CLASSES, "class")
    if "layout" in name.lower():
        obj = cls(50)
    elif "Pipeline" in name:
        obj = cls([])
    elif "Search" in name:
        obj = cls(StandardScaler(), {})
    else:
        obj = cls()
    assert class_name(obj) == name
    assert repr(through_json(obj)) == repr(obj)


def test_spec_refuses_public_classes_that_are_not_in_the_table():
    with pytest.raises(ValueError, match="of an unknown class: ECGRecord"):
        from_spec({"class": "ECGRecord", "params": {}})
    assert class_name(skecg.ECGRecord(np.zeros(9), 250)) is None


def test_spec_keeps_metadata_requests():
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight="weight")
        back = through_json(scaler)
        assert back.get_metadata_routing().fit.requests == {"sample_weight": "weight"}


def test_spec_fitted_state_is_left_out():
    scaler = StandardScaler().fit(np.eye(3))
    assert not hasattr(through_json(scaler), "mean_")


def test_spec_missing_parameters_have_their_defaults():
    assert from_spec({"class": "sklearn.KFold", "params": {}}).n_splits == 5


def test_spec_class_names_go_both_ways():
    assert class_name(StandardScaler()) == "sklearn.StandardScaler"
    assert resolve("sklearn.StandardScaler", CLASSES, "class") is StandardScaler
    assert class_name(LogisticRegression()) is None


class _Callback:
    pass


class _Scaler(StandardScaler):
    """A subclass may do anything, so it is not its parent."""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (_Callback(), "type .*_Callback"),
        (_Callback, "the class .*_Callback"),
        (print, "the function builtins.print"),
        (lambda y: y, "the function .*lambda"),
        (_Scaler(), "type .*_Scaler"),
        (LogisticRegression(), "LogisticRegression"),
        (np.zeros(3), "numpy.ndarray"),
        (np.random.RandomState(0), "RandomState"),
        (1j, "complex"),
        (b"bytes", "bytes"),
    ],
)
def test_to_spec_refuses_other_objects_and_points_to_joblib(value, words):
    with pytest.raises(TypeError, match=rf"{words}.*joblib.dump.*trust"):
        to_spec(value)


def test_to_spec_error_names_the_parameter_as_get_params_does():
    search = GridSearchCV(Pipeline([("scale", StandardScaler(copy=[_Callback()]))]), {})
    with pytest.raises(TypeError, match=r"'estimator__scale__copy\[0\]'"):
        to_spec(search)


def test_to_spec_error_names_a_foreign_step():
    with pytest.raises(TypeError, match=r"parameter 'classifier'.*LogisticRegression"):
        to_spec(Pipeline([("classifier", LogisticRegression())]))


def test_to_spec_refuses_a_list_that_holds_itself():
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested"):
        to_spec(endless)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"class": "os.system", "params": {}}, "unknown class: os.system"),
        ({"class": "subprocess:Popen"}, "unknown class"),
        ({"class": ["StandardScaler"]}, "unknown class"),
        ({"class": "double_minority"}, "unknown class"),
        ({"function": "eval"}, "unknown function: eval"),
        ({"function": "BeatLayout"}, "unknown function"),
        ({"function": ["double_minority"]}, "unexpected description"),
        ({"class": "sklearn.KFold", "params": {"__class__": 1}}, "version lacks: __class__"),
        ({"class": "sklearn.KFold", "params": []}, "must be described by"),
        ({"class": "sklearn.KFold", "state": {}}, "must be described by"),
        ({"class": "sklearn.KFold", "params": {"n_splits": -1}}, "KFold refuses"),
        ({"class": "sklearn.KFold", "requests": {"fit": {"a": True}}}, "unknown metadata"),
        ({"class": "sklearn.StandardScaler", "requests": {"fit": {"a": True}}}, "not take: a"),
        ({"class": "sklearn.StandardScaler", "requests": {"fit": {"a": {}}}}, "unknown metadata"),
        ({"class": "sklearn.StandardScaler", "requests": []}, "invalid 'requests'"),
        ({"float": "1e5"}, "unexpected description"),
        ({"tuple": "ab"}, "unexpected description"),
        ({"dict": [], "tuple": []}, "unexpected description"),
        ({}, "unexpected description"),
        ({"pairs": [[1, 2, 3]]}, "pairs of a key and a value"),
        ({"pairs": [[[1], 2]]}, "invalid key"),
        ({"pairs": [[{"tuple": [1]}, 2]]}, "invalid key"),
        ({"py/object": "os.system"}, "unexpected description"),
        (b"bytes", "unexpected description"),
    ],
)
def test_from_spec_refuses_unknown_descriptions(spec, words):
    with pytest.raises(ValueError, match=words):
        from_spec(spec)


def test_from_spec_refuses_deep_nesting():
    spec = 1
    for _ in range(200):
        spec = [spec]
    with pytest.raises(ValueError, match="nested"):
        from_spec(spec)


def test_from_spec_error_names_the_parameter():
    step = {"class": "sklearn.StandardScaler", "params": {"copy": {"function": "exec"}}}
    spec = {"class": "imblearn.Pipeline", "params": {"steps": [{"tuple": ["scale", step]}]}}
    with pytest.raises(ValueError, match=r"'steps\[0\]\[1\]__copy'"):
        from_spec(spec)


# ---- what would make others run code


CONFIG = {"class_name": "Adam", "module": "keras.optimizers", "config": {}}


@pytest.mark.parametrize("value", [CONFIG, [CONFIG], {"a": (CONFIG,)}, {"class_name": 1, 2: 3}])
def test_to_spec_refuses_configurations_of_keras(value):
    with pytest.raises(TypeError, match=r"'loss.*configuration from which Keras.*joblib\.dump"):
        to_spec(value, path="loss")


@pytest.mark.parametrize(
    "spec",
    [
        {"dict": {"class_name": "Adam"}},
        {"pairs": [["class_name", "Adam"]]},
        {"tuple": [[{"dict": {"a": {"dict": {"class_name": None}}}}]]},
    ],
)
def test_from_spec_refuses_configurations_of_keras(spec):
    with pytest.raises(ValueError, match=r"'loss.*configuration from which Keras would make"):
        from_spec(spec, path="loss")


def test_spec_cache_folders_go_neither_way():
    pipe = Pipeline([("scale", StandardScaler())], memory="/tmp/caches")
    spec = to_spec(pipe)
    assert "memory" not in spec["params"]
    spec["params"]["memory"] = "/tmp/caches"
    assert from_spec(spec).memory is None


def test_spec_search_over_cache_folders_is_refused():
    search = GridSearchCV(StandardScaler(), [{"copy": [True]}, {"estimator__memory": ["/tmp"]}])
    with pytest.raises(TypeError, match="'param_grid' searches over 'estimator__memory'"):
        to_spec(search)
    spec = to_spec(GridSearchCV(StandardScaler(), {}))
    spec["params"]["param_grid"] = {"dict": {"memory": ["/tmp"]}}
    with pytest.raises(ValueError, match="'param_grid' searches over 'memory', a folder"):
        from_spec(spec)


def test_from_spec_shortens_long_keys_in_its_errors():
    with pytest.raises(ValueError, match="unexpected description") as said:
        from_spec({"dict": {"k" * 10**6: {}}})
    assert len(str(said.value)) < 500
