import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose

from skecg import BeatLayout, BeatTemplateDisplay

X = np.array([[0.0, 1.0], [2.0, 3.0], [9.0, 9.0]])
Y = ["N", "N", "V"]
TWO_LEADS = BeatLayout(2, leads=2)


def titles(display):
    return [ax.get_title() for ax in display.ax_]


def test_templates_are_means_with_bands():
    display = BeatTemplateDisplay.from_labels(X, Y, fs=250)
    assert [line.get_ydata().tolist() for line in display.lines_] == [[1, 2], [9, 9]]
    assert display.lines_[0].get_xdata().tolist() == [0, 4]
    band = display.bands_[0].get_paths()[0].vertices
    assert_allclose([band[:, 1].min(), band[:, 1].max()], [0.1, 2.9])
    assert titles(display) == ["N (2 beats)", "V (1 beat)"]
    assert display.figure_.get_supxlabel() == "Time (ms)"


def test_templates_of_leads_have_a_row_of_panels_each():
    y = ["N", "N", "V", "V"]
    display = BeatTemplateDisplay.from_labels(1 + np.eye(4), y, layout=TWO_LEADS)
    assert len(display.ax_) == len(display.bands_) == 4
    assert titles(display)[1] == "V, lead 0 (2 beats)"


def test_templates_of_missing_leads_count_no_beats():
    rows = [[1.0, 2, 3, 4], [5.0, 6, 0, 0]]  # the V lacks the second lead
    names = ["MLII", "V5"]
    display = BeatTemplateDisplay.from_labels(rows, list("NV"), layout=TWO_LEADS, lead_names=names)
    assert titles(display)[2:] == ["N, V5 (1 beat)", "V, V5 (0 beats)"]
    assert np.isnan(display.lines_[3].get_ydata()).all()


def test_templates_of_many_classes_wrap():
    display = BeatTemplateDisplay.from_labels(np.eye(8), list("NSVFQabc"))
    assert len(display.ax_) == 8
    assert display.figure_.get_figwidth() < 10


def test_templates_with_context_are_in_units_of_the_normal_beat():
    layout = BeatLayout(1, channels=("signal", "difference"))
    display = BeatTemplateDisplay.from_labels(X, Y, layout=layout)
    assert display.figure_.get_supylabel() == "Amplitude (normal QRS = 1)"
    display = BeatTemplateDisplay.from_labels(X, Y, layout=layout, unit="mV")
    assert display.figure_.get_supylabel() == "Amplitude (mV)"


def test_templates_draw_into_given_axes():
    figure, axes = plt.subplots(1, 2)
    display = BeatTemplateDisplay.from_labels(X, Y, ax=axes, band_kw={"fc": "k"}, sharey=True)
    assert display.figure_ is figure and axes[0].get_xlabel() == "Sample"
    assert axes[0].get_ylim() == axes[1].get_ylim()
    assert to_hex(display.bands_[0].get_facecolor()[0]) == "#000000"


def test_templates_frame_is_the_data():
    frame = BeatTemplateDisplay.from_labels(X, Y).frame()
    assert list(frame.columns) == ["class", "beats", "lead", "sample", "mean", "low", "high"]
    assert frame["beats"].tolist() == [2, 2, 1, 1]
    assert_allclose(frame["low"], [0.1, 1.1, 9, 9])
    assert_allclose(frame["high"], [1.9, 2.9, 9, 9])


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"fs": -360}, "'fs' .* positive number or None. Got -360"),
        ({"lead_names": ["a", "b"]}, "'lead_names' .* must name 1 leads"),
        ({"layout": BeatLayout(3)}, "'layout' parameter of BeatTemplateDisplay describes rows"),
    ],
)
def test_templates_wrong_parameters_raise(parameters, words):
    with pytest.raises(ValueError, match=words):
        BeatTemplateDisplay.from_labels(X, Y, **parameters)
