"""The figure of an occlusion; its numbers are tested in tests/inspection."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose

from skecg import BeatLayout, OcclusionDisplay, occlusion

from .._occlusion import CONTEXT, WeightedColumns, column, ramp_row, sample_and_neighbor


@pytest.fixture
def row():
    return ramp_row()


@pytest.fixture
def model():
    return sample_and_neighbor()


def test_occlusion_shades_are_the_importance(row, model):
    display = OcclusionDisplay.from_estimator(model, row, fs=125, width=5, step=1)
    expected = 100 * display.result.importance[0]
    assert_allclose([shade.get_array().ravel() for shade in display.shades_], expected)
    assert_allclose(display.lines_[0].get_ydata(), 0.5 + 0.01 * np.arange(70))
    assert [bar.get_height() for bar in display.bars_["neighbors"]] == pytest.approx([50, 0])
    assert [bar.get_width() for bar in display.bars_["groups"]] == pytest.approx([0, 40, 0, 0, 0])


def test_occlusion_display_draws_a_result(row, model):
    result = occlusion(model, row, fs=125)
    display = OcclusionDisplay(result, lead_names=["MLII", "V5"]).plot()
    assert display.result is result
    assert [ax.texts[0].get_text() for ax in display.ax_[:2]] == ["MLII", "V5"]
    assert display.frame()["lead"].dropna().unique().tolist() == ["MLII", "V5"]


def test_occlusion_groups_of_one_lead_have_no_lead_in_their_names():
    scalars = ("rr_rank", "qrs_width", "beat-1_there")
    layout = BeatLayout(10, channels=("signal", "difference"), scalars=scalars)
    display = OcclusionDisplay.from_estimator(WeightedColumns({0: 0.5}, layout), np.ones((1, 23)))
    labels = [text.get_text() for text in display.ax_[-1].get_yticklabels()]
    assert labels == ["waveform", "rhythm", "shape"]


def test_occlusion_missing_parts_are_named(row, model):
    CONTEXT.waveform(row)[:, :, 1] = 0
    row[:, column("lead1_noise")] = 0
    row[:, column("beat-1_there")] = row[:, column("beat-1_rr_before_20")] = 0
    display = OcclusionDisplay.from_estimator(model, row, label="V")
    assert display.ax_[1].texts[0].get_text() == "missing" and display.shades_[1] is None
    assert [text.get_text() for text in display.ax_[2].texts] == ["missing"]
    assert [text.get_text() for text in display.ax_[3].texts] == ["missing", "missing"]


def test_occlusion_missing_parts_are_named_on_the_side_of_the_bars(row):
    row[:, column("beat+1_there")] = row[:, column("beat+1_rr_before_20")] = 0
    CONTEXT.waveform(row)[:, :, 1] = 0
    weights = {column("beat-1_rr_before_20"): 0.5, column("rr_before_20"): 0.4}
    model = WeightedColumns(weights, CONTEXT)
    display = OcclusionDisplay.from_estimator(model, row, label="N")  # all bars are negative
    assert display.ax_[2].texts[0].get_va() == "top"
    assert display.ax_[3].texts[0].get_ha() == "right"


@pytest.mark.parametrize(
    ("value", "parameters", "title"),
    [
        ([0.9], {}, "Predicted V, probability 0.90"),
        ([0.9], {"label": "N"}, "Predicted V, probability of N 0.10"),
        ([0.9, 0.8], {"label": "V"}, "2 beats, all predicted V, mean probability 0.85"),
        ([0.9, 0.3], {"label": "V"}, "2 beats, 1 predicted V, mean probability 0.60"),
        ([0.9, 0.3], {}, "2 beats, mean probability of the predicted class 0.80"),
        ([0.9, 0.3], {"y": list("NV")}, "2 beats, mean probability of the explained class 0.20"),
    ],
)
def test_occlusion_title_has_prediction_and_probability(value, parameters, title):
    X = np.ones((len(value), 5)) * np.array(value)[:, np.newaxis]
    display = OcclusionDisplay.from_estimator(WeightedColumns({2: 1.0}), X, **parameters)
    assert display.figure_.get_suptitle() == title


def test_occlusion_evidence_against_a_class_differs_without_colour(row, model):
    against = OcclusionDisplay.from_estimator(model, row, label="N")
    bar = against.bars_["neighbors"][0]
    right = OcclusionDisplay.from_estimator(model, row).bars_["neighbors"][0]
    assert to_hex(bar.get_facecolor()) != to_hex(right.get_facecolor())
    assert bar.get_hatch() and not right.get_hatch()
    legend = [text.get_text() for text in against.ax_[0].get_legend().get_texts()]
    assert legend == ["beat", "normal beat", "against N"]


def test_occlusion_of_several_classes_names_none_of_them():
    X = np.array([[0, 0, 0.9, 0, 0.2], [0, 0, 0.3, 0, 0]])  # V with evidence against it, and N
    model = WeightedColumns({2: 1.0, 4: -0.5})
    display = OcclusionDisplay.from_estimator(model, X, width=1)
    legend = [text.get_text() for text in display.ax_[0].get_legend().get_texts()]
    assert legend == ["against"]
    assert display.colorbar_.ax.get_ylabel() == "Drop in p (pp)"


def test_occlusion_colours_are_centred_and_in_percentage_points(row, model):
    display = OcclusionDisplay.from_estimator(model, row, width=5, step=1)
    assert_allclose(display.shades_[0].get_clim(), (-40, 40))
    assert "Drop in p(V) (pp)" in display.colorbar_.ax.get_ylabel()
    nothing = OcclusionDisplay.from_estimator(WeightedColumns({0: 0.0}), row)
    assert nothing.shades_[0].get_clim() == (-1, 1)
    assert display.plot(limit=20, colorbar=False).colorbar_ is None
    assert display.shades_[1].get_clim() == (-20, 20)


@pytest.mark.parametrize(("fs", "label"), [(250, "Time (ms)"), (None, "Sample")])
def test_occlusion_axes_have_units(row, model, fs, label):
    display = OcclusionDisplay.from_estimator(model, row, fs=fs)
    assert display.ax_[1].get_xlabel() == label
    assert display.ax_[0].get_ylabel() == "Amplitude\n(normal QRS = 1)"


def test_occlusion_of_plain_rows_is_one_panel_in_mv():
    plain = OcclusionDisplay.from_estimator(WeightedColumns({0: 0.5}), np.ones((1, 9)))
    assert plain.ax_[0].get_ylabel() == "Amplitude\n(mV)"
    assert len(plain.ax_) == 1


def test_occlusion_draws_into_given_axes(row, model):
    figure, axes = plt.subplots(2, 2)
    display = OcclusionDisplay.from_estimator(model, row, ax=axes)
    assert display.figure_ is figure and list(display.ax_) == list(axes.ravel())
    assert axes[0, 0].get_title() == "Predicted V, probability 0.90"
    with pytest.raises(ValueError, match="must hold 4 matplotlib Axes"):
        display.plot(ax=axes[0])


def test_occlusion_fits_a_column(row, model):
    display = OcclusionDisplay.from_estimator(model, row, figsize=(3.3, 5))
    assert display.figure_.get_size_inches().tolist() == [3.3, 5]
    boxes = [ax.get_position() for ax in display.ax_]
    assert boxes[2].y0 > boxes[3].y1  # bars one below the other


def test_occlusion_wrong_lead_names_raise(row, model):
    with pytest.raises(ValueError, match=r"'lead_names' .* must name 2 leads"):
        OcclusionDisplay.from_estimator(model, row, lead_names=["a"])
