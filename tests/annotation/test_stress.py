"""Noise stress test: the same beats under growing noise, compared as EC57 prescribes."""

import dataclasses
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

import skecg
from skecg import StressTest, compare_annotations, simulate_record, stress_test
from skecg.records import Annotations


def named(seed, name, duration=440):
    return dataclasses.replace(simulate_record(duration, random_state=seed), name=name)


@pytest.fixture(scope="module")
def records():
    return [named(1, "a"), named(2, "b")]


@pytest.fixture(scope="module")
def result(records):
    noise = {"muscle": "muscle", "moving": "motion"}
    return stress_test("lstm", records, noise=noise, snr=[-6, 12])


def test_each_noise_and_ratio_has_a_comparison_from_the_least_noise_on(result, records):
    conditions = [("none", np.inf)]
    conditions += [(noise, ratio) for noise in ("muscle", "moving") for ratio in (12, -6)]
    assert list(result.comparisons) == conditions
    assert result.table.index.tolist() == conditions
    assert all(list(found.comparisons) == ["a", "b"] for found in result.comparisons.values())
    n_beats = sum(int((record.sample >= 300 * record.fs).sum()) for record in records)
    assert set(result.table["beats"]) == {n_beats}
    gross = result.records.xs("Gross", level="record")
    assert gross["QRS Se"].tolist() == result.table["QRS Se"].tolist()
    assert len(result.records) == 5 * 4


def test_more_noise_makes_more_errors(result):
    found = result.table["QRS Se"]
    assert found[("none", np.inf)] > 0.99
    for noise in ("muscle", "moving"):
        assert found[("none", np.inf)] >= found[(noise, 12)] > found[(noise, -6)]


def test_the_comparison_is_that_of_annotate_and_compare_annotations(result, records):
    noisy = skecg.add_noise(records[0], "muscle", -6, schedule="nst", random_state=0)
    unmarked = dataclasses.replace(noisy, sample=[], symbol=[], other=Annotations())
    with pytest.warns(UserWarning, match="noisy"):
        found = skecg.annotate("lstm", unmarked).record
    expected = compare_annotations(records[0], found)
    assert result.comparisons["muscle", -6].comparisons["a"].matrix.equals(expected.matrix)


def test_the_reference_is_kept_from_the_model(records):
    # marks of fibrillation would excuse the test from finding the beats
    start, stop = (int(seconds * records[0].fs) for seconds in (310, 420))
    beats = records[0].sample
    outside = (beats < start) | (beats > stop)
    marked = dataclasses.replace(
        records[0],
        sample=beats[outside],
        symbol=records[0].symbol[outside],
        other=Annotations([start, stop], ["[", "]"]),
    )
    found = stress_test("lstm", marked, noise="muscle", snr=[24]).table
    n_beats = int((marked.sample >= 300 * marked.fs).sum())
    assert found["beats"].tolist() == [n_beats] * 2
    assert found["QRS +P"].iloc[0] == 1  # beats in the fibrillation of the reference: not extra
    assert found["QRS Se"].iloc[0] == 1


def test_files_and_folders_are_read_and_workers_give_the_same(result, records, tmp_path):
    for record in records:
        skecg.write_record(record, tmp_path / record.name)
    noise = {"muscle": "muscle"}
    # files keep steps of a converter; the clean beats are the same
    found = stress_test("lstm", tmp_path, noise=noise, snr=12, n_jobs=2)
    assert found.table["beats"].tolist() == result.table["beats"].tolist()[:2]
    assert found.table["QRS Se"].iloc[0] == result.table["QRS Se"].iloc[0]
    one = stress_test("lstm", tmp_path / "a" / "a", noise=noise, snr=12)
    assert list(one.comparisons["muscle", 12].comparisons) == ["a"]


def test_recorded_noise_has_its_own_name(records):
    noise = simulate_record(400, random_state=5)
    noise = dataclasses.replace(noise, name="em", sample=[], symbol=[])
    found = stress_test("lstm", records[0], noise=noise, snr=[24, 24.0])
    assert list(found.comparisons) == [("none", np.inf), ("em", 24)]


def test_text_html_json_and_figure(result):
    assert isinstance(result, StressTest)
    lines = str(result).splitlines()
    assert lines[0].startswith("Noise stress test of 2 records, ")
    assert max(map(len, lines)) <= 80
    rows = [line.split()[:2] for line in lines if line.startswith(("muscle", "moving"))]
    assert rows == [["muscle", "12"], ["muscle", "-6"], ["moving", "12"], ["moving", "-6"]]
    assert repr(result).startswith("<StressTest: Noise stress test of 2 records")
    assert "moving" in result._repr_html_()
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert [(one["noise"], one["snr"]) for one in data["conditions"]][:2] == [
        ("none", None),
        ("muscle", 12.0),
    ]
    assert data["conditions"][0]["gross"]["statistics"]["qrs_se"]["denominator"] > 0
    figure = result.plot()
    assert [ax.get_title() for ax in figure.axes] == ["QRS", "VEB", "SVEB"]
    line = next(one for one in figure.axes[0].lines if one.get_label() == "Se, moving")
    np.testing.assert_allclose(line.get_ydata(), 100 * result.table["QRS Se"].loc["moving"])
    plt.close(figure)


def test_people_of_the_training_are_named():
    record = dataclasses.replace(named(1, "a", 330), subject="mitdb:101")
    with pytest.warns(UserWarning, match=r"trained on 1 person of these 1: mitdb:101"):
        stress_test("lstm", record, noise="muscle", snr=[24])


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"noise": 3}, TypeError, "'noise' parameter of stress_test must be an ECGRecord"),
        ({"noise": {}}, ValueError, "at least one noise"),
        ({"noise": {"none": "muscle"}}, ValueError, "none of them named 'none'"),
        ({"noise": "hum"}, ValueError, "or one of 'baseline', 'muscle', 'motion'"),
        ({"snr": []}, ValueError, "'snr' parameter of stress_test must have at least one ratio"),
        ({"snr": [np.inf]}, ValueError, "'snr' parameter of stress_test must be from -100"),
        ({"records": []}, ValueError, "'records' parameter of stress_test must have at least"),
        ({"records": [named(1, "a")] * 2}, ValueError, "several records of one name: a"),
        ({"records": named(1, "a", 200)}, skecg.RecordError, "must be longer than 300 s"),
        ({"model": "nothing"}, FileNotFoundError, "no model 'nothing'"),
    ],
)
def test_what_cannot_be_tested_is_named(changes, error, message):
    arguments = {"model": "lstm", "records": named(1, "a", 310), "noise": "muscle", "snr": [24]}
    arguments |= changes
    with pytest.raises(error, match=message):
        stress_test(arguments.pop("model"), arguments.pop("records"), **arguments)
