"""ROC and precision-recall curves: thresholds, areas, intervals by subject."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import auc, average_precision_score, roc_auc_score

from skecg.metrics._bootstrap import percentile_interval, resample_subjects
from skecg.metrics._curves import (
    _roc_band,
    count_by_threshold,
    precision_recall_curves,
    representative,
    roc_curves,
)
from skecg.metrics._subject_resampling import SubjectResampling

BOTH = pytest.mark.parametrize("compute", [roc_curves, precision_recall_curves])
PROBA = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
Y = ["N", "N", "V", "V"]


def curves_of(compute, y, scores, groups=None, n_resamples=1000, **kwargs):
    resampling = SubjectResampling(groups, 0.95, n_resamples, 0, "test")
    return compute(y, scores, resampling, "test", **kwargs)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    truth = rng.choice(["N", "V"], 400, p=[0.8, 0.2])
    p_v = 1 / (1 + np.exp(-rng.normal(size=400) - 2.0 * (truth == "V")))
    subjects = rng.choice(list("abcdef"), 400)
    return pd.DataFrame({"y": truth, "subject": subjects, "N": 1 - p_v, "V": p_v})


def of_table(compute, table, **kwargs):
    return curves_of(compute, table["y"], table[["N", "V"]], table["subject"], **kwargs)


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


def test_roc_by_hand():
    n, v = curves_of(roc_curves, Y, PROBA)
    assert v.x.tolist() == [0, 0, 0.5, 0.5, 1]  # V: 0.8 right, 0.6 wrong, 0.4 right, 0.1 wrong
    assert v.y.tolist() == [0, 0.5, 0.5, 1, 1]
    assert (n.area, v.area) == (0.75, 0.75) and n.interval is None


def test_precision_recall_by_hand():
    _, v = curves_of(precision_recall_curves, Y, PROBA)
    assert_allclose(v.x, [0, 0.5, 0.5, 1, 1])
    assert_allclose(v.y, [1, 1, 1 / 2, 2 / 3, 1 / 2])
    assert_allclose(v.area, 0.5 * 1 + 0.5 * 2 / 3)
    assert v.prevalence == 0.5


def test_roc_of_three_classes_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    y = np.repeat(["F", "N", "V"], 30)
    scores = pd.DataFrame(rng.normal(size=(90, 3)) + pd.get_dummies(y), columns=["F", "N", "V"])
    found = curves_of(roc_curves, y, scores)
    assert [curve.label for curve in found] == ["N", "V", "F"]
    expected = [roc_auc_score(y == curve.label, scores[curve.label]) for curve in found]
    assert_allclose([curve.area for curve in found], expected)


def test_precision_recall_area_is_that_of_the_steps():
    rng = np.random.default_rng(0)
    y, scores = rng.choice(["N", "V"], 300), rng.random(300).round(2)
    _, v = curves_of(precision_recall_curves, y, pd.DataFrame({"N": 1 - scores, "V": scores}))
    assert_allclose((np.diff(v.x) * v.y[1:]).sum(), v.area)
    assert_allclose(v.area, average_precision_score(y == "V", scores))


def test_curve_of_many_beats_has_the_area_of_all():
    rng = np.random.default_rng(0)
    y = rng.choice(["N", "V"], 20_000, p=[0.9, 0.1])
    score = rng.normal(size=20_000) + (y == "V")
    _, v = curves_of(roc_curves, y, pd.DataFrame({"N": -score, "V": score}))
    assert len(v.x) <= 1002
    assert_allclose(v.area, roc_auc_score(y == "V", score))
    assert_allclose(auc(v.x, v.y), v.area, atol=1e-4)  # thinned


def test_columns_of_an_array_are_sorted_labels():
    y = ["V", "F", "N", "N"]
    array = np.eye(3)[[2, 0, 1, 1]]  # F, N, V
    found = curves_of(roc_curves, y, array)
    assert [curve.label for curve in found] == ["N", "V", "F"]
    assert [curve.area for curve in found] == [1, 1, 1]
    with pytest.raises(ValueError, match="'y_proba' of test"):
        curves_of(roc_curves, y, array, labels=["N", "V", "F"])


@pytest.mark.parametrize(
    ("y", "columns", "reasons"),
    [
        (Y, {"Q": 0.0}, [None, None, "no beats"]),
        (["N"] * 4, {}, ["no other beats", "no beats"]),
        (["N", "N", "V", "S"], {}, [None, "unknown to the model", None]),
    ],
)
def test_class_without_a_curve_has_a_reason(y, columns, reasons):
    found = curves_of(roc_curves, y, PROBA.assign(**columns))
    assert [curve.reason for curve in found] == reasons
    assert all(len(curve.x) == 0 and np.isnan(curve.area) for curve in found if curve.reason)


def test_curve_interval_is_that_of_subjects_drawn_beat_by_beat(table):
    found = of_table(roc_curves, table, n_resamples=50)
    areas = []
    for weights in resample_subjects(np.eye(6), 50).astype(int):  # each counted as itself
        beats_of = dict(list(table.groupby("subject")))
        drawn = pd.concat([beats_of[name] for name in np.repeat(list("abcdef"), weights)])
        areas.append(roc_auc_score(drawn["y"] == "V", drawn["V"]))
    assert_allclose(found[1].interval, percentile_interval(np.array(areas)))


@BOTH
def test_curve_band_surrounds_the_curve(compute, table):
    for curve in of_table(compute, table):
        low, high = curve.band
        assert (low <= high).all() and (low >= 0).all() and (high <= 1).all()
        last = np.append(np.diff(curve.x) > 0, True)  # where the curve leaves each x
        inside = (low - 0.02 <= curve.y) & (curve.y <= high + 0.02)
        assert inside[last].mean() > 0.9


@BOTH
def test_curve_of_one_subject_has_neither_band_nor_interval(compute, table):
    found = of_table(compute, table.assign(subject="a"))
    assert all(curve.band is None and curve.interval is None for curve in found)


@BOTH
def test_curve_of_a_class_of_one_subject_has_no_interval(compute, table):
    table["subject"] = np.where(table["y"] == "V", "a", table["subject"])
    found = of_table(compute, table)
    assert all(curve.band is None and curve.interval is None for curve in found)


@BOTH
def test_curve_survives_resamples_without_the_class(compute, table):
    table.loc[~table["subject"].isin(["a", "b"]), "y"] = "N"  # in no few resamples neither
    low, high = of_table(compute, table)[1].interval
    assert 0 <= low <= high <= 1


def test_roc_band_excludes_resamples_without_other_beats():
    tp, fp = np.array([[1, 2], [1, 2]]), np.array([[0, 2], [0, 0]])
    assert_array_equal(_roc_band(tp, fp, np.array([0.0, 1.0])), [[0.5, 1.0], [np.nan, np.nan]])


@BOTH
def test_scores_that_are_not_finite_raise(compute):
    with pytest.raises(ValueError, match=r"must hold finite numbers\. Got NaN .* 1 beats"):
        curves_of(compute, Y, PROBA.assign(V=[0.1, np.nan, 0.4, 0.8]))


@pytest.mark.parametrize("wrong", [{"y": ["N", "V"]}, {"groups": ["a", "b"]}])
def test_other_lengths_raise(wrong):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        curves_of(roc_curves, **({"y": Y, "scores": PROBA} | wrong))


def test_sums_without_subjects_raise():
    with pytest.raises(ValueError, match="Pass 'groups'"):
        SubjectResampling(None, 0.95, 10, 0, "test").sums(np.zeros(1, dtype=int), 1)
