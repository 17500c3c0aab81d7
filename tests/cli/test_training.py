"""Lines that ``skecg train`` prints around the training."""

from types import SimpleNamespace

import pytest

import skecg
from skecg.cli._terminal import Terminal
from skecg.cli._training import _show_splits, _training_line


@pytest.mark.parametrize(
    ("history", "line"),
    [
        (
            {"loss": [2.0, 1.5], "accuracy": [0.2, 0.5], "val_loss": [1.75]},
            "RNN: 2 epochs in 3.0 s; loss 1.500, accuracy 50.0 %; validation loss 1.750",
        ),
        ({"loss": [1.25]}, "RNN: 2 epochs in 3.0 s; loss 1.250"),
        ({"auc": [0.5]}, "RNN: 2 epochs in 3.0 s"),
    ],
)
def test_the_line_of_a_training_has_the_metrics_that_there_are(history, line):
    classifier = SimpleNamespace(history_=history, n_iter_=2, fit_time_=3.0)
    assert _training_line("RNN", classifier) == line


def test_splits_without_exclusions_are_shown_without_their_heading(capsys):
    beats = skecg.load_simulated(4, duration=30.0, random_state=0)
    beats.skipped = beats.skipped.iloc[:0]
    train, test = skecg.train_test_subjects(beats, test_size=0.5, random_state=0)
    _show_splits(Terminal(), {"RNN": {"training": train, "test": test}})
    text = capsys.readouterr().out
    assert "training" in text and "Overlap of" in text and "Excluded" not in text
