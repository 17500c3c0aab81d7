"""What ROC and precision-recall curves share: thresholds, intervals by subject, tables."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import auc, roc_auc_score

from skecg import PrecisionRecallDisplay, RocCurveDisplay
from skecg.display._curves import count_by_threshold, representative
from skecg.metrics._bootstrap import percentile_interval, resample_subjects

BOTH = pytest.mark.parametrize("display_class", [RocCurveDisplay, PrecisionRecallDisplay])


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    truth = rng.choice(["N", "V"], 400, p=[0.8, 0.2])
    score = rng.normal(size=400) + 2.0 * (truth == "V")
    p_v = 1 / (1 + np.exp(-score))
    return pd.DataFrame(
        {
            "record": "r",
            "sample": np.arange(400),
            "subject": rng.choice(list("abcdef"), 400),
            "y_true": truth,
            "y_pred": np.where(p_v > 0.5, "V", "N"),
            "p_N": 1 - p_v,
            "p_V": p_v,
        }
    )


def test_thresholds_count_ties_together():
    positive = np.array([True, False, True, False])
    tp, fp, bins = count_by_threshold(positive, np.array([0.5, 0.5, 0.9, 0.1]))
    assert_array_equal(tp, [1, 2, 2])
    assert_array_equal(fp, [0, 1, 2])
    assert_array_equal(bins, [1, 1, 0, 2])


def test_thresholds_that_are_very_many_are_thinned_to_quantiles_of_both():
    rng = np.random.default_rng(0)
    positive = rng.random(50_000) < 0.01
    tp, fp, _ = count_by_threshold(positive, rng.random(50_000))
    keep = representative(tp, fp, 100)
    assert len(keep) <= 202 and keep[-1] == len(tp) - 1
    # no step is longer than a quantile and the beats that one threshold adds
    assert np.diff(tp[keep]).max() <= tp[-1] / 99 + 1
    assert np.diff(fp[keep]).max() <= fp[-1] / 99 + 1


def test_curve_of_many_beats_states_the_area_of_all():
    rng = np.random.default_rng(0)
    y = rng.choice(["N", "V"], 20_000, p=[0.9, 0.1])
    score = rng.normal(size=20_000) + (y == "V")
    proba = pd.DataFrame({"N": -score, "V": score})
    display = RocCurveDisplay.from_predictions(y, proba)
    assert len(display.fpr[1]) <= 1002
    assert_allclose(display.roc_auc[1], roc_auc_score(y == "V", score))
    assert_allclose(auc(display.fpr[1], display.tpr[1]), display.roc_auc[1], atol=1e-4)  # thinned


def test_curve_interval_is_that_of_subjects_drawn_beat_by_beat(table):
    display = RocCurveDisplay.from_table(table, n_resamples=50)
    areas = []
    for weights in resample_subjects(np.eye(6), 50).astype(int):  # each counted as itself
        beats_of = dict(list(table.groupby("subject")))
        drawn = pd.concat([beats_of[name] for name in np.repeat(list("abcdef"), weights)])
        areas.append(roc_auc_score(drawn["y_true"] == "V", drawn["p_V"]))
    assert_allclose(display.intervals[1], percentile_interval(np.array(areas)))


@BOTH
def test_curve_band_surrounds_the_curve(display_class, table):
    frame = display_class.from_table(table).frame()
    x, y = frame.columns[1:3]
    frame = frame.drop_duplicates(["class", x], keep="last")  # where the curve leaves each x
    assert ((frame["low"] <= frame["high"]) & frame["low"].between(0, 1)).all()
    inside = frame[y].between(frame["low"] - 0.02, frame["high"] + 0.02)
    assert inside.mean() > 0.9


@BOTH
def test_curve_legend_has_the_interval_and_its_subjects(display_class, table):
    legend = display_class.from_table(table).ax_.get_legend()
    assert "95 % interval over 6 subjects" in legend.get_title().get_text()
    assert " to 0." in legend.get_texts()[1].get_text()


@BOTH
def test_curve_without_subjects_has_no_band(display_class, table):
    display = display_class.from_table(table, groups=None)
    assert not display.band_ and "low" not in display.frame()


@BOTH
def test_curve_of_one_subject_has_no_interval(display_class, table):
    display = display_class.from_table(table.assign(subject="a"))
    assert not display.band_
    assert "no interval: one subject" in display.ax_.get_legend().get_title().get_text()


@BOTH
def test_curve_survives_resamples_without_the_class(display_class, table):
    table.loc[~table["subject"].isin(["a", "b"]), "y_true"] = "N"  # in no few resamples neither
    display = display_class.from_table(table)
    low, high = display.intervals[1]
    assert 0 <= low <= high <= 1


@BOTH
def test_curve_band_kw_goes_over_the_defaults(display_class, table):
    display = display_class.from_table(table, band_kw={"fc": "k"})
    assert to_hex(display.band_[0].get_facecolor()[0]) == "#000000"


@BOTH
def test_curve_markers_tell_classes_apart(display_class, table):
    lines = display_class.from_table(table).line_
    assert lines[0].get_marker() != lines[1].get_marker()


@BOTH
def test_curve_legend_stands_in_axes_that_make_no_room(display_class, table):
    _, ax = plt.subplots()
    display = display_class.from_table(table, ax=ax)
    display.figure_.draw_without_rendering()
    box, axes = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert axes.y0 <= box.y0 and box.y1 <= axes.y1


@BOTH
@pytest.mark.parametrize("n_classes", [2, 5, 13])
def test_curve_legend_stands_below_axes_that_make_room(display_class, table, n_classes):
    more = {f"p_{label}": 0.0 for label in "SFQabcdefgh"[: n_classes - 2]}
    display = display_class.from_table(table.assign(**more), n_resamples=5)
    display.figure_.draw_without_rendering()
    box = display.ax_.get_legend().get_window_extent()
    assert 0 <= box.y0 and box.y1 < display.ax_.get_window_extent().y0
    assert box.x0 >= 0 and box.x1 <= display.figure_.bbox.x1


@BOTH
def test_curve_of_a_table_without_probabilities_raises(display_class, table):
    with pytest.raises(ValueError, match="must have a column of probabilities"):
        display_class.from_table(table.drop(columns=["p_N", "p_V"]))


def test_roc_band_does_not_know_resamples_without_other_beats():
    tp, fp = np.array([[1, 2], [1, 2]]), np.array([[0, 2], [0, 0]])
    assert_array_equal(
        RocCurveDisplay._band(tp, fp, np.array([0.0, 1.0])), [[0.5, 1.0], [np.nan, np.nan]]
    )


@BOTH
def test_curve_of_a_class_of_one_subject_has_no_interval(display_class, table):
    table["subject"] = np.where(table["y_true"] == "V", "a", table["subject"])
    display = display_class.from_table(table)
    assert display.bands == [None, None]
    assert np.isnan(display.intervals).all()
