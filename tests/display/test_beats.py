import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose
from sklearn.dummy import DummyClassifier

from skecg import BeatDisplay, BeatLayout

X = np.arange(40.0).reshape(8, 5) % 7
Y_TRUE = np.array(["V", "N", "N", "N", "N", "V", "S", "N"])
Y_PRED = np.array(["V", "N", "N", "V", "N", "N", "N", "N"])


def titles(display):
    return [ax.get_title().replace("\n", ", ") for ax in display.ax_]


def test_beats_titles_say_true_and_predicted():
    display = BeatDisplay.from_predictions(X[:3], ["N", "V", "S"], ["N", "V", "N"])
    assert titles(display) == [
        "true N, predicted N",
        "true S, predicted N (wrong)",
        "true V, predicted V",
    ]


def test_beats_wrong_ones_are_marked_in_colour_too():
    display = BeatDisplay.from_predictions(X[:2], ["N", "V"], ["N", "N"])
    right, wrong = display.lines_
    assert to_hex(right.get_color()) != to_hex(wrong.get_color())
    assert display.ax_[1].title.get_fontweight() == "bold"


def test_beats_without_predictions_are_titled_with_the_reference():
    display = BeatDisplay.from_predictions(X[:2], ["N", "V"])
    assert titles(display) == ["N", "V"]


def test_beats_without_unit():
    display = BeatDisplay(X[:1], Y_TRUE[:1], unit=None).plot()
    assert display.figure_.get_supylabel() == "Amplitude"


def test_beats_with_context_are_in_units_of_the_normal_beat():
    layout = BeatLayout(2, channels=("signal", "difference"), scalars=("rr",))
    display = BeatDisplay(X[:1], Y_TRUE[:1], layout=layout).plot()
    assert display.figure_.get_supylabel() == "Amplitude (normal QRS = 1)"


def test_beats_missing_leads_are_not_drawn():
    display = BeatDisplay([[1.0, 2, 0, 0]], ["N"], layout=BeatLayout(2, leads=2)).plot()
    assert np.isnan(display.lines_[1].get_ydata()).all()


def test_beats_shows_all_where_there_are_fewer():
    display = BeatDisplay.from_predictions(X, Y_TRUE, Y_PRED, n_beats=20)
    assert sorted(display.index) == list(range(8)) and len(display.ax_) == 8
    assert len(display.figure_.axes) == 8


def test_beats_lines_are_the_rows():
    display = BeatDisplay.from_predictions(X, Y_TRUE, Y_PRED, fs=250, n_beats=2)
    assert_allclose([line.get_ydata() for line in display.lines_], X[display.index])
    assert_allclose(display.lines_[0].get_xdata(), [0, 4, 8, 12, 16])


@pytest.mark.parametrize(("fs", "label"), [(250, "Time (ms)"), (None, "Sample")])
def test_beats_time_axis_needs_a_sampling_frequency(fs, label):
    display = BeatDisplay(X[:1], Y_TRUE[:1], fs=fs).plot()
    assert display.figure_.get_supxlabel() == label
    assert display.figure_.get_supylabel() == "Amplitude (mV)"


def test_beats_layout_gives_leads_of_the_beat_itself():
    layout = BeatLayout(2, leads=2, neighbors=1, scalars=("rr",))
    row = np.arange(13.0)  # beats -1, 0, +1 of 2 leads of 2 samples, and the scalar
    display = BeatDisplay.from_predictions(
        row[np.newaxis], ["N"], ["N"], layout=layout, lead_names=["MLII", "V1"]
    )
    assert [line.get_ydata().tolist() for line in display.lines_] == [[4, 5], [6, 7]]
    legend = display.figure_.legends[0].get_texts()
    assert [text.get_text() for text in legend] == ["MLII", "V1"]


def test_beats_from_estimator_predicts():
    model = DummyClassifier(strategy="most_frequent").fit(X, Y_TRUE)
    display = BeatDisplay.from_estimator(model, X, Y_TRUE, n_beats=3, random_state=0)
    assert titles(display) == [
        "true N, predicted N 1.00",
        "true S, predicted N 1.00 (wrong)",
        "true V, predicted N 1.00 (wrong)",
    ]


def test_beats_constructor_shows_the_given_rows():
    display = BeatDisplay(X, Y_TRUE, index=[6, 0]).plot()
    assert titles(display) == ["S", "V"]
    assert_allclose(display.lines_[0].get_ydata(), X[6])


def test_beats_share_a_scale_unless_offsets_are_large():
    def n_scales(rows, **kwargs):
        axes = BeatDisplay(rows, Y_TRUE[:3]).plot(**kwargs).ax_
        return len({ax.get_ylim() for ax in axes})

    offsets = X[:3] + 100 * np.arange(3)[:, np.newaxis]
    assert n_scales(X[:3]) == 1
    assert n_scales(offsets) == 3
    assert n_scales(offsets, sharey=True) == 1


def test_beats_draws_into_given_axes():
    figure, axes = plt.subplots(2, 2)
    display = BeatDisplay.from_predictions(X, Y_TRUE, Y_PRED, n_beats=4, ax=axes)
    assert display.figure_ is figure and list(display.ax_) == list(axes.ravel())
    assert axes[0, 0].get_ylabel() == "Amplitude (mV)"


def test_beats_in_given_axes_share_a_scale_if_wanted():
    _, axes = plt.subplots(1, 2)
    display = BeatDisplay(X[:2] * [[1], [2]], Y_TRUE[:2])
    assert len({ax.get_ylim() for ax in display.plot(ax=axes).ax_}) == 1
    _, axes = plt.subplots(1, 2)
    assert len({ax.get_ylim() for ax in display.plot(ax=axes, sharey=False).ax_}) == 2


def test_beats_too_few_axes_raises():
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="must hold 4 matplotlib Axes"):
        BeatDisplay.from_predictions(X, Y_TRUE, Y_PRED, n_beats=4, ax=ax)


def test_beats_takes_frames_and_series():
    display = BeatDisplay.from_predictions(
        pd.DataFrame(X, index=range(10, 18)), pd.Series(Y_TRUE, index=range(3, 11)), Y_PRED
    )
    assert len(display.ax_) == 8


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_beats": 0}, "'n_beats' .* positive int. Got 0"),
        ({"fs": -360}, "'fs' .* positive number or None. Got -360"),
        ({"layout": BeatLayout(3)}, "'layout' parameter of BeatDisplay describes rows of 3"),
        ({"lead_names": ["a", "b"]}, "'lead_names' .* must name 1 leads"),
    ],
)
def test_beats_wrong_parameters_raise(parameters, words):
    with pytest.raises(ValueError, match=words):
        BeatDisplay.from_predictions(X, Y_TRUE, Y_PRED, **parameters)


def test_beats_other_lengths_raise():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        BeatDisplay.from_predictions(X, Y_TRUE[:7], Y_PRED[:7])


def test_beats_frame_of_the_grid_is_the_data():
    frame = BeatDisplay(X, Y_TRUE, Y_PRED, fs=500, index=[5, 0]).frame()
    assert list(frame.columns) == ["row", "true", "predicted", "lead", "time", "amplitude"]
    assert frame["row"].tolist() == [5] * 5 + [0] * 5
    assert frame["time"].tolist() == [0, 2, 4, 6, 8] * 2
    assert_allclose(frame["amplitude"], X[[5, 0]].ravel())


def test_beats_frame_without_predictions_has_the_reference():
    frame = BeatDisplay(X, Y_TRUE, index=[0]).frame()
    assert list(frame.columns) == ["row", "true", "lead", "sample", "amplitude"]


PROBA = pd.DataFrame(
    {
        "N": [0.1, 0.9, 0.9, 0.2, 0.9, 0.6, 0.7, 0.9],
        "V": [0.9, 0.1, 0.1, 0.8, 0.1, 0.4, 0.3, 0.1],
        "S": 0.0,
    }
)


def test_beats_errors_come_most_confident_first():
    display = BeatDisplay.from_predictions(X, Y_TRUE, Y_PRED, y_proba=PROBA, errors=True)
    assert display.index.tolist() == [3, 6, 5]  # 0.8, 0.7 and 0.6
    assert display.ax_[0].get_title().split("\n")[1].endswith("(wrong)")


def test_beats_without_such_errors_are_an_empty_panel():
    display = BeatDisplay.from_predictions(X, Y_TRUE, Y_PRED, errors=("F", "N"))
    assert display.ax_[0].texts[0].get_text() == "no such beats"
    assert display.frame().empty and not display.lines_
    _, ax = plt.subplots()
    assert display.plot(ax=ax).ax_[0] is ax


def test_beats_from_table_says_where_each_beat_is():
    table = pd.DataFrame({"record": "208", "sample": np.arange(8) * 100, "subject": "a"})
    table = table.assign(y_true=Y_TRUE, y_pred=Y_PRED).join(PROBA.add_prefix("p_"))
    display = BeatDisplay.from_table(table, X, errors=("V", "N"))
    assert titles(display) == ["true V, predicted N 0.60 (wrong), 208 at 500"]
    frame = display.frame()
    assert frame.columns[:5].tolist() == ["row", "true", "predicted", "confidence", "name"]


def test_beats_from_table_without_records_have_no_names():
    table = pd.DataFrame({"subject": "a", "y_true": Y_TRUE, "y_pred": Y_PRED})
    display = BeatDisplay.from_table(table, X, errors=("V", "N"))
    assert titles(display) == ["true V, predicted N (wrong)"]
