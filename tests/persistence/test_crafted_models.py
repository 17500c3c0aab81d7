"""Files of the right form that describe what no model is: each is refused with its reason."""

import numpy as np
import pytest

import skecg
from skecg import ModelFileError


def _load_changed(path, files, change):
    """Load a file after its description and its arrays were changed by a function."""
    content, arrays = files.parts(path)
    change(content, arrays)
    files.write(path, content, arrays)
    return skecg.load(path, return_info=True)


def _step(content, number=-1):
    """Specification and fitted attributes of a step."""
    spec = content["model"]["spec"]["params"]["steps"][number]["tuple"][1]
    return spec["params"], content["model"]["state"]["steps"][number]["fitted"]


# ---- constructors


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"class": "os.system", "params": {}}, r"unknown class: os\.system"),
        ({"class": "builtins:eval", "params": {}}, "unknown class"),
        ({"class": "skecg.persistence._spec:import_module"}, "unknown class"),
        ({"class": "sklearn.FunctionTransformer"}, "unknown class"),
        ({"class": "x" * 5_000_000}, "unknown class: xxxx"),
        ({"function": "eval"}, "unknown function: eval"),
        ({"function": "os.system"}, "unknown function"),
        ({"function": "double_minority"}, "does not describe an estimator"),
        ({"class": "sklearn.KFold"}, "does not describe an estimator"),
        ({"class": "BeatLayout", "params": {"n_samples": 12}}, "does not describe an estimator"),
        ([], "does not describe an estimator"),
        ("joblib", "does not describe an estimator"),
        ({"class": "BeatNormalizer", "params": {"evil": 1}}, "lacks: evil"),
        ({"class": "BeatNormalizer", "params": {"__class__": 1}}, "lacks: __class__"),
        ({"class": "BeatNormalizer", "state": {}}, "must be described by"),
        (
            {"class": "BeatNormalizer", "requests": {"fit": {"a": True}}},
            "unknown metadata|not take",
        ),
        ({"py/object": "os.system"}, "unexpected description"),
        ({"__reduce__": ["os.system", ["x"]]}, "unexpected description"),
        ({"class": "imblearn.Pipeline", "params": {"steps": 3}}, "is not|has no|cannot|not"),
        ({"class": "imblearn.Pipeline", "params": {"steps": [[1, 2, 3]]}}, "."),
    ],
)
def test_unknown_constructions_are_refused(scaler_file, files, spec, words):
    def change(content, arrays):
        content["model"]["spec"] = spec

    with pytest.raises(ModelFileError, match=words) as said:
        _load_changed(scaler_file, files, change)
    assert len(str(said.value)) < 3000


def test_deep_nesting_is_refused(scaler_file, files):
    for wrap in (lambda v: [v], lambda v: {"dict": {"a": v}}, lambda v: {"tuple": [v]}):
        deep = 1
        for _ in range(200):
            deep = wrap(deep)
        with pytest.raises(ModelFileError, match="nested"):
            _load_changed(scaler_file, files, lambda c, a, d=deep: _step(c)[0].update(copy=d))


def test_deep_nesting_of_attributes_is_refused(scaler_file, files):
    for wrap in (lambda v: [v], lambda v: {"objects": [v]}, lambda v: {"dict": [["a", v]]}):
        deep = 1
        for _ in range(200):
            deep = wrap(deep)
        with pytest.raises(ModelFileError, match="nested"):
            _load_changed(scaler_file, files, lambda c, a, d=deep: _step(c)[1].update(x_=d))


def test_pipelines_nested_deep_are_refused(scaler_file, files):
    def change(content, arrays):
        model = content["model"]
        for _ in range(15):
            step = {"tuple": ["inner", model["spec"]]}
            model["spec"] = {"class": "sklearn.Pipeline", "params": {"steps": [step]}}
            model["state"] = {"steps": [model["state"]]}

    with pytest.raises(ModelFileError, match="nested more than 10 deep"):
        _load_changed(scaler_file, files, change)


def test_long_keys_take_no_time(scaler_file, files):
    key = {"dict": {"k" * 8_000_000: [1] * 300_000}}
    with pytest.raises(ModelFileError, match="does not describe an estimator"):
        _load_changed(scaler_file, files, lambda c, a: c["model"].update(spec=key))


def test_keys_that_share_one_hash_take_no_time(scaler_file, files):
    alike = [k * (2**61 - 1) for k in range(43)]  # a dict of their tuples takes minutes
    pairs = [[{"tuple": [a, b, c]}, 1] for a in alike for b in alike for c in alike[:20]]
    with pytest.raises(ModelFileError, match="has an invalid key"):
        _load_changed(
            scaler_file, files, lambda c, a: _step(c, 0)[0].update(scale={"pairs": pairs})
        )
    with pytest.raises(ModelFileError, match="has an invalid key"):
        _load_changed(scaler_file, files, lambda c, a: _step(c)[1].update(x_={"dict": pairs}))


def test_errors_hold_nothing_that_a_terminal_obeys(scaler_file, files):
    def change(content, arrays):
        content["versions"]["skecg"] = "\x1b[2J\ud800\x07"

    with pytest.raises(ModelFileError, match="could control a terminal") as said:
        _load_changed(scaler_file, files, change)
    assert str(said.value).isprintable()
    files.write(scaler_file, "{}", {}, [("\x1b[2J", "")])
    with pytest.raises(ModelFileError, match="each once, and nothing else") as said:
        skecg.load(scaler_file)
    assert str(said.value).isprintable()


# ---- what would make Keras run something


@pytest.fixture
def spy():
    """A class registered with Keras in this process, which no file may reach."""
    import keras

    calls = []

    @keras.saving.register_keras_serializable(package="spy")
    class Spy(keras.losses.Loss):
        def __init__(self, **kwargs):
            calls.append("made")
            super().__init__()

        def call(self, y_true, y_pred):
            calls.append("called")
            return y_pred

    yield {"class_name": "Spy", "registered_name": "spy>Spy", "module": "spy", "config": {}}
    assert calls == []


@pytest.mark.parametrize(
    "place",
    [
        lambda config: {"loss": config},
        lambda config: {"loss": {"dict": {"probabilities": config}}},
        lambda config: {"metrics": {"tuple": [config]}},
        lambda config: {"metrics": {"tuple": [["accuracy", config]]}},
        lambda config: {"optimizer": config},
        lambda config: {"learning_rate": config},
        lambda config: {"compile_kwargs": {"dict": {"weighted_metrics": [config]}}},
        lambda config: {"fit_kwargs": {"pairs": [["a", config]]}},
        lambda config: {"callbacks": [config]},
    ],
)
def test_configurations_of_keras_are_refused(saved, files, spy, place):
    for config in ({"dict": spy}, {"pairs": [[k, v] for k, v in spy.items()]}):
        changes = place({kind: _as_spec(items) for kind, items in config.items()})
        with pytest.raises(ModelFileError, match="configuration from which Keras would make"):
            _load_changed(saved, files, lambda c, a, p=changes: _step(c)[0].update(p))


def _as_spec(items):
    """A configuration with its empty dict written as a spec."""
    if isinstance(items, dict):
        return items | {"config": {"dict": {}}}
    return [[k, {"dict": {}} if k == "config" else v] for k, v in items]


@pytest.mark.parametrize("parameter", ["loss", "optimizer"])
@pytest.mark.parametrize("name", ["spy>Spy", "os.system", "", "a b", 3, None, ["mse"]])
def test_names_that_are_not_keras_own_are_refused(saved, files, spy, parameter, name):
    with pytest.raises(ModelFileError, match=f"'{parameter}' of RNNClassifier cannot be saved"):
        _load_changed(saved, files, lambda c, a: _step(c)[0].update({parameter: name}))


@pytest.mark.parametrize("parameter", ["optimizer", "loss", "metrics"])
def test_plain_names_that_were_registered_are_refused(saved, files, spy, parameter):
    import keras

    mine = {"Mine": keras.saving.get_registered_object("spy>Spy")}
    names = {"tuple": ["Mine"]} if parameter == "metrics" else "Mine"
    with (
        keras.saving.custom_object_scope(mine),
        pytest.raises(ModelFileError, match="must be given by Keras's own names, and is 'Mine'"),
    ):
        _load_changed(saved, files, lambda c, a: _step(c)[0].update({parameter: names}))


@pytest.mark.parametrize("name", ["no_such_thing", "Lambda", "get", "deserialize"])
def test_optimizers_that_keras_does_not_have_are_refused(saved, files, name):
    with pytest.raises(ModelFileError, match=name):
        _load_changed(saved, files, lambda c, a: _step(c)[0].update(optimizer=name))


def test_configurations_of_keras_in_attributes_are_refused(saved, files, spy):
    config = {"dict": [["class_name", "Spy"], ["config", {"dict": []}]]}

    def change(content, arrays):
        architecture = _step(content)[1]["architecture_"]
        architecture["dict"] = [p for p in architecture["dict"] if p[0] != "dtype"]
        architecture["dict"].append(["dtype", config])

    with pytest.raises(ModelFileError, match="configuration from which Keras would make"):
        _load_changed(saved, files, change)


def test_cache_folders_are_never_taken_from_a_file(scaler_file, files, tmp_path):
    def change(content, arrays):
        content["model"]["spec"]["params"]["memory"] = str(tmp_path / "pickles")

    model, _ = _load_changed(scaler_file, files, change)
    assert model.memory is None


def test_cache_folders_in_the_extractor_of_beats_are_not_taken(tmp_path, files):
    beats = skecg.load_simulated(1, duration=10, random_state=0)
    path = tmp_path / "m.skecg"
    skecg.save(skecg.BeatNormalizer().fit(beats.data), path, beats=beats)
    step = {"tuple": ["n", {"class": "BeatNormalizer", "params": {}}]}
    params = {"steps": [step], "memory": str(tmp_path / "pickles")}

    def change(content, arrays):
        content["beats"]["extractor"]["params"]["preprocessing"] = {
            "class": "sklearn.Pipeline",
            "params": params,
        }

    _, info = _load_changed(path, files, change)
    assert info.extractor.preprocessing.memory is None


def test_search_over_cache_folders_is_refused(scaler_file, files):
    def change(content, arrays):
        model = content["model"]
        grid = {"dict": {"memory": ["/tmp/pickles"]}}
        params = {"estimator": model["spec"], "param_grid": grid}
        spec = {"class": "sklearn.GridSearchCV", "params": params}
        content["model"] = {"spec": spec, "state": {"fitted": {}, "best": model}}

    with pytest.raises(ModelFileError, match="searches over 'memory', a folder of caches"):
        _load_changed(scaler_file, files, change)


# ---- fitted attributes


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("transform", 1, "no fitted attribute 'transform'"),
        ("__class__", 1, "no fitted attribute '__class__'"),
        ("_sklearn_version", 1, "no fitted attribute"),
        ("copy", 1, "no fitted attribute 'copy'"),
        ("_weights", [], "no fitted attribute '_weights'"),
        ("x" * 3_000_000, 1, "no fitted attribute"),
        ("mean_", {"array": "../a0"}, "array '../a0' is missing"),
        ("mean_", {"array": 0}, "a fitted attribute has an unexpected"),
        ("mean_", {"code": "1"}, "a fitted attribute has an unexpected"),
        ("mean_", {"array": "a0", "more": 1}, "a fitted attribute has an unexpected"),
        ("mean_", {"spec": {"function": "eval"}}, "unknown function"),
        ("mean_", {"dict": [[["a"], 1]]}, "invalid key"),
        ("mean_", {"dict": [[1, 2, 3]]}, "not described by pairs"),
        ("mean_", {"masked": {"objects": [1]}, "mask": [1]}, "other than true and false"),
        ("mean_", {"masked": {"objects": [1]}, "mask": []}, "another length than its mask"),
        ("mean_", None, "must not be None with with_mean"),
        ("mean_", 0.0, "must be an array of 12 finite numbers"),
        ("mean_", {"objects": [0.0] * 12}, "must be an array of 12 finite numbers"),
        ("mean_", {"objects": [{"spec": {"float": "nan"}}]}, "must be an array of 12 finite"),
        ("n_features_in_", 13, "must be an array of 12|must be an array of 13"),
        ("n_features_in_", 10**15, "a number of columns up to 1000000"),
        ("n_features_in_", 0, "a number of columns up to"),
        ("n_features_in_", True, "a number of columns up to"),
        ("n_features_in_", "12", "a number of columns up to"),
        ("feature_names_in_", {"objects": ["a"]}, "must be an array of 12 names"),
        ("feature_names_in_", {"objects": [1] * 12}, "must be an array of 12 names"),
        ("n_samples_seen_", "many", "a positive count"),
    ],
)
def test_attributes_that_no_fit_sets_are_refused(scaler_file, files, name, value, words):
    with pytest.raises(ModelFileError, match=words) as said:
        _load_changed(scaler_file, files, lambda c, a: _step(c)[1].update({name: value}))
    assert len(str(said.value)) < 2000


@pytest.mark.parametrize("name", ["mean_", "scale_", "n_samples_seen_", "n_features_in_"])
def test_missing_attributes_are_refused(scaler_file, files, name):
    with pytest.raises(ModelFileError, match=f"lacks the fitted attributes {name}"):
        _load_changed(scaler_file, files, lambda c, a: _step(c)[1].pop(name))


@pytest.mark.parametrize(
    "values", [np.full(12, np.nan), np.zeros(11), np.zeros((12, 1)), np.array(["a"] * 12)]
)
def test_statistics_of_other_shapes_and_values_are_refused(scaler_file, files, values):
    with pytest.raises(ModelFileError, match="'mean_' of StandardScaler must be an array of 12"):
        _load_changed(scaler_file, files, lambda c, a: a.update({"a0.npy": files.npy(values)}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s["steps"].pop(), "differ in number"),
        (lambda s: s["steps"].append(None), "differ in number"),
        (lambda s: s.update(steps={}), "differ in number"),
        (lambda s: s["steps"].__setitem__(1, None), "must have the parts fitted"),
        (lambda s: s["steps"].__setitem__(1, s["steps"][0]), "lacks the fitted attributes mean_"),
        (lambda s: s.update(fitted={}), "must have the parts steps"),
        (lambda s: s.pop("steps"), "must have the parts steps"),
        (lambda s: s["steps"][0].update(best={}), "must have the parts fitted"),
        (lambda s: s["steps"][0].update(fitted=[]), "fitted attributes of BeatNormalizer are"),
        (lambda s: s["steps"][0]["fitted"].update(n_features_in_=7), "takes 12 columns, and 'n"),
    ],
)
def test_states_of_another_form_are_refused(scaler_file, files, change, words):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(scaler_file, files, lambda c, a: change(c["model"]["state"]))


def test_step_that_does_nothing_has_no_state(scaler_file, files):
    def change(content, arrays):
        content["model"]["spec"]["params"]["steps"][0]["tuple"][1] = "passthrough"

    with pytest.raises(ModelFileError, match="a step that does nothing has a fitted state"):
        _load_changed(scaler_file, files, change)


def test_layout_of_another_number_of_columns_is_refused(scaler_file, files):
    layout = {"class": "BeatLayout", "params": {"n_samples": 10**12}}
    with pytest.raises(ModelFileError, match="'layout' of BeatNormalizer must be a BeatLayout of"):
        _load_changed(scaler_file, files, lambda c, a: _step(c, 0)[0].update(layout=layout))


def test_pipeline_of_a_file_that_ends_in_a_sampler_predicts_nothing(saved, files):
    def change(content, arrays):
        del content["model"]["spec"]["params"]["steps"][-2:]
        del content["model"]["state"]["steps"][-2:]

    model, _ = _load_changed(saved, files, change)
    assert not hasattr(model, "predict")


# ---- networks

BUILT = "must be units, dropout, samples_per_step, dtype of a network"


def _architecture(**changes):
    def change(content, arrays):
        fitted = _step(content)[1]
        kept = [pair for pair in fitted["architecture_"]["dict"] if pair[0] not in changes]
        fitted["architecture_"]["dict"] = kept + [[k, v] for k, v in changes.items()]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            _architecture(units={"spec": {"tuple": [10**9]}}),
            "at least 1000000003000000000 weights, and 23",
        ),
        (_architecture(units={"spec": {"tuple": [10**300]}}), "cannot be read: the number 1000"),
        (_architecture(units={"spec": {"tuple": [3] * 101}}), BUILT),
        (_architecture(units={"spec": {"tuple": [3] * 90}}), "at least .* weights"),
        (_architecture(units={"spec": {"tuple": []}}), BUILT),
        (_architecture(units={"spec": {"tuple": [-3]}}), BUILT),
        (_architecture(units={"spec": {"tuple": ["3"]}}), BUILT),
        (_architecture(units=3), BUILT),
        (_architecture(units={"spec": {"tuple": [2]}}), "stored weights do not fit"),
        (_architecture(dtype="float99"), BUILT),
        (_architecture(dtype="bfloat16"), BUILT),
        (_architecture(dtype=["float32"]), BUILT),
        (_architecture(dropout=7), BUILT),
        (_architecture(dropout="0.1"), BUILT),
        (_architecture(more=1), BUILT),
        (_architecture(samples_per_step=0), BUILT),
        (_architecture(samples_per_step=10**9), "at least .* weights"),
    ],
)
def test_network_that_its_weights_cannot_fill_is_never_built(saved, files, change, words):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, change)


def test_array_used_again_and_again_fills_no_large_network(saved, files):
    def change(content, arrays):
        _architecture(units={"spec": {"tuple": [20_000]}})(content, arrays)  # of 1.6 GB
        arrays["a1.npy"] = files.npy(np.zeros(1_000_000, np.float32))
        _step(content)[1]["_weights"] = [{"array": "a1"}] * 500

    with pytest.raises(ModelFileError, match="array 'a1' is missing or used twice"):
        _load_changed(saved, files, change)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            {"n_samples": 12, "leads": 10**8},
            "'layout_' of RNNClassifier must be a BeatLayout of 12",
        ),
        ({"n_samples": 10**15}, "must be a BeatLayout of 12"),
        ({"n_samples": 1, "leads": 12}, "at least .* weights, and .* are stored"),
        ({"n_samples": -1}, "BeatLayout refuses its parameters"),
        ({"n_samples": 4, "leads": 3}, "are stored|stored weights do not fit"),
        ({"n_samples": 11, "scalars": {"tuple": ["rr"]}}, "are stored|stored weights do not fit"),
    ],
)
def test_layout_that_the_weights_cannot_fill_is_refused(saved, files, params, words):
    layout = {"spec": {"class": "BeatLayout", "params": params}}
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, lambda c, a: _step(c)[1].update(layout_=layout))


def test_rows_of_millions_of_columns_are_refused(saved, files):
    def change(content, arrays):
        for number in range(5):
            _step(content, number)[1]["n_features_in_"] = 10**6
        layout = {"class": "BeatLayout", "params": {"n_samples": 1, "leads": 10**6}}
        _step(content)[1]["layout_"] = {"spec": layout}

    with pytest.raises(ModelFileError, match=r"at least 3000015 weights, and .* are stored"):
        _load_changed(saved, files, change)


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ({"objects": ["V", "N"]}, "two or more sorted labels"),
        ({"objects": ["N", "N"]}, "two or more sorted labels"),
        ({"objects": ["N"]}, "two or more sorted labels"),
        ({"objects": [1, "N"]}, "two or more sorted labels"),
        ({"objects": [["N"], ["V"]]}, "two or more sorted labels"),
        ({"objects": [f"{i:07d}" for i in range(100_000)]}, "and .* are stored"),
        (["N", "V"], "two or more sorted labels"),
        ({"objects": ["N", "S", "V"]}, "stored weights do not fit"),
    ],
)
def test_other_classes_are_refused(saved, files, classes, words):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, lambda c, a: _step(c)[1].update(classes_=classes))


def _weights(change):
    """Change the list of arrays, of which the first is read and written anew."""

    def changed(content, arrays):
        import io

        names = [f"{w['array']}.npy" for w in _step(content)[1]["_weights"]]
        first = np.load(io.BytesIO(arrays[names[0]]))
        stream = io.BytesIO()
        np.save(stream, change(first))
        arrays[names[0]] = stream.getvalue()

    return changed


def _mask(weights, number):
    """Make a masked array of one of the weights: behind a mask NaN would be overlooked."""
    weights[number] = {"masked": weights[number], "mask": [True, False]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_weights(lambda w: w * np.nan), "arrays of finite floating-point numbers"),
        (_weights(lambda w: w + np.inf), "arrays of finite floating-point numbers"),
        (_weights(lambda w: w.astype(int)), "arrays of finite floating-point numbers"),
        (_weights(lambda w: w.astype(str)), "arrays of finite floating-point numbers"),
        (_weights(lambda w: w.T), "stored weights do not fit"),
        (_weights(lambda w: w[..., None]), "stored weights do not fit"),
        (_weights(lambda w: np.zeros((1000, 1000))), "stored weights do not fit"),
        (lambda c, a: _mask(_step(c)[1]["_weights"], -1), "arrays of finite floating-point"),
        (lambda c, a: _step(c)[1]["_weights"].pop(), "stored|are stored"),
        (lambda c, a: _step(c)[1]["_weights"].reverse(), "stored weights do not fit"),
        (lambda c, a: _step(c)[1].update(_weights=3), "arrays of finite floating-point numbers"),
        (
            lambda c, a: _step(c)[1].pop("_weights"),
            "weights of RNNClassifier must be a list of arrays .* are None",
        ),
        (lambda c, a: _step(c)[1].update(_loan=1), "no fitted attribute '_loan'"),
        (lambda c, a: _step(c)[1].update(model_=1), "no fitted attribute 'model_'"),
        (lambda c, a: _step(c)[1].update(history_=[]), "lists of numbers by name"),
        (lambda c, a: _step(c)[1].update(n_iter_="1"), "'n_iter_' .* must be an integer"),
    ],
)
def test_other_weights_and_attributes_of_networks_are_refused(saved, files, change, words):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, change)


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"no_such_argument": 1}, "no_such_argument"),
        (
            {"optimizer": "spy>Spy"},
            "'compile_kwargs' of RNNClassifier cannot be saved .*'optimizer'",
        ),
        ({"loss": "mse"}, "'compile_kwargs' of RNNClassifier cannot be saved .*'loss'"),
    ],
)
def test_arguments_that_compile_does_not_take_are_refused(saved, files, spy, kwargs, words):
    spec = {"dict": kwargs}
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, lambda c, a: _step(c)[0].update(compile_kwargs=spec))


# ---- searches and beats


@pytest.fixture
def search_file(scaler, tmp_path):
    """A search that looks fitted, without the time of one."""
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(scaler, {"normalizer": ["passthrough"]})
    search.best_estimator_, search.multimetric_, search.n_splits_ = scaler, False, 5
    search.scoring = "accuracy"
    skecg.save(search, tmp_path / "search.skecg")
    return tmp_path / "search.skecg"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["state"]["fitted"].update(predict=1), "no attribute 'predict'"),
        (lambda m: m["state"]["fitted"].update(scorer_=1), "no attribute 'scorer_'"),
        (lambda m: m["state"]["fitted"].update(n_splits_="5"), "'n_splits_' of a search is 5"),
        (lambda m: m["state"].pop("best"), "must have the parts fitted, best"),
        (lambda m: m["state"].update(best=3), "must be described by 'spec' and 'state'"),
        (lambda m: m["spec"]["params"].update(scoring="os.system"), "'scoring' parameter"),
        (
            lambda m: m["spec"]["params"].update(scoring={"function": "eval"}),
            "unknown function: eval|unknown class: eval",
        ),
        (lambda m: m["spec"].update({"class": "sklearn.StandardScaler"}), "of this version lacks"),
    ],
)
def test_other_searches_are_refused(search_file, files, change, words):
    assert skecg.load(search_file).n_splits_ == 5
    with pytest.raises(ModelFileError, match=words):
        _load_changed(search_file, files, lambda c, a: change(c["model"]))


@pytest.mark.parametrize(
    ("beats", "words"),
    [
        ([], "'beats' must have"),
        ({"extractor": None}, "'beats' must have"),
        ({"extractor": {"class": "sklearn.KFold"}}, "extractor of the beats is a KFold"),
        ({"extractor": None}, "extractor of the beats is a NoneType"),
        ({"classes": "N"}, "'classes' of the beats must be a list of names"),
        ({"subjects": [1]}, "'subjects' of the beats must be a list of names"),
        ({"n_beats": "many"}, "must be an int, and"),
        ({"n_beats": -1}, "'n_beats' of the beats is -1"),
    ],
)
def test_other_beats_are_refused(scaler_file, files, beats, words):
    good = {
        "extractor": {"class": "BeatExtractor", "params": {"fs": 60.0}},
        "classes": ["N"],
        "subjects": ["a"],
        "n_beats": 1,
        "fingerprint": "0",
    }
    given = good | beats if words[0] != "'" or "of the beats" in words else beats

    with pytest.raises(ModelFileError, match=words):
        _load_changed(scaler_file, files, lambda c, a: c.update(beats=given))


@pytest.mark.parametrize("versions", [None, [], {"skecg": 1}, "0.1.0"])
def test_other_versions_of_packages_are_refused(scaler_file, files, versions):
    with pytest.raises(ModelFileError, match="'versions' must be names and versions"):
        _load_changed(scaler_file, files, lambda c, a: c.update(versions=versions))
