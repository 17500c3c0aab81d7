"""Runs of labels in tables of predictions."""

import json

import numpy as np
import pandas as pd
import pytest

from skecg import Predictions, compare_predicted_runs, compare_runs


def make_table(**records):
    """Make a table of (reference, predicted) labels by record, a beat each 300 samples."""
    parts = [
        pd.DataFrame(
            {
                "record": name,
                "sample": 300 * np.arange(len(y_true)),
                "subject": name,
                "y_true": list(y_true),
                "y_pred": list(y_pred),
            }
        )
        for name, (y_true, y_pred) in records.items()
    ]
    return pd.concat(parts, ignore_index=True)


def cells(matrix):
    counts = matrix.stack()
    return {cell: int(n) for cell, n in counts[counts > 0].items()}


def test_runs_end_with_their_record():
    table = make_table(a=("NNVV", "NNVV"), b=("VVNN", "VNNN"), c=("SSSN", "SSNN"))
    runs = compare_predicted_runs(table)
    assert cells(runs.ve.sensitivity) == {(2, 2): 1, (2, 1): 1}
    assert cells(runs.ve.positive_predictivity) == {(2, 2): 1, (1, 1): 1}
    assert cells(runs.sve.sensitivity) == {(3, 2): 1}
    assert runs.ve.discrepancies.to_numpy().tolist() == [["Se", "b", 2, 1, 0, 300]]
    assert (runs.n_beats, runs.n_records) == (12, 3)


def test_the_order_of_rows_does_not_matter():
    table = make_table(a=("NVVVNSSN", "NVVNNSNN"), b=("NVVVVVVN", "NVVVVVVN"))
    runs = compare_predicted_runs(table)
    mixed = compare_predicted_runs(Predictions(table.sample(frac=1, random_state=0)))
    assert cells(runs.ve.sensitivity) == {(3, 2): 1, (">5", ">5"): 1}
    for kind in ("ve", "sve"):
        pd.testing.assert_frame_equal(
            getattr(runs, kind).statistics, getattr(mixed, kind).statistics
        )


def test_the_counts_are_those_of_annotations_at_the_same_positions():
    rng = np.random.default_rng(0)
    y_true, y_pred = (rng.choice(list("NNVVSFQ"), 500) for _ in range(2))
    table = make_table(a=(y_true, y_pred))
    position = table["sample"].to_numpy()
    expected = compare_runs((position, y_true), (position, y_pred), fs=360, start=0, window=0)
    found = compare_predicted_runs(table)
    for kind in ("ve", "sve"):
        a, b = getattr(expected, kind), getattr(found, kind)
        pd.testing.assert_frame_equal(a.sensitivity, b.sensitivity)
        pd.testing.assert_frame_equal(a.positive_predictivity, b.positive_predictivity)
        pd.testing.assert_frame_equal(a.discrepancies, b.discrepancies.drop(columns="record"))


def test_text_html_and_json():
    runs = compare_predicted_runs(make_table(a=("NVVN", "NVNN")))
    assert "Runs of labels: 4 beats of 1 record" in str(runs)
    assert "not a comparison by EC57" in str(runs)
    assert runs._repr_html_().count("<table") == 6
    data = json.loads(json.dumps(runs.to_dict(), allow_nan=False))
    assert data["ve"]["discrepancies"][0]["record"] == "a"
    assert data["records"] == 1


def test_a_table_without_beats_has_no_runs():
    runs = compare_predicted_runs(make_table(a=("N", "N")).iloc[:0])
    assert runs.ve.statistics["denominator"].sum() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="sample"), "the beats decides. sample missing"),
        (lambda table: table.assign(sample=0.5), "a whole number, for each beat"),
        (lambda table: table.assign(sample=300), "must have each beat once. Record 'a' has two"),
        (lambda table: table.assign(y_pred="PVC"), r"Got also \['PVC'\]: rename them"),
    ],
)
def test_other_tables_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        compare_predicted_runs(change(make_table(a=("NVVN", "NVNN"))))
