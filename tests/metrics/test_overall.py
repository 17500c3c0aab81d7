import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.dummy import DummyClassifier
from sklearn.metrics import matthews_corrcoef

from skecg import BeatScorer, beat_report
from skecg.metrics._overall import OVERALL_METRICS, OverallMetric

Y_TRUE, Y_PRED, GROUPS = list("NNVNNVVN"), list("NNVNVVNN"), list("aaabbbcc")


def matthews(pooled):
    """Matthews correlation: J. Gorodkin, Comput Biol Chem 28:367-374 (2004)."""
    matrix, n = pooled.matrix, pooled.n_beats
    true, predicted = matrix.sum(axis=-1), matrix.sum(axis=-2)
    covariance = n * np.trace(matrix, axis1=-2, axis2=-1) - (true * predicted).sum(axis=-1)
    spread = (n**2 - (true**2).sum(axis=-1)) * (n**2 - (predicted**2).sum(axis=-1))
    with np.errstate(invalid="ignore"):
        return covariance / np.sqrt(spread)


@pytest.fixture
def toy(monkeypatch):
    """Add an entry to the table."""
    entry = OverallMetric("toy metric", "Meaning of a toy.", matthews, decimals=2)
    monkeypatch.setitem(OVERALL_METRICS, "toy", entry)
    return matthews_corrcoef(Y_TRUE, Y_PRED)


def test_metric_of_the_table_is_in_reports(toy):
    report = beat_report(Y_TRUE, Y_PRED, groups=GROUPS)
    assert_allclose(report.overall.loc["toy", "value"], toy)
    value, low, high = report.intervals.loc[("", "toy")]
    assert_allclose(value, toy)
    assert low < toy < high
    row = ["toy", "metric", f"{toy:.2f}", f"[{low:.2f},", f"{high:.2f}]"]
    assert row in [line.split() for line in str(report).splitlines()]
    assert f"toy metric {toy:.2f}" in str(beat_report(Y_TRUE, Y_PRED))


def test_metric_of_the_table_is_in_data_and_pages(toy):
    report = beat_report(Y_TRUE, Y_PRED, groups=GROUPS)
    data, page = report.to_dict(), report.to_html()
    assert_allclose(data["toy"], toy)
    assert data["intervals"]["toy"] == list(report.intervals.loc[("", "toy"), ["low", "high"]])
    for shown in ("toy metric", "Meaning of a toy.", f"{toy:.2f}"):
        assert shown in page
    assert "toy metric" in report._repr_html_()


def test_metric_of_the_table_is_a_score(toy):
    model = DummyClassifier(strategy="most_frequent").fit([[0]] * 3, ["N", "N", "V"])
    model.predict = lambda X: np.array(Y_PRED)
    assert_allclose(BeatScorer("toy")(model, [[0]] * 8, Y_TRUE), toy)
    with pytest.raises(ValueError, match="accuracy, kappa, j_index, jk_index, toy, log_loss"):
        BeatScorer("nothing")


def test_mean_of_the_table_is_a_score_of_some_classes(monkeypatch):
    monkeypatch.setitem(
        OVERALL_METRICS, "mean_sp", OverallMetric("mean Sp", "Mean.", mean_of="Sp")
    )
    model = DummyClassifier(strategy="most_frequent").fit([[0]] * 3, ["N", "N", "V"])
    scorer = BeatScorer("mean_sp", classes=["V"])
    assert scorer(model, [[0]] * 8, Y_TRUE) == 1.0
    assert "and mean Sp: means over" in str(beat_report(Y_TRUE, Y_PRED))


@pytest.mark.parametrize("name", ["losses", "beats_by_certainty"])
def test_metric_of_probabilities_needs_them(name, monkeypatch):
    entry = OverallMetric("toy", "A toy.", lambda pooled: pooled.n_beats, needs=name)
    monkeypatch.setitem(OVERALL_METRICS, "toy", entry)
    proba = np.array([[0.75, 0.25]] * 8)
    assert "toy" not in beat_report(Y_TRUE, Y_PRED).overall.index
    assert "toy" in beat_report(Y_TRUE, Y_PRED, y_proba=proba, labels=["N", "V"]).overall.index


def test_report_has_all_metrics_in_the_order_of_the_table():
    report = beat_report(list("NSV"), list("NSV"), y_proba=np.eye(3))
    assert list(report.overall.index) == [*OVERALL_METRICS, "n_beats"]
    assert all(
        metric.title and metric.meaning.endswith(".") for metric in OVERALL_METRICS.values()
    )
