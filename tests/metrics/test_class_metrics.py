"""The table of metrics by class: what an entry of it is in."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin

from skecg import BeatScorer, beat_report, compare_models
from skecg.metrics._class_metrics import CLASS_METRICS, ClassMetric, class_metrics, of_class
from skecg.utils import ratio

Y_TRUE, Y_PRED, GROUPS = list("NNVNNVVNS"), list("NNVNVVNNN"), list("aaabbbccc")
OF_V = 5 / 6  # predicted as another class than V: six beats, of which five are not V


@pytest.fixture
def npv(monkeypatch):
    """Add the negative predictive value to the table."""
    entry = ClassMetric(
        "npv",
        "Negative predictive value (NPV)",
        "Share of the beats predicted as other classes that are not of this class.",
        lambda c: ratio(c.tn, c.tn + c.fn),
        undefined="all beats are predicted as {}",
        needs_reference=False,
        prints_interval=False,
    )
    monkeypatch.setitem(CLASS_METRICS, "NPV", entry)


class Reader(ClassifierMixin, BaseEstimator):
    """Predict of each row the label in it."""

    classes_ = np.array(["N", "S", "V"])

    def predict(self, X):
        return np.asarray(X)[:, 0]


def score(scorer, y_true, y_pred):
    return scorer(Reader(), np.array(list(y_pred))[:, np.newaxis], list(y_true))


@pytest.mark.usefixtures("npv")
def test_metric_of_the_table_is_in_reports():
    report = beat_report(Y_TRUE, Y_PRED, groups=GROUPS)
    assert_allclose(report.per_class.loc["V", "NPV"], OF_V)
    value, low, high = report.intervals.loc[("V", "NPV")]
    assert value == report.per_class.loc["V", "NPV"] and low < value < high
    # of one subject only, but other beats count as well
    assert report.intervals.loc[("S", "NPV")].notna().all()
    lines = [line.split() for line in str(report).splitlines()]
    head, row = (next(line for line in lines if line[:1] == [name]) for name in ("class", "V"))
    assert row[head.index("NPV")] == f"{100 * OF_V:.2f}"
    assert "Se, Sp, +P, F1 and NPV in percent" in str(report)


@pytest.mark.usefixtures("npv")
def test_metric_of_the_table_is_in_data_and_pages():
    report = beat_report(Y_TRUE, Y_PRED, groups=GROUPS)
    data, page = report.to_dict(), report.to_html()
    assert_allclose(data["classes"]["V"]["npv"], OF_V)
    bounds = report.intervals.loc[("V", "NPV"), ["low", "high"]].tolist()
    assert data["intervals"]["classes"]["V"]["npv"] == bounds
    for shown in (
        '<th scope="col">NPV</th>',
        "Negative predictive value (NPV)",
        f"{100 * OF_V:.1f}",
    ):
        assert shown in page
    assert "NPV" in report._repr_html_()


@pytest.mark.usefixtures("npv")
def test_metric_of_the_table_is_a_score():
    assert_allclose(score(BeatScorer("NPV V"), Y_TRUE, Y_PRED), OF_V)
    assert score(BeatScorer("NPV V"), "NN", "NN") == 1  # no V in the fold
    with pytest.raises(ValueError, match="undefined in this fold: all beats are predicted as V"):
        score(BeatScorer("NPV V"), "NV", "VV")
    with pytest.raises(ValueError, match=r"metric \(Se, Sp, \+P, F1, NPV\) and a class"):
        BeatScorer("nothing")


@pytest.mark.usefixtures("npv")
def test_metric_of_the_table_is_compared_if_it_says_how(monkeypatch):
    table = pd.DataFrame({"subject": GROUPS, "y_true": Y_TRUE, "y_pred": Y_PRED})
    assert "NPV V" not in compare_models({"a": table})
    entry = CLASS_METRICS["NPV"]._replace(compared="is more often correct without")
    monkeypatch.setitem(CLASS_METRICS, "NPV", entry)
    perfect = table.assign(y_pred=Y_TRUE)
    found, differences = compare_models({"a": perfect, "b": table}, return_differences=True)
    assert_allclose(found["NPV V"], [1, OF_V])
    assert_allclose(differences.loc[("a", "b", "NPV V"), "difference"], 1 - OF_V)


def test_entries_are_complete():
    for name, metric in CLASS_METRICS.items():
        assert metric.meaning.endswith("."), name
        assert metric.key == metric.key.lower() and metric.title
    keys = [metric.key for metric in CLASS_METRICS.values()]
    assert len(set(keys)) == len(keys)


def test_class_metrics_by_hand():
    found = class_metrics(np.array([[5, 1, 0], [2, 3, 0], [0, 1, 4]]))
    assert found["TP"].tolist() == [5, 3, 4] and found["FN"].tolist() == [1, 2, 1]
    assert found["FP"].tolist() == [2, 2, 0] and found["TN"].tolist() == [8, 9, 11]
    assert_allclose(found["Se"], [5 / 6, 3 / 5, 4 / 5])
    assert_allclose(found["Sp"], [8 / 10, 9 / 11, 1])
    assert_allclose(found["+P"], [5 / 7, 3 / 5, 1])
    assert_allclose(found["F1"], [10 / 13, 6 / 10, 8 / 9])


def test_class_metrics_of_several_matrices_at_once():
    matrices = np.random.default_rng(0).integers(1, 9, (4, 2, 3, 3))
    found = class_metrics(matrices)
    assert found["Se"].shape == (4, 2, 3)
    assert_allclose(found["+P"][3, 1], class_metrics(matrices[3, 1])["+P"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Se V", ("Se", "V")),
        ("+P not V", ("+P", "not V")),
        ("accuracy", None),
        ("Se ", None),
        ("test loss", None),
    ],
)
def test_names_of_columns_are_split_into_metric_and_class(name, expected):
    assert of_class(name) == expected
