import importlib.util
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import skecg
from skecg import BeatLayout, OcclusionDisplay

CONTEXT = BeatLayout(
    70,
    leads=2,
    channels=("signal", "difference"),
    scalars=(
        "rr_before_20",
        "irregular_20",
        *("lead0_noise", "lead1_noise"),
        *("beat-1_there", "beat-1_rr_before_20", "beat+1_there", "beat+1_rr_before_20"),
    ),
)


class Knows(ClassifierMixin, BaseEstimator):
    """The probability of V is a sum of columns by their weights, cut at 0 and 1."""

    classes_ = np.array(["N", "V"])

    def __init__(self, weights, layout=None):
        self.weights = weights
        self.layout = layout
        self.calls = []

    def predict_proba(self, X):
        self.calls.append(X)
        v = sum(weight * np.asarray(X)[:, i] for i, weight in self.weights.items()).clip(0, 1)
        return np.column_stack([1 - v, v])


def column(layout, name):
    return layout.feature_names.index(name)


@pytest.fixture
def row():
    """A beat whose normal shape is a ramp, 0.01 a sample, and whose difference is 0.5."""
    X = np.ones((1, CONTEXT.n_features))
    waves = CONTEXT.waveform(X)
    waves[..., 1, :] = 0.5
    waves[..., 0, :] = 0.5 + 0.01 * np.arange(70)
    return X


@pytest.fixture
def sample_and_neighbor():
    """A model that knows nothing but sample 30 of lead 1 and the interval of the beat before."""
    weights = {
        column(CONTEXT, "lead1_difference_030"): 0.8,  # 0.4 for a difference of 0.5
        column(CONTEXT, "beat-1_rr_before_20"): 0.5,
    }
    return Knows(weights, CONTEXT)


def falls(display, part):
    frame = display.frame()
    return frame[frame["part"] == part]


def test_occlusion_finds_the_sample_and_the_neighbour_that_decided(row, sample_and_neighbor):
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, row, fs=125, width=5, step=1)
    stretch = falls(display, "stretch")
    holds = (stretch["start"] <= 240) & (240 < stretch["stop"]) & (stretch["lead"] == "lead 1")
    assert holds.sum() == 5  # as many stretches as one is wide
    assert_allclose(stretch["fall"], np.where(holds, 0.4, 0), atol=1e-12)
    assert_allclose(display.neighbor_fall, [0.5, 0], atol=1e-12)
    assert display.neighbors == [-1, 1]
    assert_allclose(display.group_fall, [0, 0.4, 0, 0, 0], atol=1e-12)
    assert display.groups == [
        ("waveform", 0),
        ("waveform", 1),
        ("rhythm", None),
        ("shape", 0),
        ("shape", 1),
    ]


@pytest.mark.parametrize("width", [1, 4, 5, 0.04, 70])
@pytest.mark.parametrize("sample", [0, 1, 30, 69])
def test_occlusion_colours_are_strongest_at_the_sample_that_decided(width, sample):
    model = Knows({sample: 0.5})
    X = np.zeros((1, 70))
    X[0, sample] = 1.6
    display = OcclusionDisplay.from_estimator(model, X, fs=125, width=width, step=1)
    colours = display.shades_[0].get_array().ravel()
    assert np.argmax(colours) == sample
    assert (colours >= 0).all()


def test_occlusion_asks_the_model_once(row, sample_and_neighbor):
    OcclusionDisplay.from_estimator(sample_and_neighbor, np.repeat(row, 3, axis=0), width=10)
    (rows,) = sample_and_neighbor.calls
    # of each beat itself, stretches of 10 in steps of 2, whole leads, 2 neighbours, 3 groups
    assert len(rows) == 3 * (1 + 2 * (39 + 1) + 2 + 3)


def test_occlusion_of_many_rows_asks_in_parts(row, sample_and_neighbor, monkeypatch):
    X = np.repeat(row, 3, axis=0)
    whole = OcclusionDisplay.from_estimator(sample_and_neighbor, X).frame()
    monkeypatch.setattr("skecg.inspection._occlusion.MOST_BYTES", 1)
    parts = OcclusionDisplay.from_estimator(sample_and_neighbor, X).frame()
    assert len(sample_and_neighbor.calls) == 1 + 3
    pd.testing.assert_frame_equal(parts, whole)


def test_occlusion_puts_the_normal_beat_where_rows_tell_it(row, sample_and_neighbor):
    OcclusionDisplay.from_estimator(sample_and_neighbor, row, width=70)
    waves = CONTEXT.waveform(sample_and_neighbor.calls[0])
    everywhere = (waves[:, 0, 0, 1] == 0).all(axis=1)
    ramp = np.broadcast_to(0.01 * np.arange(70), (everywhere.sum(), 70))
    assert_allclose(waves[everywhere, 0, 0, 0], ramp, atol=1e-12)
    assert everywhere.sum() == 2  # the widest stretch, and the whole lead


def test_occlusion_puts_a_straight_line_elsewhere():
    model = Knows({0: 1.0})
    OcclusionDisplay.from_estimator(model, [[0.0, 9, 9, 4, 4, 2]], width=2, step=1)
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


def test_occlusion_scalars_are_replaced_by_zeros_or_the_median_of_a_background(row):
    model = Knows({column(CONTEXT, "rr_before_20"): 0.5}, CONTEXT)
    zeros = OcclusionDisplay.from_estimator(model, row, label="V")
    assert zeros.group_fall[2] == 0.5
    background = np.repeat(row, 3, axis=0) * [[0.2], [0.4], [9]]
    median = OcclusionDisplay.from_estimator(model, row, label="V", background=background)
    assert_allclose(median.group_fall[2], 0.5 - 0.2)


def test_occlusion_takes_groups_of_ones_own(row):
    model = Knows({column(CONTEXT, "lead0_noise"): 0.5}, CONTEXT)
    groups = {"both": ["irregular_20", "lead0_noise"], "other": ["lead1_noise"]}
    display = OcclusionDisplay.from_estimator(model, row, label="V", groups=groups)
    assert display.groups[2:] == [("both", None), ("other", None)]
    assert_allclose(display.group_fall[2:], [0.5, 0])


def test_occlusion_names_the_groups_of_one_lead_with_context():
    scalars = ("rr_rank", "rate_long", "qrs_width", "beat-1_there")
    layout = BeatLayout(10, channels=("signal", "difference"), scalars=scalars)
    display = OcclusionDisplay.from_estimator(Knows({0: 0.5}, layout), np.ones((1, 24)))
    assert display.groups == [("waveform", 0), ("rhythm", None), ("shape", 0)]
    labels = [text.get_text() for text in display.ax_[-1].get_yticklabels()]
    assert labels == ["waveform", "rhythm", "shape"]


def test_occlusion_other_scalars_of_plain_rows_are_others():
    layout = BeatLayout(10, scalars=("rr_before", "age"))
    display = OcclusionDisplay.from_estimator(Knows({11: 0.6}, layout), np.ones((1, 12)))
    assert display.groups[1:] == [("rhythm", None), ("other", None)]
    assert_allclose(display.group_fall[1:], [0, 0.6])


def test_occlusion_neighbours_as_waveforms():
    layout = BeatLayout(10, neighbors=2, scalars=("rr", "beat-1_rr"))
    model = Knows({12: 0.25, 51: 0.5}, layout)  # of the beat before: sample 2, and its rr
    X = np.ones((1, 52))
    X[0, :10] = 0  # the recording has no second beat before
    display = OcclusionDisplay.from_estimator(model, X, label="V")
    assert display.neighbors == [-2, -1, 1, 2]
    assert_allclose(display.neighbor_fall, [np.nan, 0.75, 0, 0])
    assert_allclose(display.lines_[0].get_ydata(), np.ones(10))
    assert [text.get_text() for text in display.ax_[1].texts] == ["none"]


def test_occlusion_missing_leads_are_said_to_be_missing(row, sample_and_neighbor):
    CONTEXT.waveform(row)[:, :, 1] = 0
    row[:, column(CONTEXT, "lead1_noise")] = 0
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, row, label="V")
    assert display.ax_[1].texts[0].get_text() == "missing"
    missing = display.frame().set_index(["part", "lead"])["fall"].isna()
    assert missing[[("waveform", "lead 1"), ("shape", "lead 1")]].all()
    assert missing["stretch", "lead 1"].all() and not missing["stretch", "lead 0"].any()
    assert [text.get_text() for text in display.ax_[-1].texts] == ["missing", "missing"]


def test_occlusion_means_leave_out_beats_that_lack_a_lead(row, sample_and_neighbor):
    X = np.repeat(row, 2, axis=0)
    CONTEXT.waveform(X)[1, :, 1] = 0
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, X, label="V")
    assert_allclose(display.lines_[1].get_ydata(), 0.5 + 0.01 * np.arange(70))
    assert_allclose(display.group_fall[1], 0.4)
    assert display.figure_.get_suptitle() == "2 beats, 1 predicted V, mean probability 0.70"


@pytest.mark.parametrize(
    ("value", "label", "title"),
    [
        ([0.9], None, "Predicted V, probability 0.90"),
        ([0.9], "N", "Predicted V, probability of N 0.10"),
        ([0.9, 0.8], "V", "2 beats, all predicted V, mean probability 0.85"),
        ([0.9, 0.3], "V", "2 beats, 1 predicted V, mean probability 0.60"),
        ([0.9, 0.3], None, "2 beats, mean probability of the class predicted 0.80"),
    ],
)
def test_occlusion_title_says_what_was_predicted(value, label, title):
    X = np.ones((len(value), 5)) * np.array(value)[:, np.newaxis]
    display = OcclusionDisplay.from_estimator(Knows({2: 1.0}), X, label=label)
    assert display.figure_.get_suptitle() == title


def test_occlusion_of_another_class_is_against_it(row, sample_and_neighbor):
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, row, label="N")
    assert_allclose(display.neighbor_fall, [-0.5, 0], atol=1e-12)
    bar = display.bars_["neighbors"][0]
    right = OcclusionDisplay.from_estimator(sample_and_neighbor, row).bars_["neighbors"][0]
    assert to_hex(bar.get_facecolor()) != to_hex(right.get_facecolor())
    assert bar.get_hatch() and not right.get_hatch()  # told apart in grey, too
    legend = [text.get_text() for text in display.ax_[0].get_legend().get_texts()]
    assert legend == ["beat", "normal beat", "against N"]


def test_occlusion_colours_are_centred_and_in_percentage_points(row, sample_and_neighbor):
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, row, width=5, step=1)
    assert_allclose(display.shades_[0].get_clim(), (-40, 40))
    assert "Fall of p(V) (pp)" in display.colorbar_.ax.get_ylabel()
    nothing = OcclusionDisplay.from_estimator(Knows({0: 0.0}), row)
    assert nothing.shades_[0].get_clim() == (-1, 1)
    assert display.plot(limit=20, colorbar=False).colorbar_ is None
    assert display.shades_[1].get_clim() == (-20, 20)


@pytest.mark.parametrize(("fs", "label"), [(250, "Time (ms)"), (None, "Sample")])
def test_occlusion_axes_have_units(row, sample_and_neighbor, fs, label):
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, row, fs=fs)
    assert display.ax_[1].get_xlabel() == label
    assert display.ax_[0].get_ylabel() == "Amplitude\n(normal QRS = 1)"
    plain = OcclusionDisplay.from_estimator(Knows({0: 0.5}), np.ones((1, 9)))
    assert plain.ax_[0].get_ylabel() == "Amplitude\n(mV)"
    assert len(plain.ax_) == 1


def test_occlusion_finds_layout_and_fs_in_pipelines():
    beats = skecg.load_simulated(2, duration=60, leads=[0, 1], random_state=0)
    denoiser = skecg.WaveletDenoiser(fs=beats.fs, layout=beats.layout)
    pipe = make_pipeline(denoiser, LogisticRegression(max_iter=1000))
    pipe.fit(beats.data, beats.target)
    display = OcclusionDisplay.from_estimator(pipe, beats.data[:1])
    assert np.shape(display.waveform) == (2, 50)
    assert display.ax_[1].get_xlabel() == "Time (ms)"


def test_occlusion_of_a_random_forest_finds_what_is_different():
    rng = np.random.default_rng(0)
    X = rng.normal(scale=0.05, size=(200, 50)).astype(np.float32)
    y = np.repeat(["N", "V"], 100)
    X[100:, 30:34] += 1
    forest = RandomForestClassifier(20, random_state=0).fit(pd.DataFrame(X).add_prefix("s"), y)
    some = pd.DataFrame(X[100:110]).add_prefix("s")  # names, or the forest would warn
    display = OcclusionDisplay.from_estimator(forest, some)
    fall = falls(display, "stretch").set_index(["start", "stop"])["fall"]
    assert fall.idxmax() in {(29, 34), (30, 35)}
    assert fall.max() > 0.8 > 0.1 > fall[[(5, 10), (45, 50)]].max()


def test_occlusion_in_pipelines_of_pipelines():
    layout = BeatLayout(4, leads=2)
    inner = make_pipeline(skecg.BeatNormalizer(layout=layout), LogisticRegression())
    X = np.random.default_rng(0).normal(size=(20, 8))
    search = make_pipeline("passthrough", inner).fit(X, np.arange(20) % 2)
    assert len(OcclusionDisplay.from_estimator(search, X[:1]).waveform) == 2


def test_occlusion_draws_into_given_axes(row, sample_and_neighbor):
    figure, axes = plt.subplots(2, 2)
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, row, ax=axes)
    assert display.figure_ is figure and list(display.ax_) == list(axes.ravel())
    assert axes[0, 0].get_title() == "Predicted V, probability 0.90"
    with pytest.raises(ValueError, match="must hold 4 matplotlib Axes"):
        display.plot(ax=axes[0])


def test_occlusion_fits_a_column(row, sample_and_neighbor):
    display = OcclusionDisplay.from_estimator(sample_and_neighbor, row, figsize=(3.3, 5))
    assert display.figure_.get_size_inches().tolist() == [3.3, 5]
    boxes = [ax.get_position() for ax in display.ax_]
    assert boxes[2].y0 > boxes[3].y1  # bars one below the other


def test_occlusion_frame_is_the_data(row, sample_and_neighbor):
    names = ["MLII", "V5"]
    display = OcclusionDisplay.from_estimator(
        sample_and_neighbor, row, fs=125, lead_names=names, width=0.08, step=0.016
    )
    frame = display.frame()
    assert list(frame.columns) == ["part", "lead", "beat", "start", "stop", "fall"]
    assert frame["part"].value_counts().to_dict() == {
        "stretch": 2 * 39,
        "neighbor": 2,
        "waveform": 2,
        "shape": 2,
        "rhythm": 1,
    }
    assert frame["stop"].max() == 560 and frame["start"].min() == 0
    assert frame["lead"].dropna().unique().tolist() == names


def test_occlusion_changes_neither_rows_nor_their_type(row, sample_and_neighbor):
    X = row.astype(np.float32)
    before = X.copy()
    OcclusionDisplay.from_estimator(sample_and_neighbor, X)
    assert_array_equal(X, before)
    assert sample_and_neighbor.calls[0].dtype == np.float32


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"label": "S"}, r"'label' .* one of the classes \['N', 'V'\] .* Got 'S'"),
        ({"width": 0}, "'width' .* positive int .* Got 0"),
        ({"width": True}, "'width' .* Got True"),
        ({"width": 71}, "'width' .* at most the 70 samples .* Got 71"),
        ({"width": 0.04}, "'width' .* 0.04 seconds.* pass fs"),
        ({"step": -1.0}, "'step' .* Got -1.0"),
        ({"width": 3, "step": 4}, "'step' .* at most the width.* Got 4"),
        ({"fs": 0}, "'fs' .* positive number or None. Got 0"),
        ({"layout": BeatLayout(3)}, "'layout' parameter of OcclusionDisplay describes rows of 3"),
        ({"background": np.ones((2, 3))}, "'background' .* 288 columns.* Got 3 columns"),
        ({"groups": {"a": ["rr"]}}, r"'groups' .* Got \['rr'\]"),
        ({"groups": {"a": []}}, r"'groups' .* Got \{'a': \[\]\}"),
        ({"lead_names": ["a"]}, "'lead_names' .* must name 2 leads"),
    ],
)
def test_occlusion_wrong_parameters_raise(row, sample_and_neighbor, parameters, words):
    with pytest.raises(ValueError, match=words):
        OcclusionDisplay.from_estimator(sample_and_neighbor, row, **parameters)


def test_occlusion_needs_probabilities(row):
    with pytest.raises(ValueError, match=r"'estimator' .* must have predict_proba"):
        OcclusionDisplay.from_estimator(LinearSVC(), row)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_occlusion_is_the_same_on_another_backend(tmp_path, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    record = skecg.simulate_record(120, fs=125, ventricular=0.2, random_state=0)
    extractor = skecg.BeatExtractor(window=(0.28, 0.28), fs=125, context=600, leads=[0, 1])
    beats = extractor.extract(record)
    clf = skecg.ContextLSTMClassifier(4, epochs=2, batch_size=32, layout=beats.layout)
    clf.set_params(random_state=0).fit(beats.data, beats.target)
    skecg.save(clf, tmp_path / "model.skecg")
    rows = beats.data[beats.target == "V"][:2]
    np.save(tmp_path / "rows.npy", rows)
    code = """
import keras, numpy, skecg
model = skecg.load("model.skecg")
display = skecg.OcclusionDisplay.from_estimator(model, numpy.load("rows.npy"), label="V")
print(keras.backend.backend())
display.frame().to_csv("falls.csv")
"""
    environment = os.environ | {"KERAS_BACKEND": backend, "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr[-3000:]
    assert done.stdout.strip() == backend
    expected = OcclusionDisplay.from_estimator(clf, rows, label="V").frame()
    there = pd.read_csv(tmp_path / "falls.csv")
    assert expected["fall"].abs().max() > 0.01  # else any network would agree
    assert_allclose(there["fall"], expected["fall"], rtol=0, atol=1e-5)
