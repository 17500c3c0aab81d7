import matplotlib.pyplot as plt
import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import StandardScaler

from skecg import BeatAugmenter, ClassBalanceDisplay, balance_majority, double_minority

Y = np.repeat(["N", "S", "V"], [60, 2, 8])
X = np.random.default_rng(0).normal(size=(70, 10))


def texts(display):
    return [text.get_text() for text in display.text_]


def test_balance_counts_are_at_the_bars():
    display = ClassBalanceDisplay.from_labels(["N"] * 1000 + ["V"], ["N", "V", "V"])
    assert texts(display) == ["1,000", "1", "1", "2"]
    assert [bar.get_width() for bar in display.bars_["before"]] == [1000, 1]
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["before (1,001 beats)", "after (3 beats)"]


def test_balance_axis_is_logarithmic_and_shows_single_beats():
    ax = ClassBalanceDisplay.from_labels(["N"] * 1000 + ["V"], ["N", "V"]).ax_
    assert ax.get_xscale() == "log" and ax.get_xlim()[0] < 1
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["N", "V"]


def test_balance_of_a_pipeline_has_each_sampler():
    pipe = make_pipeline(
        BeatAugmenter(double_minority, random_state=0),
        RandomUnderSampler(sampling_strategy=balance_majority, random_state=0),
        StandardScaler(),
        DummyClassifier(),
    ).fit(X, Y)
    display = ClassBalanceDisplay.from_estimator(pipe, X, Y)
    assert display.counts.to_dict("list") == {
        "given": [60, 2, 8],
        "beataugmenter": [60, 4, 16],
        "randomundersampler": [20, 4, 16],
    }


def test_balance_without_a_sampler_raises():
    pipe = make_pipeline(StandardScaler(), DummyClassifier()).fit(X, Y)
    with pytest.raises(ValueError, match="must be a sampler or a pipeline with one"):
        ClassBalanceDisplay.from_estimator(pipe, X, Y)


def test_balance_stages_differ_without_colour():
    bars = ClassBalanceDisplay.from_estimator(
        make_pipeline(
            clone(BeatAugmenter(double_minority, random_state=0)),
            RandomUnderSampler(random_state=0),
            DummyClassifier(),
        ),
        X,
        Y,
    ).bars_
    looks = {(b[0].get_hatch(), sum(b[0].get_facecolor()[:3])) for b in bars.values()}
    assert len(looks) == 3


def test_balance_draws_into_given_axes():
    figure, ax = plt.subplots()
    display = ClassBalanceDisplay.from_labels(Y, Y, ax=ax, bar_kw={"ec": "k"})
    assert display.figure_ is figure and figure.axes == [ax]


def test_balance_frame_is_the_data():
    frame = ClassBalanceDisplay.from_labels(["N", "N", "N", "V"], ["N", "V"]).frame()
    assert list(frame.columns) == ["class", "stage", "beats", "share"]
    assert frame["share"].tolist() == [0.75, 0.25, 0.5, 0.5]
