import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skecg import HistoryDisplay

LSTM = {
    "loss": [0.9, 0.5, 0.4],
    "accuracy": [0.5, 0.7, 0.8],
    "val_loss": [1.0, 0.7, 0.7],
    "val_accuracy": [0.4, 0.6, 0.6],
}
RNN = {"loss": [1.0, 0.8], "accuracy": [0.4, 0.5]}


class StubClassifier(ClassifierMixin, BaseEstimator):
    """Stands in for a network."""

    def fit(self, X, y):
        self.classes_, self.history_ = np.unique(y), LSTM
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


X, Y = np.arange(4.0)[:, np.newaxis], ["N", "V", "N", "V"]


def legend_texts(display):
    return [text.get_text() for text in display.legend_.get_texts()]


def test_history_has_a_panel_for_loss_and_one_for_accuracy():
    display = HistoryDisplay.from_histories({"LSTM": LSTM, "RNN": RNN})
    assert [ax.get_ylabel() for ax in display.ax_] == ["Loss", "Accuracy"]
    assert [ax.get_xlabel() for ax in display.ax_] == ["Epoch", "Epoch"]
    assert [len(ax.lines) for ax in display.ax_] == [3, 3]


def test_history_epochs_count_from_one():
    line = HistoryDisplay.from_histories({"LSTM": LSTM}).lines_["LSTM", "val_loss"]
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == LSTM["val_loss"]


@pytest.mark.parametrize("n_epochs", [1, 2, 7, 30, 200])
def test_history_ticks_are_whole_epochs(n_epochs):
    display = HistoryDisplay.from_histories({"LSTM": {"loss": np.ones(n_epochs)}})
    low, high = display.ax_[0].get_xlim()
    ticks = [tick for tick in display.ax_[0].get_xticks() if low <= tick <= high]
    assert ticks and all(tick == int(tick) and tick >= 1 for tick in ticks)


def test_history_one_colour_a_model_and_dashes_for_validation():
    lines = HistoryDisplay.from_histories({"LSTM": LSTM, "RNN": RNN}).lines_
    assert lines["LSTM", "loss"].get_linestyle() == "-"
    assert lines["LSTM", "val_loss"].get_linestyle() == "--"
    lstm, rnn = (to_hex(lines[name, "loss"].get_color()) for name in ("LSTM", "RNN"))
    assert lstm == to_hex(lines["LSTM", "val_accuracy"].get_color())
    assert lstm != rnn


def test_history_legend_has_one_entry_a_model():
    display = HistoryDisplay.from_histories(dict.fromkeys("ABCD", LSTM))
    assert legend_texts(display) == ["A", "B", "C", "D", "training", "validation"]


def test_history_without_validation():
    display = HistoryDisplay.from_histories({"RNN": RNN})
    assert set(display.lines_) == {("RNN", "loss"), ("RNN", "accuracy")}
    assert legend_texts(display) == ["RNN", "training"]


def test_history_without_accuracy_says_so():
    display = HistoryDisplay.from_histories({"RNN": {"loss": [1.0, 0.5]}})
    assert display.ax_[1].texts[0].get_text() == "accuracy was not recorded"


def test_history_of_one_epoch_has_markers():
    display = HistoryDisplay.from_histories({"RNN": {"loss": [1.0]}})
    assert display.lines_["RNN", "loss"].get_marker() == "o"
    assert not display.ax_[0].get_xlim()[0] > 1


@pytest.mark.parametrize("wrap", [None, "pipeline", "search"])
def test_history_from_estimator_unwraps(wrap):
    model = StubClassifier() if wrap is None else make_pipeline(StandardScaler(), StubClassifier())
    model = GridSearchCV(model, {}, cv=2) if wrap == "search" else model
    display = HistoryDisplay.from_estimator(model.fit(X, Y))
    assert display.histories == {"StubClassifier": LSTM}
    assert legend_texts(display)[0] == "StubClassifier"


def test_history_from_estimators_keeps_names():
    fitted = StubClassifier().fit(X, Y)
    pipe = make_pipeline(StandardScaler(), StubClassifier()).fit(X, Y)
    display = HistoryDisplay.from_estimators({"one": fitted, "two": pipe})
    assert legend_texts(display)[:2] == ["one", "two"]


def test_history_of_a_model_without_epochs_raises():
    with pytest.raises(ValueError, match=r"'logistic' .* fitted network .* LogisticRegression"):
        HistoryDisplay.from_estimators({"logistic": LogisticRegression().fit(X, Y)})


@pytest.mark.parametrize("histories", [[LSTM], {}, None])
def test_history_without_names_raises(histories):
    with pytest.raises(TypeError, match="dict with a name for each model"):
        HistoryDisplay.from_histories(histories)


def test_history_that_is_a_bare_history_raises():
    with pytest.raises(TypeError, match=r"history of 'loss' .* must be a dict of lists"):
        HistoryDisplay.from_histories(LSTM)


def test_history_draws_into_given_axes():
    figure, axes = plt.subplots(2, 1)
    display = HistoryDisplay.from_histories({"LSTM": LSTM}, ax=axes)
    assert display.figure_ is figure and list(display.ax_) == list(axes)
    assert figure.axes == list(axes)


def test_history_takes_one_axes_for_one_metric():
    _, ax = plt.subplots()
    display = HistoryDisplay.from_histories({"LSTM": LSTM}, ax=ax, metrics="loss")
    assert list(display.ax_) == [ax]


def test_history_too_few_axes_raises():
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="must hold 2 matplotlib Axes"):
        HistoryDisplay.from_histories({"LSTM": LSTM}, ax=ax)


def test_history_line_kw_goes_over_the_defaults():
    display = HistoryDisplay.from_histories({"LSTM": LSTM}, line_kw={"lw": 5, "c": "k"})
    line = display.lines_["LSTM", "loss"]
    assert (line.get_linewidth(), line.get_color()) == (5, "k")


def test_history_frame_is_the_data():
    frame = HistoryDisplay({"LSTM": LSTM}).frame()
    assert list(frame.columns) == ["model", "metric", "set", "epoch", "value"]
    row = frame.query("metric == 'accuracy' and set == 'validation' and epoch == 2")
    assert row["value"].tolist() == [0.6]
    assert len(frame) == 12


FOLDS = [
    {"loss": [3.0, 2.0, 1.0, 1.0]},
    {"loss": [1.0, 1.0, 1.0]},
    {"loss": [2.0, 0.0]},
]


def test_history_of_folds_is_their_mean_and_range():
    display = HistoryDisplay.from_histories({"LSTM": FOLDS}, metrics="loss")
    assert display.lines_["LSTM", "loss"].get_ydata().tolist() == [2, 1, 1]
    band = display.bands_["LSTM", "loss"].get_paths()[0].vertices
    assert band[band[:, 0] == 2, 1].min() == 0 and band[band[:, 0] == 2, 1].max() == 2


def test_history_of_folds_ends_where_less_than_half_still_train():
    display = HistoryDisplay.from_histories({"LSTM": FOLDS}, metrics="loss")
    assert display.lines_["LSTM", "loss"].get_xdata().tolist() == [1, 2, 3]
    (rest,) = display.folds_["LSTM", "loss"]
    assert rest.get_xdata().tolist() == [3, 4] and rest.get_ydata().tolist() == [1, 1]
    assert display.ax_[0].get_xlim()[1] > 4


def test_history_legend_counts_the_folds():
    display = HistoryDisplay.from_histories({"LSTM": FOLDS, "RNN": RNN}, metrics="loss")
    assert legend_texts(display) == [
        "LSTM (mean of 3 folds)",
        "RNN",
        "training",
        "lowest to highest fold",
    ]


def test_history_from_lists_of_estimators():
    models = [StubClassifier().fit(X, Y), StubClassifier().fit(X, Y)]
    display = HistoryDisplay.from_estimators({"LSTM": models})
    assert display.histories == {"LSTM": [LSTM, LSTM]}
    with pytest.raises(ValueError, match=r"'LSTM' .* without one"):
        HistoryDisplay.from_estimators({"LSTM": [LogisticRegression()]})


def test_history_frame_of_folds_has_their_numbers():
    frame = HistoryDisplay({"LSTM": FOLDS}).frame()
    assert list(frame.columns) == ["model", "fold", "metric", "set", "epoch", "value"]
    assert frame["fold"].value_counts().to_dict() == {0: 4, 1: 3, 2: 2}


def test_history_of_no_folds_raises():
    with pytest.raises(TypeError, match="or a list of such dicts, one per fold"):
        HistoryDisplay.from_histories({"LSTM": []})
