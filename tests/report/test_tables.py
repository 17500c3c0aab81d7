"""Sentences about models, from metrics made by hand."""

import pandas as pd
import pytest

from skecg.report._tables import clock, differences_table, duration, verdict


def metrics(rnn, lstm):
    columns = ["macro F1", "Se V", "+P V", "training time (s)"]
    return pd.DataFrame([rnn, lstm], columns=columns, index=pd.Index(["RNN", "LSTM"]))


def test_verdict_names_the_better_model_by_metric():
    text = verdict(metrics([0.5, 0.9, 0.4, 10.0], [0.6, 0.8, 0.7, 30.0]))
    assert text == (
        "LSTM has the better macro F1 (60.0 against 50.0 %). "
        "RNN finds more of V (90.0 against 80.0 %). "
        "LSTM is more often correct on V (70.0 against 40.0 %). "
        "RNN trained 3.0 times as fast (10.0 s against 30.0 s)."
    )


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ([0.04, 0.2], "More than chance among these subjects (corrected p < 0.05): macro F1."),
        (
            [0.06, 1.0],
            "All differences may be chance among these subjects (least corrected p 0.06).",
        ),
        ([None, None], "All differences may be chance among these subjects."),
    ],
)
def test_verdict_names_the_differences_beyond_chance(p, expected):
    rows = pd.MultiIndex.from_product([["RNN"], ["LSTM"], ["macro F1", "Se V"]])
    differences = pd.DataFrame({"p_holm": p}, index=rows, dtype=float)
    table = metrics([0.5, 0.9, 0.4, 10.0], [0.6, 0.8, 0.7, 30.0])
    assert verdict(table, differences).endswith(expected)


def test_verdict_names_no_better_model_where_metrics_are_equal_or_missing():
    text = verdict(metrics([0.5, 0.8001, None, 10.0], [0.5, 0.8, 0.7, 10.0]))
    assert "equal in macro F1" in text
    assert "finds more" not in text and "more often correct" not in text and "fast" not in text


def test_verdict_of_one_model_is_empty():
    assert verdict(metrics([0.5, 0.8, 0.7, 1.0], [0.5, 0.8, 0.7, 1.0]).iloc[:1]) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(59.6, "1:00"), (1805, "30:05"), (7200, "2:00:00"), (5, "0:05")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(90, "1.5 minutes"), (9000, "2.5 hours")])
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_one_test_subject_gives_no_table_of_differences():
    differences = pd.DataFrame({"difference": [0.5]})
    differences.attrs["n_subjects"] = 1
    (text,) = differences_table(differences)
    assert text == "One test subject: differences have neither intervals nor p values."
