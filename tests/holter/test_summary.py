"""The summary of recordings whose beats are written out."""

import datetime
import json

import numpy as np
import pytest

import skecg
from skecg.holter._review import review_table

from ._annotated import annotated

EVENING = datetime.datetime(2026, 3, 1, 21, 59, 0)


def test_patterns_use_each_ectopic_beat_once():
    #                  single couplet run of 4    bigeminy of 3  trigeminy of 3
    found = annotated("NNVNNNVVNNNVVVVNNNVNVNVNNNNVNNVNNVNNN")
    v = skecg.holter_summary(found).v
    assert (v.singles, v.couplets, v.runs, v.run_beats) == (1, 1, 1, 4)
    assert (v.bigeminy.count, v.bigeminy.beats, v.bigeminy.longest) == (1, 3, 3)
    assert (v.trigeminy.count, v.trigeminy.beats, v.trigeminy.longest) == (1, 3, 3)
    assert v.count == v.singles + 2 * v.couplets + v.run_beats + 6
    assert v.burden == pytest.approx(13 / 37)


@pytest.mark.parametrize(
    ("symbols", "singles", "couplets", "bigeminy"),
    [
        ("NVNVN", 2, 0, 0),  # two are no bigeminy
        ("NVNVNVV", 2, 1, 0),  # a couplet is not part of one
        ("NVNVNVNVV", 0, 1, 1),
        ("NVSVNV", 3, 0, 0),  # only normal beats are between
        ("NVQVN", 2, 0, 0),
    ],
)
def test_bigeminy_is_of_three_single_beats_between_normal_ones(
    symbols, singles, couplets, bigeminy
):
    v = skecg.holter_summary(annotated(symbols)).v
    assert (v.singles, v.couplets, v.bigeminy.count) == (singles, couplets, bigeminy)


def test_longest_and_fastest_run_have_their_rates():
    rr = [1, 1, 0.5, 0.5, 0.5, 1, 1, 0.4, 0.4, 1]
    v = skecg.holter_summary(annotated("NNVVVVNVVVN", rr, start=EVENING)).v
    assert (v.longest_run.beats, v.longest_run.duration) == (4, pytest.approx(1.5))
    assert v.longest_run.rate == pytest.approx(120)
    assert v.longest_run.clock == "21:59:03"
    assert (v.fastest_run.beats, v.fastest_run.rate) == (3, pytest.approx(150))
    assert v.fast_runs == 1  # the other one has three beats


def test_classes_are_counted_apart():
    summary = skecg.holter_summary(annotated("NSSNVNSQF"))
    assert summary.counts == {"N": 3, "S": 3, "V": 1, "F": 1, "Q": 1}
    assert (summary.beats, summary.classified) == (9, 8)
    assert (summary.s.singles, summary.s.couplets, summary.s.burden) == (1, 1, 3 / 8)
    assert summary.v.estimate is None  # no probabilities


def test_heart_rate_is_of_one_minute_means():
    # a minute at 60, one at 120, one at 40, by the beats that end the intervals
    rr = [1.0] * 59 + [0.5] * 120 + [1.5] * 40
    found = annotated("N" * 220, rr, first=0.5, start=EVENING, duration=180.0)
    rate = skecg.holter_summary(found).heart_rate
    assert rate.minutes == 3
    assert (rate.minimum.value, rate.minimum.seconds) == (pytest.approx(40), 120)
    assert (rate.maximum.value, rate.maximum.seconds) == (pytest.approx(120), 60)
    assert (rate.minimum.clock, rate.maximum.clock) == ("22:01:00", "22:00:00")
    assert (rate.over_100, rate.under_50) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert rate.mean == pytest.approx(60 * 219 / 179)
    assert rate.day == pytest.approx(60)  # until 22:00
    assert rate.night == pytest.approx(60 * 160 / 120)


def test_nn_statistics_by_hand():
    # NN intervals 800, 900, 900 ms and 1000 ms behind a V, whose own intervals do not count
    rr = [0.8, 0.9, 0.9, 0.6, 1.2, 1.0]
    nn = skecg.holter_summary(annotated("NNNNVNN", rr)).nn
    assert (nn.count, nn.mean) == (4, pytest.approx(900))
    assert nn.sdnn == pytest.approx(np.sqrt(20_000 / 3))
    assert nn.rmssd == pytest.approx(np.sqrt(100**2 / 2))  # 800-900, 900-900
    assert (nn.pnn50, nn.sdann) == (0.5, None)


def test_pauses_are_of_at_least_their_length():
    summary = skecg.holter_summary(annotated("NNNN", [2.49, 2.5, 4.0], start=EVENING))
    assert [one.value for one in summary.pauses] == [2.5, 4.0]
    assert summary.pauses[0].clock == "21:59:03"  # it begins at a beat, at 3.49 s
    assert [one.value for one in skecg.holter_summary(annotated("NNN", 3.0), pause=3).pauses] == [
        3.0,
        3.0,
    ]


@pytest.mark.parametrize("state", ["unusable", "no beat"])
def test_no_interval_pattern_or_pause_spans_lost_signal(state):
    symbols, rr = "NNVVVNN", [1, 1, 0.5, 5, 1, 1]
    lost = skecg.holter_summary(annotated(symbols, rr, quality=[(5, 7, "", state)]))
    whole = skecg.holter_summary(annotated(symbols, rr, quality=[(5, 7, "II", "noisy")]))
    assert (lost.v.runs, lost.v.couplets, lost.v.singles, lost.pauses) == (0, 1, 1, ())
    assert (whole.v.runs, len(whole.pauses)) == (1, 1)
    assert lost.heart_rate.mean == pytest.approx(60 * 5 / 4.5)
    assert [(one.state, one.duration) for one in lost.without_beats] == [(state, 2.0)]
    assert whole.without_beats == ()
    assert lost.analysable == lost.duration - 2.0 * (state == "unusable")


def test_stretches_that_overlap_and_touch_beats():
    stretches = [(2, 6, "", "unusable"), (3, 4, "", "no beat")]
    summary = skecg.holter_summary(annotated("NNNN", [1, 4, 1], quality=stretches))
    assert summary.heart_rate.mean == pytest.approx(60)
    assert summary.pauses == ()


def test_hours_are_those_of_the_clock():
    start = datetime.time(23, 30)
    quality = [(600, 660, "", "unusable")]
    found = annotated("NVNS" * 1349 + "NVN", 1.0, start=start, duration=5400.0, quality=quality)
    hours = skecg.holter_summary(found).hours
    assert [one.clock for one in hours] == ["23:30:00", "00:00:00 (day 2)"]
    assert [one.analysable for one in hours] == [1740.0, 3600.0]
    assert [one.beats for one in hours] == [1799, 3600]
    assert sum(one.v for one in hours) == 1350
    assert hours[1].mean == pytest.approx(60)
    from_start = skecg.holter_summary(annotated("NN" * 2000, 1.0)).hours
    assert [(one.clock, one.seconds) for one in from_start] == [(None, 0.0), (None, 3600.0)]


@pytest.mark.parametrize("symbols", ["", "N", "V", "NN"])
def test_recordings_with_few_beats_have_no_figures_that_need_more(symbols):
    summary = skecg.holter_summary(annotated(symbols))
    assert summary.beats == len(symbols)
    assert (summary.heart_rate.mean is None) == (len(symbols) < 2)
    assert summary.nn.sdnn is None
    assert (summary.v.burden is None) == (not symbols)
    json.dumps(summary.to_dict(), allow_nan=False)
    assert summary.to_text().startswith("by-hand: ")


def test_summary_is_by_value_and_json():
    found = annotated("NNVVVN" * 20, 0.8, start=EVENING, proba={"N": 0.1, "V": 0.9})
    summary = skecg.holter_summary(found)
    assert summary == skecg.holter_summary(found)
    assert summary != skecg.holter_summary(found, pause=3.0)
    back = json.loads(json.dumps(summary.to_dict(), allow_nan=False))
    assert back["v"]["longest_run"]["beats"] == 3
    assert back["start"] == "2026-03-01T21:59:00"
    assert back["hours"][0]["v"] + back["hours"][1]["v"] == 60


def test_beats_to_review_are_sorted_and_have_a_column_to_fill_in():
    proba = {"N": [0.99, 0.6, 0.79, np.nan, 0.8], "V": [0.01, 0.4, 0.21, np.nan, 0.2]}
    found = annotated("NNNQN", proba=proba, start=EVENING)
    table = review_table(found, 0.8)
    assert table["sample"].tolist() == [200, 300]
    assert table["clock"].tolist() == ["21:59:02", "21:59:03"]
    assert table.columns.tolist() == [
        "record", "sample", "time", "clock", "symbol", "p_N", "p_V", "corrected",
    ]  # fmt: skip
    assert table["corrected"].tolist() == ["", ""]
    assert skecg.holter_summary(found, review_below=0.8).uncertain == 2
    assert len(review_table(annotated("NN"))) == 0  # no probabilities
    found.beats["reviewed"] = [False, True, False, False, False]
    assert review_table(found, 0.8)["sample"].tolist() == [300]


def test_other_symbols_are_counted_in_their_class():
    proba = {"N": 0.1, "L": 0.1, "A": 0.5, "E": 0.2, "V": 0.1}
    summary = skecg.holter_summary(annotated("NLAVERA" * 10, proba=proba))
    assert summary.counts == {"N": 30, "S": 20, "V": 20, "F": 0, "Q": 0}
    assert (summary.s.count, summary.v.count) == (20, 20)
    assert summary.v.estimate.expected == pytest.approx(70 * 0.3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pause": 0}, "'pause'.*positive"),
        ({"review_below": 2}, "'review_below'"),
        ({"night": (22, 25)}, "'night'.*two hours from 0 to 24"),
        ({"night": "22"}, "'night'.*two hours from 0 to 24"),
    ],
)
def test_wrong_parameters(wrong, message):
    with pytest.raises(ValueError, match=message):
        skecg.holter_summary(annotated("NN"), **wrong)
