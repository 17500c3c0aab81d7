"""Noise stress test: the same beats under growing noise, compared as EC57 prescribes."""

import dataclasses
import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

import skecg
from skecg import StressTest, compare_annotations, simulate_record, stress_test
from skecg.annotation._stress_arguments import check_noises, check_ratios
from skecg.annotation._stress_page import _reach
from skecg.annotation._stress_result import CLEAN
from skecg.records import Annotations
from skecg.report import Provenance
from skecg.utils import suggestions


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
    expected = [["muscle", "12"], ["muscle", "-6"], ["moving", "12"], ["moving", "-6"]]
    assert rows == 2 * expected  # gross, average
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


@pytest.mark.parametrize(
    ("noise", "error", "message"),
    [
        ("musle", ValueError, "'noise' parameter of stress_test .* Got 'musle'"),
        ({"a": 5}, TypeError, "'noise' parameter of stress_test .* Got int"),
        ({5: "muscle"}, TypeError, "must have names that are texts"),
    ],
)
def test_noises_are_checked_before_the_work(noise, error, message):
    with pytest.raises(error, match=message):
        check_noises(noise)


def test_ratios_may_be_numbers_of_numpy():
    assert check_ratios(np.int64(6)) == check_ratios(np.float32(6)) == [6.0]
    assert str(check_ratios([-0.0, 0])) == "[0.0]"
    for ratio in ("6", None, np.array(6.0)):
        with pytest.raises(ValueError, match="'snr' parameter of stress_test"):
            check_ratios(ratio)


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


# -- hand-made truth: a detector that knows the beats, and loses some of those in noise


class Knowing:
    """Find the beats of a record; where its signal differs, only every `keep`-th of them."""

    def __init__(self, record, keep):
        self.record, self.keep = record, keep

    def __call__(self, signal, fs):
        beats = self.record.sample
        clean = self.record.signal
        is_same = any(np.array_equal(signal[: len(clean)], lead) for lead in clean.T)
        if is_same:
            return beats
        is_noisy = (beats >= 300 * fs) & ((beats - 300 * fs) // (120 * fs) % 2 == 0)
        kept = np.zeros(len(beats), dtype=bool)
        if self.keep:
            kept[:: self.keep] = True
        return beats[kept | (~is_noisy & (self.keep > 0))]


def test_beats_lost_in_noisy_minutes_are_missed_and_no_others():
    record = named(3, "a", 700)
    detector = Knowing(record, 3)
    result = stress_test("lstm", record, noise="muscle", snr=[0], detector=detector)
    beats, fs = record.sample, record.fs
    # of the beats from 5:00 on, those of 5:00 to 7:00 and of 9:00 to 11:00 are in noise
    counts = [
        (beat >= 300 * fs, 300 * fs <= beat < 420 * fs or 540 * fs <= beat < 660 * fs, i % 3 == 0)
        for i, beat in enumerate(beats.tolist())
    ]
    total = sum(inside for inside, _, _ in counts)
    lost = sum(inside and noisy and not kept for inside, noisy, kept in counts)
    assert lost > 100
    statistics = result.comparisons["muscle", 0].statistics.loc["QRS Se"]
    assert (statistics["numerator"], statistics["denominator"]) == (total - lost, total)
    assert result.table["QRS Se"].tolist() == [1, (total - lost) / total]
    assert result.table["QRS +P"].tolist() == [1, 1]


def test_no_beat_found_in_noise_is_a_result():
    record = named(3, "a", 330)
    result = stress_test("lstm", record, noise="muscle", snr=[0], detector=Knowing(record, 0))
    assert result.table["QRS Se"].tolist() == [1, 0]
    assert np.isnan(result.table["QRS +P"].iloc[1])
    assert "-" in str(result)
    assert "NaN" not in str(result.to_html())


@pytest.mark.filterwarnings("error:.*the test annotations are those of a changed copy")
def test_annotations_that_a_record_has_excluded_are_not_those_of_the_test():
    record = dataclasses.replace(named(3, "a", 330), excluded={"after the end": 1})
    detector = Knowing(record, 0)
    with pytest.warns(UserWarning, match="the reference annotations are those of a changed copy"):
        result = stress_test("lstm", record, noise="muscle", snr=[0], detector=detector)
    assert result.table["QRS Se"].tolist() == [1, 0]


# -- recordings that cannot be tested


def test_recordings_that_cannot_be_tested_are_excluded_and_listed(records):
    short, bare = named(4, "short", 200), named(5, "bare", 330)
    bare = dataclasses.replace(bare, sample=[], symbol=[])
    with pytest.warns(UserWarning, match="Excluded: Record '(short|bare)'") as caught:
        result = stress_test(
            "lstm", [short, records[0], bare], noise="muscle", snr=6, on_error="warn"
        )
    assert len(caught) == 2
    assert result.skipped["record"].tolist() == ["short", "bare"]
    assert "must be longer than 300 s" in result.skipped["reason"].iloc[0]
    assert "no reference beats" in result.skipped["reason"].iloc[1]
    assert all(list(found.comparisons) == ["a"] for found in result.comparisons.values())
    assert "NOT TESTED: 2 records:" in str(result)
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert [one["record"] for one in data["skipped"]] == ["short", "bare"]
    page = result.to_html()
    assert "2 records not tested." in page and "must be longer than 300 s" in page


def test_the_first_of_several_raises_and_suggests_to_exclude_it(records):
    with pytest.raises(skecg.RecordError, match="must be longer than 300 s") as caught:
        stress_test("lstm", [named(4, "short", 200), *records], noise="muscle", snr=6)
    assert suggestions(caught.value) == ("on_error",)
    with pytest.raises(skecg.RecordError) as caught:
        stress_test("lstm", named(4, "short", 200), noise="muscle", snr=6)
    assert suggestions(caught.value) == ()


def test_workers_exclude_alike(records, tmp_path):
    skecg.write_record(records[0], tmp_path / "a")
    skecg.write_record(named(4, "short", 200), tmp_path / "short")
    with pytest.warns(UserWarning, match="Excluded: Record 'short'"):
        result = stress_test(
            "lstm", tmp_path, noise="muscle", snr=6, on_error="warn", n_jobs=2, verbose=0
        )
    assert result.skipped["record"].tolist() == ["short"]


def test_none_left_raises():
    short = named(4, "short", 200)
    with (
        pytest.warns(UserWarning, match="Excluded"),
        pytest.raises(ValueError, match=r"found no recording that it can test\. The first of 1"),
    ):
        stress_test("lstm", short, noise="muscle", snr=6, on_error="warn")


def test_errors_of_parameters_are_not_of_recordings(records):
    with pytest.raises(ValueError, match="'noise' parameter of stress_test"):
        stress_test("lstm", records, noise="hum", snr=6, on_error="warn")


def test_a_bar_is_shown_on_request(monkeypatch):
    asked = []

    def progress(items, text, *, verbose):
        asked.append((len(items), text, verbose))
        return items

    monkeypatch.setattr("skecg.annotation._stress.progress", progress)
    stress_test("lstm", named(1, "a", 310), noise="muscle", snr=24, verbose=1)
    assert asked == [(1, "Testing recordings", 1)]


# -- tables and page


def test_tables_by_gross_average_and_record(result):
    tables = result.tables
    assert list(tables) == ["Gross", "Average", "a", "b"]
    assert tables["Gross"].equals(result.table)
    for condition, found in result.comparisons.items():
        for name in ("a", "b"):
            se = found.comparisons[name].statistics.loc["QRS Se", "value"]
            assert tables[name].loc[condition, "QRS Se"] == se
        mean = np.mean([tables[name].loc[condition, "QRS Se"] for name in ("a", "b")])
        assert tables["Average"].loc[condition, "QRS Se"] == pytest.approx(mean)
    assert result.noises == ["none", "muscle", "moving"]
    assert result.ratios("moving") == [12, -6]


def test_gross_and_average_are_printed_of_several_records(result, records):
    text = str(result)
    assert text.index("Gross: all beats pooled") < text.index("Average: mean over the records")
    average = text[text.index("Average: mean") :].splitlines()
    row = next(line for line in average if line.startswith("moving") and " 12 " in line).split()
    assert row[2] == f"{100 * result.tables['Average'].loc[('moving', 12), 'QRS Se']:.2f}"
    one = stress_test("lstm", records[0], noise="muscle", snr=6)
    assert "Average" not in str(one) and "Average: mean" not in one.to_html()


def test_page_has_curves_tables_and_facts(result, tmp_path):
    provenance = Provenance({"snr": "12,-6"}, {"skecg": "1"}, "skecg stress", ("<one> warning",))
    path = tmp_path / "stress.html"
    assert result.to_html(path, metadata={"Model": "mine"}, provenance=provenance) is None
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "<script" not in page
    assert not re.search(r'(src|href)="(?!#)', page)  # nothing is loaded
    assert page.count('role="img"') == 3
    assert page.count("<details>") == len(result.comparisons)
    assert "&lt;one&gt; warning" in page and "<one>" not in page
    for text in ("mine", "skecg stress", "moving, \u22126\u00a0dB", "Average: mean", "Moody GB"):
        assert text in page
    value = f"{100 * result.table.loc[('moving', -6.0), 'QRS Se']:.2f}"
    row = page[page.index('scope="row">moving, \u22126') :]
    assert value in row[: row.index("</tr>")]


def test_cards_say_down_to_which_ratio_noise_costs_less_than_a_point():
    found = {CLEAN: (0.99, 0.95), ("em", 24): (0.985, 0.96), ("em", 12): (0.97, 0.95)}
    found |= {("em", 6): (0.99, 0.95), ("ma", 24): (0.99, 0.94)}
    assert _reach(found, "em") == "loses less than 1 point down to 24\u00a0dB"
    assert _reach(found, "ma") == "loses 1 point or more at 24\u00a0dB already"


def test_names_of_rows_and_of_two_folders_are_refused_before_the_work(records, tmp_path):
    for folder in ("one", "two"):
        skecg.write_record(records[0], tmp_path / folder)
    with pytest.raises(ValueError, match="several records of one name: a"):
        stress_test("nothing is loaded", tmp_path, noise="muscle", snr=6)
    with pytest.raises(ValueError, match="names other than Gross and Average"):
        stress_test("lstm", named(1, "Gross", 310), noise="muscle", snr=6)


@pytest.mark.records
@pytest.mark.filterwarnings("ignore:The model was trained")
def test_record_118_with_the_noise_of_the_database(records_folder):
    em = skecg.read_record(records_folder / "nstdb" / "em", annotator=None)
    found = stress_test("lstm", records_folder / "mitdb" / "118", noise=em, snr=(24, 6, -6)).table
    assert found["beats"].tolist() == [1916] * 4
    assert found["QRS Se"].iloc[0] > 0.999 and found["QRS Se"].iloc[1] > 0.999
    assert found["QRS Se"].iloc[2] > 0.99 and 0.5 < found["QRS Se"].iloc[3] < 0.8
