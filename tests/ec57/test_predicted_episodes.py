"""Episodes of rhythms in tables of predictions."""

import json

import numpy as np
import pandas as pd
import pytest

from skecg import Predictions, compare_episodes, compare_predicted_episodes, mark_episodes

FS = 100


def make_table(step=100, **records):
    """Make a table of (reference, predicted) labels by record, A is AFIB, a row each second."""
    parts = [
        pd.DataFrame(
            {
                "record": name,
                "sample": step * np.arange(len(y_true)),
                "y_true": list(y_true),
                "y_pred": list(y_pred),
            }
        )
        for name, (y_true, y_pred) in records.items()
    ]
    names = {"A": "AFIB", "L": "AFL"}
    return pd.concat(parts, ignore_index=True).replace({"y_true": names, "y_pred": names})


TABLE = make_table(a=("NAANNAANLN", "NNAAANNNNN"), b=("AAAAA", "AANAA"), c=("NNN", "NAN"))


def test_episodes_and_durations_by_record():
    found = compare_predicted_episodes(TABLE, fs=FS)
    counts = ["reference episodes", "test episodes", "reference duration", "test duration"]
    assert found.table[counts].iloc[:-1].to_numpy().tolist() == [
        [2, 1, 4, 3],
        [1, 2, 5, 4],
        [0, 1, 0, 1],
        [3, 4, 9, 8],
    ]
    shares = ["episode Se", "episode +P", "duration Se", "duration +P"]
    np.testing.assert_allclose(
        found.table[shares],
        [
            [1 / 2, 1, 1 / 4, 1 / 3],
            [1, 1, 4 / 5, 1],
            [np.nan, 0, np.nan, 0],
            [2 / 3, 3 / 4, 5 / 9, 5 / 8],
            [3 / 4, 2 / 3, 21 / 40, 4 / 9],
        ],
    )
    assert found.table.index.tolist() == ["a", "b", "c", "Gross", "Average"]
    assert pd.isna(found.table.loc["Average", "test episodes"])
    assert found.statistics["denominator"].tolist() == [3, 4, 9, 8]
    assert (found.n_rows, found.n_records, found.labels) == (18, 3, ("AFIB",))
    rows = found.episodes[found.episodes["record"] == "b"]
    assert rows[["annotator", "start", "end", "overlap", "matched"]].to_numpy().tolist() == [
        ["reference", 0, 5, 4, True],
        ["test", 0, 2, 2, True],
        ["test", 3, 5, 2, True],
    ]


def test_the_order_of_rows_does_not_matter_and_predictions_are_taken():
    expected = compare_predicted_episodes(TABLE, fs=FS)
    mixed = TABLE.sample(frac=1, random_state=0).assign(subject="s")
    for table in (mixed, Predictions(mixed)):
        found = compare_predicted_episodes(table, fs=FS)
        pd.testing.assert_frame_equal(found.table.loc[["a", "b", "c"]], expected.table.iloc[:3])
    pd.testing.assert_frame_equal(found.statistics, expected.statistics)


@pytest.mark.parametrize("kind", ["AF", "VF", "ST0", "ST1"])
def test_the_numbers_are_those_of_marks_at_the_same_positions(kind):
    label = {"AF": "(AFIB", "VF": "VFL"}.get(kind, kind)
    rng = np.random.default_rng(0)
    step, n_rows = 50, 400
    y_true, y_pred = (
        np.where(
            np.repeat(rng.random(n_rows // 4) < 0.4, 4) ^ (rng.random(n_rows) < 0.1), label, "N"
        )
        for _ in range(2)
    )
    table = pd.DataFrame(
        {"record": "r", "sample": step * np.arange(n_rows), "y_true": y_true, "y_pred": y_pred}
    )
    found = compare_predicted_episodes(table, fs=FS, kind=kind)
    marks = [
        mark_episodes(found.episodes.query("annotator == @name"), fs=FS, kind=kind)
        for name in ("reference", "test")
    ]
    expected = compare_episodes(
        *marks, fs=FS, n_samples=step * n_rows, start=0, kind=kind, reference_faults=False
    )
    pd.testing.assert_frame_equal(found.episodes.drop(columns="record"), expected.episodes)
    np.testing.assert_allclose(found.statistics["value"], expected.statistics["value"])


def test_the_last_row_ends_with_the_recording():
    table = make_table(a=("NNA", "NNA"))
    found = compare_predicted_episodes(table, fs=FS)
    assert found.table.loc["a", "reference duration"] == 1  # as long as the row before
    for length in (1000, {"a": 1000}):
        found = compare_predicted_episodes(table, fs=FS, n_samples=length)
        assert found.table.loc["a", "reference duration"] == 8


def test_rates_may_differ_between_records():
    table = make_table(a=("NAN", "NAN"), b=("NAN", "NNN"))
    found = compare_predicted_episodes(table, fs={"a": 100, "b": 50})
    assert found.table["reference duration"].tolist()[:3] == [1, 2, 3]
    assert found.statistics["value"]["duration Se"] == pytest.approx(1 / 3)


def test_start_and_minimum_duration():
    table = make_table(a=("AANNAN", "AANNNN"))
    found = compare_predicted_episodes(table, fs=FS, start=1)
    assert found.table.loc["a", ["reference duration", "test duration"]].tolist() == [2, 1]
    assert found.start == 1
    found = compare_predicted_episodes(table, fs=FS, min_duration=1.5)
    assert found.table.loc["a", "reference episodes"] == 1


def test_labels_of_any_type():
    expected = compare_predicted_episodes(TABLE, fs=FS)
    codes = TABLE.assign(
        y_true=(TABLE["y_true"] == "AFIB").astype(int), y_pred=TABLE["y_pred"] == "AFIB"
    ).astype({"y_pred": int})
    found = compare_predicted_episodes(codes, fs=FS, labels=[1])
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert json.loads(json.dumps(found.to_dict()))["labels"] == [1]
    with_flutter = compare_predicted_episodes(TABLE, fs=FS, labels=["AFIB", "AFL"])
    assert with_flutter.table.loc["a", "reference episodes"] == 3
    none = compare_predicted_episodes(TABLE, fs=FS, kind="VF", labels=["VFL"])
    assert none.statistics["value"].isna().all()
    assert none.table.loc["Gross", "test episodes"] == 0


def test_text_json_and_html():
    found = compare_predicted_episodes(TABLE, fs=FS)
    text = str(found)
    assert "Episodes of labels: atrial fibrillation, 18 rows of 3 records" in text
    assert "not a comparison by EC57" in text
    assert "0:09.000" in text
    assert "nan" not in text.lower()
    assert repr(found).startswith("<PredictedEpisodes of AF: episode Se 66.67, episode +P 75.00")
    assert "not a comparison by EC57" in found._repr_html_()
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data["statistics"]["episode_se"] == {
        "value": pytest.approx(2 / 3),
        "numerator": 2,
        "denominator": 3,
    }
    assert data["records"]["c"]["duration_se"] is None
    assert data["average"]["episode_ppv"] == pytest.approx(2 / 3)
    assert len(data["episodes"]) == 7
    assert "episodes" not in found.to_dict(episodes=False)


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (TABLE.drop(columns="sample"), {}, "record, sample, y_true, y_pred.*sample missing"),
        (TABLE.assign(y_pred=np.nan), {}, "no missing values. Got 18 in 'y_pred'"),
        (TABLE.assign(sample=0.5), {}, "a whole number from 0 on.*Got dtype float64"),
        (TABLE.assign(sample=-1), {}, "a whole number from 0 on"),
        (TABLE.iloc[:0], {}, "must have rows. Got none"),
        (pd.concat([TABLE, TABLE]), {}, "each row once. Record 'a' has two at sample 0"),
        (TABLE, {"kind": "VF"}, "no row has a label of VF: VFL, VF, VFIB. Got .*AFIB, AFL, N"),
        (TABLE, {"n_samples": 300}, "the length of record 'a'. Got 300, but a row is at sample"),
        (TABLE, {"n_samples": {"a": 1000}}, "must have all records of the table. It lacks 'b'"),
        (TABLE, {"fs": {"a": 100}}, "'fs' parameter .* It lacks 'b'"),
        (TABLE, {"fs": 0}, "'fs' parameter .* positive number"),
        (TABLE.iloc[:1], {"labels": ["N"]}, "'n_samples' .* for record 'a': it has one row"),
        (TABLE, {"kind": "AFL"}, "'kind' parameter"),
        (TABLE, {"start": -1}, "'start' parameter"),
    ],
)
def test_invalid_tables_and_options(table, options, message):
    with pytest.raises(ValueError, match=message):
        compare_predicted_episodes(table, **{"fs": FS, **options})


def test_other_types_are_refused():
    with pytest.raises(TypeError, match=r"must be Predictions or a DataFrame .* Got list"):
        compare_predicted_episodes([1], fs=FS)
    with pytest.raises(TypeError, match=r"a list of labels or None. Got 'AFIB'"):
        compare_predicted_episodes(TABLE, fs=FS, labels="AFIB")
