"""Extractors in model files that ask for more than any recording should cost."""

import numpy as np
import pytest

import skecg
from skecg import ModelFileError
from skecg.persistence._extractor import check_extractor

FS60 = {"fs": 60.0}  # the usual window has 12 samples at this rate, as the model has columns


def _beats(params):
    return {
        "extractor": {"class": "BeatExtractor", "params": params},
        "classes": ["N"],
        "subjects": ["a"],
        "n_beats": 1,
        "fingerprint": "0",
    }


@pytest.fixture
def load_with(scaler_file, files):
    """Load a model of 12 columns with an extractor of these parameters."""

    def load(params, **changes):
        content, arrays = files.parts(scaler_file)
        content["beats"] = _beats(params) | changes
        files.write(scaler_file, content, arrays)
        return skecg.load(scaler_file, return_info=True)[1]

    return load


def _step(name, **params):
    return {"tuple": [name, {"class": name, "params": params}]}


def _pipeline(*steps, kind="sklearn.Pipeline"):
    named = [{"tuple": [f"s{i}", step]} for i, step in enumerate(steps)]
    return {"class": kind, "params": {"steps": named}}


NORMALIZER = {"class": "BeatNormalizer", "params": {}}
DENOISER = {"class": "WaveletDenoiser", "params": {"highpass": 0.5}}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"preprocessing": DENOISER},
        {"preprocessing": _pipeline(DENOISER, NORMALIZER, "passthrough")},
        {"preprocessing": _pipeline(DENOISER, kind="imblearn.Pipeline")},
        {"preprocessing": {"class": "sklearn.StandardScaler", "params": {"with_mean": False}}},
    ],
)
def test_usual_extractors_are_loaded(load_with, more):
    assert load_with(FS60 | more).extractor.fs == 60


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "has no 'fs'"),
        ({"fs": 1e9, "window": {"tuple": [6e-9, 6e-9]}}, "'fs' of the extractor asks for 1e.09"),
        ({"fs": -60.0}, "'fs' parameter of BeatExtractor must be a positive number"),
        ({"fs": {"float": "inf"}}, "'fs' parameter of BeatExtractor must be a positive number"),
        ({"fs": 250.0}, "makes rows of 50 columns, and the model takes 12"),
        ({"fs": 30.0, "leads": [0, 1]}, None),
        ({"fs": 60.0, "leads": [0, 1]}, "makes rows of 24 columns, and the model takes 12"),
        ({"fs": 60.0, "window": {"tuple": [1e6, 0.1]}}, "'window' parameter of BeatExtractor"),
        ({"fs": 5e3, "window": {"tuple": [59, 59]}}, "590000 columns of a row, more than the"),
        ({"fs": 60.0, "leads": list(range(1000))}, "asks for 1000 leads, more than the 256"),
        ({"fs": 60.0, "leads": [{"tuple": ["II"] * 1000}]}, "1000 names of a lead"),
        ({"fs": 250.0, "context": 600, "neighbors": 10**9}, "'neighbors' parameter"),
        ({"fs": 250.0, "context": 86400.0}, "86400 seconds, more than the 14400"),
        ({"fs": 250.0, "context": 1e300}, "'context' of the extractor asks for 1e.300 seconds"),
        ({"fs": 250.0, "context": 600, "neighbors": 100}, "columns, and the model takes 12"),
        ({"fs": 60.0, "classes": {"dict": {"N": "N"}}}, None),
        ({"fs": 60.0, "classes": {"dict": {"N": 3}}}, "'classes' parameter of BeatExtractor"),
    ],
)
def test_extractors_beyond_any_recording_are_refused(load_with, params, words):
    if words is None:
        assert load_with(params).n_beats == 1
        return
    with pytest.raises(ModelFileError, match=words) as said:
        load_with(params)
    assert len(str(said.value)) < 2000


@pytest.mark.parametrize(
    ("preprocessing", "words"),
    [
        (_pipeline(*[NORMALIZER] * 500), "more than 20 steps"),
        (_pipeline(*[_pipeline(NORMALIZER, NORMALIZER)] * 15), "more than 20 steps"),
        (
            {"class": "WaveletDenoiser", "params": {"level": 10**9}},
            "'level' parameter of WaveletDenoiser must be at most 26",
        ),
        ({"class": "WaveletDenoiser", "params": {"wavelet": "db99"}}, "'wavelet' parameter"),
        ({"class": "WaveletDenoiser", "params": {"wavelet": ["db6"]}}, "'wavelet' parameter"),
        ({"class": "WaveletDenoiser", "params": {"threshold": -1}}, "'threshold' parameter"),
        ({"class": "WaveletDenoiser", "params": {"highpass": 1e-9}}, "'highpass' parameter"),
        ({"class": "WaveletDenoiser", "params": {"highpass": 100.0}}, "'highpass' parameter"),
        ({"class": "BeatNormalizer", "params": {"scale": "none"}}, "'scale' parameter"),
        (
            {
                "class": "BeatNormalizer",
                "params": {"layout": {"class": "BeatLayout", "params": {"n_samples": 12}}},
            },
            "has a 'layout', but recordings have no columns",
        ),
        ({"class": "sklearn.StandardScaler", "params": {"with_std": "no"}}, "'with_std'"),
        (_pipeline({"class": "imblearn.RandomOverSampler"}, NORMALIZER), "fit_transform|transf"),
        (
            _pipeline(
                {"class": "imblearn.RandomOverSampler"}, NORMALIZER, kind="imblearn.Pipeline"
            ),
            "has a step of the type RandomOverSampler",
        ),
        ({"class": "LSTMClassifier", "params": {}}, "a transformer with fit_transform"),
        (
            {
                "class": "sklearn.Pipeline",
                "params": _pipeline(NORMALIZER)["params"] | {"verbose": 2.5},
            },
            "'verbose' parameter of Pipeline",
        ),
        (_pipeline(NORMALIZER, 3), "."),
        (_pipeline(), "."),
    ],
)
def test_preprocessing_that_no_recording_goes_through_is_refused(load_with, preprocessing, words):
    with pytest.raises(ModelFileError, match=words) as said:
        load_with(FS60 | {"preprocessing": preprocessing})
    assert len(str(said.value)) < 2000


@pytest.mark.parametrize("n_leads", [1, 2, 12])
@pytest.mark.parametrize("neighbors", [0, 3])
@pytest.mark.parametrize("context", [None, 600])
def test_columns_are_counted_as_the_layout_has_them(n_leads, neighbors, context):
    extractor = skecg.BeatExtractor(
        fs=250.0, leads=list(range(n_leads)), context=context, neighbors=neighbors
    )
    n_columns = extractor._layout().n_features
    check_extractor(extractor, n_columns)
    with pytest.raises(ValueError, match=f"rows of {n_columns} columns"):
        check_extractor(extractor, n_columns + 1)


def test_beats_that_load_would_refuse_are_not_saved(tmp_path):
    beats = skecg.load_simulated(1, duration=10, random_state=0)
    model = skecg.BeatNormalizer().fit(beats.data)
    beats.extractor.leads = [0, 1]
    with pytest.raises(ValueError, match=r"'beats' parameter of save .* rows of 100 columns"):
        skecg.save(model, tmp_path / "m.skecg", beats=beats)
    assert not list(tmp_path.iterdir())


# ---- names

CONTROLS = ["\x1b[2J", "a\nb", "a\rb", "\x9b2J", "a\u2028b", "a\u2029b", "\u202eabc", "\u2066a"]


@pytest.mark.parametrize("text", CONTROLS)
@pytest.mark.parametrize(
    "changes",
    [
        lambda text: {"subjects": ["a", text]},
        lambda text: {"classes": [text]},
        lambda text: {"fingerprint": text},
        lambda text: _beats(FS60 | {"leads": [{"tuple": ["II", text]}]}),
        lambda text: _beats(FS60 | {"classes": {"dict": {"N": text}}}),
        lambda text: _beats(FS60 | {"preprocessing": _pipeline({**NORMALIZER, text: 1})}),
    ],
)
def test_names_that_a_terminal_obeys_are_refused(load_with, text, changes):
    with pytest.raises(ModelFileError, match="could control a terminal or change") as said:
        load_with(FS60, **changes(text))
    assert str(said.value).isprintable()


@pytest.mark.parametrize("text", CONTROLS)
def test_versions_and_names_of_columns_with_controls_are_refused(scaler_file, files, text):
    content, arrays = files.parts(scaler_file)
    content["versions"]["skecg"] = text
    files.write(scaler_file, content, arrays)
    with pytest.raises(ModelFileError, match="could control a terminal"):
        skecg.load(scaler_file)

    content["versions"]["skecg"] = "0.1.0"
    names = np.array([*"abcdefghijk", text])
    content["model"]["state"]["steps"][0]["fitted"]["feature_names_in_"] = {"array": "a99"}
    files.write(scaler_file, content, arrays | {"a99.npy": files.npy(names)})
    with pytest.raises(ModelFileError, match="has characters that could control a terminal"):
        skecg.load(scaler_file)


def test_names_in_other_scripts_are_loaded(load_with):
    names = ["Zoë", "山田\u3000太郎", "محمد", "a\u00a0b", "सीता\u200d", "😀"]
    assert load_with(FS60, subjects=names).subjects == names


def test_subjects_with_controls_are_saved_as_they_are_shown(tmp_path):
    beats = skecg.load_simulated(1, duration=10, random_state=0)
    beats["groups"] = np.full(len(beats), "ana\n\x1b[2J")
    skecg.save(skecg.BeatNormalizer().fit(beats.data), tmp_path / "m.skecg", beats=beats)
    _, info = skecg.load(tmp_path / "m.skecg", return_info=True)
    assert info.subjects == [r"ana\n\x1b[2J"]
