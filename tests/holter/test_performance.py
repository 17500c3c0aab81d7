"""Intervals of the numbers of beats, and the data that they are from."""

import hashlib
import re

import numpy as np
import pytest

import skecg
from skecg.holter import _performance
from skecg.holter._performance import (
    conformal_limits,
    estimate,
    performance_for,
    performance_of,
)
from skecg.persistence._pretrained import model_card, pretrained_names, pretrained_path

from ._annotated import annotated

LABELS = ("N", "S", "V")


@pytest.fixture(scope="module")
def known():
    return performance_of("lstm")


@pytest.mark.parametrize("name", pretrained_names())
def test_data_are_those_of_the_card(name):
    """Se and +P are in one table of the card, and in the data: no number differs."""
    metrics = performance_of(name).metrics
    for label in LABELS:
        for metric in ("Se", "+P"):
            line = re.search(rf"^\| {label}: {re.escape(metric)} \|.*", model_card(name), re.M)[0]
            numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", line.partition(" | ")[2])]
            databases = ("mitdb", "svdb", "edb")
            assert numbers == [n for one in databases for n in metrics[label][one][metric]]


@pytest.mark.parametrize("name", pretrained_names())
def test_data_are_of_the_shipped_file(name):
    """A model that is trained again has other errors: benchmarks/accuracy/counts.py."""
    digest = hashlib.sha256(pretrained_path(name).read_bytes()).hexdigest()
    assert performance_of(name).fingerprint == digest


def test_a_file_of_the_same_name_has_no_known_performance(known):
    shipped = {"model": "lstm", "fingerprint": known.fingerprint}
    assert performance_for(None, shipped) is performance_for("lstm", {}) is known
    assert performance_for(None, shipped | {"fingerprint": "0"}) is None
    assert performance_for("lstm", shipped | {"fingerprint": "0"}) is None
    assert performance_for(None, {"model": "lstm", "fingerprint": None}) is None
    assert performance_for("../pretrained/lstm", {}) is None


def test_a_recording_annotated_by_an_earlier_model_has_the_performance_of_that_one(monkeypatch):
    earlier = performance_of("lstm-2026-11")
    about = {"model": "lstm", "fingerprint": earlier.fingerprint}
    assert performance_for(None, about).fingerprint == earlier.fingerprint
    later = {None: None, "lstm": None, "lstm-2026-11": earlier}  # lstm was trained again
    monkeypatch.setattr(_performance, "performance_of", later.get)
    assert performance_for(None, about) is earlier
    assert performance_for("lstm", about) is None


def test_shares_rise_with_the_threshold(known):
    for kind in ("beats", "errors"):
        assert known.review[kind][0] == 0 and known.review[kind][-1] == 1
        assert (np.diff(known.review[kind]) >= 0).all()
    # the least certain beats have more of the errors than any others
    assert known.share_of_errors(0.8) > 5 * known.share_of_beats(0.8)
    # the card: the 5 % least certain beats have 46 to 47 % of the errors
    at = np.interp(0.05, known.review["beats"], known.review["errors"])
    assert 0.43 < at < 0.48


def test_interval_has_the_true_frequency_of_nine_people_in_ten():
    rng = np.random.default_rng(0)
    errors = np.sort(rng.normal(size=99)).tolist()
    low, high = conformal_limits(98.0, errors)
    assert (low, high) == (
        pytest.approx(100 * np.exp(errors[4]) - 2),  # ranks 5 and 95 of 99
        pytest.approx(100 * np.exp(errors[94]) - 2),
    )
    true = 100 * np.exp(rng.normal(size=20_000)) - 2
    assert np.mean((true >= low) & (true <= high)) == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize("errors", [[-9.0, 0.0, 9.0], [0.5], None])
@pytest.mark.parametrize("proba", [[], [0.0] * 5, [1.0] * 5, [0.2, 0.9, 0.5]])
def test_interval_stays_within_the_beats(proba, errors):
    found = estimate(np.array(proba), errors)
    assert 0 <= found.low <= found.high <= max(len(proba), 0)
    assert found.method == ("probabilities" if errors is None else "out-of-fold")


def test_without_known_performance_the_interval_is_of_independent_beats():
    found = estimate(np.full(100, 0.5), None)
    # 50 +- 1.645 * sqrt(100 / 4), outwards to whole beats
    assert (found.expected, found.low, found.high) == (50.0, 41, 59)


def test_summary_takes_the_performance_of_its_model():
    proba = {"N": [0.95, 0.02] * 50, "S": [0.02, 0.03] * 50, "V": [0.03, 0.95] * 50}
    found = annotated("NV" * 50, 0.8, proba=proba)
    summary, unknown = (skecg.holter_summary(found, performance=p) for p in ("lstm", "mine"))
    assert (summary.performance, unknown.performance) == ("lstm", None)
    assert summary.v.estimate.expected == pytest.approx(0.95 * 50)
    assert summary.s.estimate.expected == 0.0  # small probabilities of smoothed labels
    assert summary.v.estimate.low < 48 < summary.v.estimate.high
    assert unknown.v.estimate.method == "probabilities"
