"""All figures of predictions."""

import numpy as np
import pandas as pd
import pytest

import skecg


@pytest.fixture
def table():
    """Twenty beats of four subjects; two V were predicted as N."""
    truth = np.array(["N"] * 16 + ["V"] * 4)
    p_v = np.r_[np.linspace(0.05, 0.3, 16), 0.9, 0.8, 0.2, 0.4]
    found = pd.DataFrame({"subject": np.arange(20) % 4, "y_true": truth})
    found["y_pred"] = np.where(p_v > 0.5, "V", "N")
    return found.assign(p_N=1 - p_v, p_V=p_v)


def test_figures_are_those_that_the_table_can_show(table):
    drawn = skecg.plot_predictions(table)
    names = ["confusion", "roc", "precision-recall", "calibration", "uncertainty", "subjects"]
    assert list(drawn) == names
    assert list(skecg.plot_predictions(table.drop(columns=["p_N", "p_V"]))) == [
        "confusion",
        "subjects",
    ]


def test_figures_of_beats_come_with_beats(table):
    drawn = skecg.plot_predictions(table, np.zeros((20, 8)), fs=100)
    assert list(drawn)[-2:] == ["beats", "errors"]
    assert len(drawn["errors"].display.lines_) == 2


def test_a_model_without_errors_has_no_figures_of_errors(table):
    right = table.assign(y_pred=table["y_true"])
    drawn = skecg.plot_predictions(right, np.zeros((20, 8)))
    assert not {"uncertainty", "errors"} & set(drawn)
    assert drawn["confusion"].alt.endswith("errors: none.")
    assert drawn["subjects"].alt == "No errors."


def test_descriptions_name_the_main_results(table):
    drawn = skecg.plot_predictions(table)
    assert "V predicted as N 2 times" in drawn["confusion"].alt
    area = drawn["roc"].display.curves[1].area
    assert f"V {area:.3f}" in drawn["roc"].alt
    assert "2 (50 %), 3 (50 %)" in drawn["subjects"].alt
    assert all(p.title and p.caption and p.display.figure_ for p in drawn.values())


def test_a_table_that_lacks_a_column_is_refused(table):
    with pytest.raises(
        ValueError, match=r"plot_predictions must have the columns .* lacks y_true"
    ):
        skecg.plot_predictions(table.drop(columns="y_true"))
