"""Importance of the parts of rows, by models whose weights are known."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import skecg
from skecg import BeatLayout, occlusion
from skecg.beats._context import scalar_names
from skecg.beats._rhythm import RHYTHM
from skecg.beats._rhythm_around import AROUND
from skecg.inspection._parts import make_parts

from .._occlusion import CONTEXT, WeightedColumns, column, ramp_row, sample_and_neighbor


@pytest.fixture
def row():
    return ramp_row()


@pytest.fixture
def model():
    return sample_and_neighbor()


def stretches(result):
    frame = result.frame()
    return frame[frame["part"] == "stretch"]


def test_occlusion_finds_the_sample_and_the_neighbour_that_decided(row, model):
    result = occlusion(model, row, fs=125, width=5, step=1)
    found = stretches(result)
    holds = (found["start"] <= 240) & (240 < found["stop"]) & (found["lead"] == "lead 1")
    assert holds.sum() == 5  # as many stretches as one is wide
    assert_allclose(found["importance"], np.where(holds, 0.4, 0), atol=1e-12)
    assert_allclose(result.neighbor_importance, [[0.5, 0]], atol=1e-12)
    assert result.neighbors == [-1, 1]
    assert_allclose(result.group_importance, [[0, 0.4, 0, 0, 0]], atol=1e-12)
    assert result.groups == [
        ("waveform", 0),
        ("waveform", 1),
        ("rhythm", None),
        ("shape", 0),
        ("shape", 1),
    ]


@pytest.mark.parametrize("width", [1, 4, 5, 0.04, 70])
@pytest.mark.parametrize("sample", [0, 1, 30, 69])
def test_occlusion_importance_is_largest_at_the_sample_that_decided(width, sample):
    X = np.zeros((1, 70))
    X[0, sample] = 1.6
    result = occlusion(WeightedColumns({sample: 0.5}), X, fs=125, width=width, step=1)
    assert result.importance.shape == (1, 1, 70)
    assert np.argmax(result.importance) == sample
    assert (result.importance >= 0).all()


def test_occlusion_predicts_once(row, model):
    occlusion(model, np.repeat(row, 3, axis=0), width=10)
    (rows,) = model.calls
    # of each beat itself, stretches of 10 in steps of 2, whole leads, 2 neighbours, 3 groups
    assert len(rows) == 3 * (1 + 2 * (39 + 1) + 2 + 3)


def test_occlusion_of_many_rows_predicts_several_times(row, model, monkeypatch):
    X = np.repeat(row, 3, axis=0)
    whole = occlusion(model, X).frame(by_beat=True)
    monkeypatch.setattr("skecg.inspection._occlusion.MOST_BYTES", 1)
    parts = occlusion(model, X).frame(by_beat=True)
    assert len(model.calls) == 1 + 3
    pd.testing.assert_frame_equal(parts, whole)


def test_occlusion_replaces_by_the_normal_beat_in_rows_with_context(row, model):
    occlusion(model, row, width=70)
    waves = CONTEXT.waveform(model.calls[0])
    everywhere = (waves[:, 0, 0, 1] == 0).all(axis=1)
    ramp = np.broadcast_to(0.01 * np.arange(70), (everywhere.sum(), 70))
    assert_allclose(waves[everywhere, 0, 0, 0], ramp, atol=1e-12)
    assert everywhere.sum() == 2  # the widest stretch, and the whole lead


def test_occlusion_replaces_by_a_straight_line_elsewhere():
    model = WeightedColumns({0: 1.0})
    occlusion(model, [[0.0, 9, 9, 4, 4, 2]], width=2, step=1)
    assert_allclose(
        model.calls[0],
        [
            [0, 9, 9, 4, 4, 2],  # the beat itself
            [9, 9, 9, 4, 4, 2],  # a stretch that reaches beyond the row: level
            [9, 9, 9, 4, 4, 2],
            [0, 4 / 3, 8 / 3, 4, 4, 2],
            [0, 9, 9 - 5 / 3, 9 - 10 / 3, 4, 2],
            [0, 9, 9, 9 - 7 / 3, 9 - 14 / 3, 2],
            [0, 9, 9, 4, 4, 4],
            [0, 9, 9, 4, 4, 4],
        ],
    )


def test_occlusion_replaces_scalars_by_zeros_or_the_median_of_a_background(row):
    model = WeightedColumns({column("rr_before_20"): 0.5}, CONTEXT)
    zeros = occlusion(model, row, label="V")
    assert zeros.group_importance[0, 2] == 0.5
    background = np.repeat(row, 3, axis=0) * [[0.2], [0.4], [9]]
    median = occlusion(model, row, label="V", background=background)
    assert_allclose(median.group_importance[0, 2], 0.5 - 0.2)


def test_occlusion_takes_groups_of_ones_own(row):
    model = WeightedColumns({column("lead0_noise"): 0.5}, CONTEXT)
    groups = {"both": ["irregular_20", "lead0_noise"], "other": ["lead1_noise"]}
    result = occlusion(model, row, label="V", groups=groups)
    assert result.groups[2:] == [("both", None), ("other", None)]
    assert_allclose(result.group_importance[0, 2:], [0.5, 0])


def test_occlusion_names_the_groups_of_one_lead_with_context():
    scalars = ("rr_rank", "rate_long", "qrs_width", "beat-1_there")
    layout = BeatLayout(10, channels=("signal", "difference"), scalars=scalars)
    result = occlusion(WeightedColumns({0: 0.5}, layout), np.ones((1, 24)))
    assert result.groups == [("waveform", 0), ("rhythm", None), ("shape", 0)]


def test_occlusion_takes_all_columns_of_the_rhythm_for_rhythm():
    layout = BeatLayout(10, channels=("signal", "difference"), scalars=scalar_names(1, 0, "all"))
    (rhythm,) = (part for part in make_parts(layout, "occlusion") if part.name == "rhythm")
    assert [layout.feature_names[i] for i in rhythm.columns] == [*RHYTHM, *AROUND]


def test_occlusion_other_scalars_of_plain_rows_are_others():
    layout = BeatLayout(10, scalars=("rr_before", "age"))
    result = occlusion(WeightedColumns({11: 0.6}, layout), np.ones((1, 12)))
    assert result.groups[1:] == [("rhythm", None), ("other", None)]
    assert_allclose(result.group_importance[0, 1:], [0, 0.6])


def test_occlusion_of_plain_rows_has_stretches_only():
    result = occlusion(WeightedColumns({0: 0.5}), np.ones((1, 9)))
    assert {part.kind for part in result.parts} == {"stretch"}
    assert result.neighbor_importance.shape == result.group_importance.shape == (1, 0)


def test_occlusion_neighbours_as_waveforms():
    layout = BeatLayout(10, neighbors=2, scalars=("rr", "beat-1_rr"))
    model = WeightedColumns({12: 0.25, 51: 0.5}, layout)  # beat before: sample 2, and its rr
    X = np.ones((1, 52))
    X[0, :10] = 0  # the recording has no second beat before
    result = occlusion(model, X, label="V")
    assert result.neighbors == [-2, -1, 1, 2]
    assert_allclose(result.neighbor_importance, [[np.nan, 0.75, 0, 0]])
    assert_allclose(result.waveform, np.ones((1, 1, 10)))


def test_occlusion_missing_leads_have_no_importance(row, model):
    CONTEXT.waveform(row)[:, :, 1] = 0
    row[:, column("lead1_noise")] = 0
    result = occlusion(model, row, label="V")
    missing = result.frame().set_index(["part", "lead"])["importance"].isna()
    assert missing[[("waveform", "lead 1"), ("shape", "lead 1")]].all()
    assert missing["stretch", "lead 1"].all() and not missing["stretch", "lead 0"].any()
    assert np.isnan(result.waveform[0, 1]).all() and np.isnan(result.normal[0, 1]).all()


def test_occlusion_means_exclude_beats_that_lack_a_lead(row, model):
    X = np.repeat(row, 2, axis=0)
    CONTEXT.waveform(X)[1, :, 1] = 0
    mean = occlusion(model, X, label="V").mean()
    assert_allclose(mean.waveform[1], 0.5 + 0.01 * np.arange(70))
    assert_allclose(mean.normal[1], 0.01 * np.arange(70), atol=1e-12)
    assert_allclose(mean.group_importance[1], 0.4)
    assert_allclose(mean.probability, 0.7)


def test_occlusion_mean_is_that_of_the_beats(row, model):
    X = np.repeat(row, 2, axis=0) * [[1], [0.5]]
    result = occlusion(model, X, label="V")
    mean = result.mean()
    for name in ("importance", "neighbor_importance", "group_importance", "waveform"):
        assert_allclose(getattr(mean, name), getattr(result, name).mean(axis=0), atol=1e-12)


def test_occlusion_explains_the_predicted_class_by_default():
    X = np.ones((2, 5)) * [[0.9], [0.3]]
    result = occlusion(WeightedColumns({2: 1.0}), X)
    assert result.labels == result.y_pred == ["V", "N"]
    assert_allclose(result.probability, [0.9, 0.7])


def test_occlusion_explains_a_class_for_each_beat():
    X = np.ones((2, 5)) * [[0.9], [0.3]]
    result = occlusion(WeightedColumns({2: 1.0}), X, ["N", "V"])
    assert result.labels == ["N", "V"] and result.y_pred == ["V", "N"]
    assert_allclose(result.probability, [0.1, 0.3])
    assert result.classes == ("N", "V")


def test_occlusion_of_another_class_is_against_it(row, model):
    result = occlusion(model, row, label="N")
    assert_allclose(result.neighbor_importance, [[-0.5, 0]], atol=1e-12)


def test_occlusion_finds_layout_and_fs_in_pipelines():
    beats = skecg.load_simulated(2, duration=15, leads=[0, 1], random_state=0)
    denoiser = skecg.WaveletDenoiser(fs=beats.fs, layout=beats.layout)
    pipe = make_pipeline(denoiser, LogisticRegression(max_iter=1000))
    pipe.fit(beats.data, beats.target)
    result = occlusion(pipe, beats.data[:1])
    assert result.waveform.shape == (1, 2, 50)
    assert result.fs == beats.fs


def test_occlusion_in_pipelines_of_pipelines():
    layout = BeatLayout(4, leads=2)
    inner = make_pipeline(skecg.BeatNormalizer(layout=layout), LogisticRegression())
    X = np.random.default_rng(0).normal(size=(20, 8))
    search = make_pipeline("passthrough", inner).fit(X, np.arange(20) % 2)
    assert occlusion(search, X[:1]).layout == layout


def test_occlusion_of_a_random_forest_finds_what_is_different():
    rng = np.random.default_rng(0)
    X = rng.normal(scale=0.05, size=(200, 50)).astype(np.float32)
    y = np.repeat(["N", "V"], 100)
    X[100:, 30:34] += 1
    forest = RandomForestClassifier(20, random_state=0).fit(pd.DataFrame(X).add_prefix("s"), y)
    some = pd.DataFrame(X[100:110]).add_prefix("s")  # names, or the forest would warn
    found = stretches(occlusion(forest, some)).set_index(["start", "stop"])["importance"]
    assert found.idxmax() in {(29, 34), (30, 35)}
    assert found.max() > 0.8 > 0.1 > found[[(5, 10), (45, 50)]].max()


def test_occlusion_frame_has_one_row_per_part(row, model):
    result = occlusion(model, row, fs=125, width=0.08, step=0.016)
    frame = result.frame(lead_names=["MLII", "V5"])
    assert list(frame.columns) == ["part", "lead", "beat", "start", "stop", "importance"]
    assert frame["part"].value_counts().to_dict() == {
        "stretch": 2 * 39,
        "neighbor": 2,
        "waveform": 2,
        "shape": 2,
        "rhythm": 1,
    }
    assert frame["stop"].max() == 560 and frame["start"].min() == 0
    assert frame["lead"].dropna().unique().tolist() == ["MLII", "V5"]
    assert repr(result) == "<OcclusionResult: 1 beat, 85 parts>"


def test_occlusion_frame_by_beat(row, model):
    result = occlusion(model, np.repeat(row, 2, axis=0) * [[1], [0.5]], label="V")
    frame = result.frame(by_beat=True)
    assert list(frame.columns[:3]) == ["row", "label", "probability"]
    of_neighbor = frame[(frame["part"] == "neighbor") & (frame["beat"] == -1)]
    assert_allclose(of_neighbor["importance"], result.neighbor_importance[:, 0])
    assert of_neighbor["row"].tolist() == [0, 1]


def test_occlusion_changes_neither_rows_nor_their_type(row, model):
    X = row.astype(np.float32)
    before = X.copy()
    occlusion(model, X)
    assert_array_equal(X, before)
    assert model.calls[0].dtype == np.float32


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"label": "S"}, r"'label' .* one of the classes \['N', 'V'\] .* Got 'S'"),
        ({"y": ["S"]}, r"'y' .* one of the classes \['N', 'V'\] .* Got 'S'"),
        ({"y": ["V", "V"]}, "inconsistent numbers of samples"),
        ({"y": ["V"], "label": "V"}, "either 'y', .* or 'label'"),
        ({"width": 0}, "'width' .* positive int .* Got 0"),
        ({"width": True}, "'width' .* Got True"),
        ({"width": 71}, "'width' .* at most the 70 samples .* Got 71"),
        ({"width": 0.04}, "'width' .* 0.04 seconds.* Pass fs"),
        ({"step": -1.0}, "'step' .* Got -1.0"),
        ({"width": 3, "step": 4}, "'step' .* at most the width.* Got 4"),
        ({"fs": 0}, "'fs' .* positive number or None. Got 0"),
        ({"layout": BeatLayout(3)}, "'layout' parameter of occlusion describes rows of 3"),
        ({"background": np.ones((2, 3))}, "'background' .* 288 columns.* Got 3 columns"),
        ({"groups": {"a": ["rr"]}}, r"'groups' .* Got \['rr'\]"),
        ({"groups": {"a": []}}, r"'groups' .* Got \{'a': \[\]\}"),
    ],
)
def test_occlusion_wrong_parameters_raise(row, model, parameters, words):
    with pytest.raises(ValueError, match=words):
        occlusion(model, row, **parameters)


def test_occlusion_needs_probabilities(row):
    with pytest.raises(ValueError, match=r"'estimator' .* must have predict_proba"):
        occlusion(LinearSVC(), row)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_occlusion_is_the_same_on_another_backend(tmp_path, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    record = skecg.simulate_record(120, fs=125, ventricular=0.2, random_state=0)
    extractor = skecg.BeatExtractor(window=(0.1, 0.14), fs=125, context=600, leads=[0, 1])
    beats = extractor.extract(record)
    clf = skecg.ContextLSTMClassifier(4, epochs=2, batch_size=32, layout=beats.layout)
    clf.set_params(random_state=0).fit(beats.data, beats.target)
    skecg.save(clf, tmp_path / "model.skecg")
    rows = beats.data[beats.target == "V"][:2]
    np.save(tmp_path / "rows.npy", rows)
    code = """
import keras, numpy, skecg
model = skecg.load("model.skecg")
result = skecg.occlusion(model, numpy.load("rows.npy"), label="V")
print(keras.backend.backend())
result.frame().to_csv("importance.csv")
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr[-3000:]
    assert done.stdout.strip() == backend
    expected = occlusion(clf, rows, label="V").frame()["importance"]
    there = pd.read_csv(tmp_path / "importance.csv")["importance"]
    assert expected.abs().max() > 0.01  # else any network would agree
    assert_allclose(there, expected, rtol=0, atol=1e-5)
