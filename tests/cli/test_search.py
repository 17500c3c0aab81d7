"""The search of hyperparameters of ``skecg train``, without the command."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.cli._plans import Plan
from skecg.cli._search import Search, _parse
from skecg.cli._terminal import Terminal

from .._estimators import TINY


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("learning_rate", "0.003", 0.003),
        ("epochs", "3", 3),
        ("early_stopping", "True", True),
        ("class_weight", "None", None),
        ("class_weight", "balanced", "balanced"),
        ("units", "64x32", (64, 32)),
    ],
)
def test_values_are_parsed(name, text, value):
    assert _parse(name, text) == value


@pytest.mark.parametrize("validates", [True, False])
def test_the_best_candidate_is_chosen_by_folds_of_subjects(validates, tmp_path, capsys):
    beats = skecg.load_simulated(4, duration=20.0, random_state=0)
    splits = {"training": beats} | ({"validation": beats[:20]} if validates else {})
    network = skecg.RNNClassifier(**TINY | {"epochs": 1})
    plan = Plan("RNN", beats.extractor, {"augmenter": None, "undersampler": None}, network)
    search = Search.parse(["epochs=1,2"], 2, [plan])
    best, path = search.run(Terminal(), plan, splits, tmp_path, None)
    table = pd.read_csv(path)
    assert path == tmp_path / "rnn-search.csv"
    assert sorted(table["epochs"]) == [1, 2] and table["rank"].is_monotonic_increasing
    folds = table[["fold 1", "fold 2"]].to_numpy()
    np.testing.assert_allclose(table["macro F1"], folds.mean(axis=1))
    assert best.classifier.epochs == table["epochs"][0]
    assert best.classifier.callbacks is None and plan.classifier.epochs == 1
    shown = capsys.readouterr()
    assert "RNN is trained with epochs=" in shown.out
    assert "RNN search 4/4: macro F1" in shown.err


def test_units_of_networks_that_take_one_number():
    network = skecg.ContextLSTMClassifier()
    plan = SimpleNamespace(name="context-LSTM", classifier=network)
    assert Search({"units": [(8,), (16,)]}, 2)._of(plan) == {"units": [8, 16]}
