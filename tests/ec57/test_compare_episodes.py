"""The episode-by-episode comparison of EC57: each rule by hand, and all cases of epicmp."""

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg import compare_episodes
from skecg.records.formats import read_annotations
from tests.ec57._cases import case_name, cases
from tests.ec57._sequential_episodes import count_in_order, flutter, measure_in_order

FS = 100
LENGTH = 900  # seconds; the test period begins at 300


def annotate(*marks):
    """Make annotations of (seconds, symbol, text)."""
    marks = sorted(marks, key=lambda mark: mark[0])
    at = [round(FS * mark[0]) for mark in marks]
    return at, [m[1] for m in marks], [0] * len(marks), [m[2] for m in marks]


def rhythm(*marks):
    """Make rhythm marks of (seconds, text)."""
    return annotate(*((at, "+", text) for at, text in marks))


def af(*episodes):
    """Make marks of atrial fibrillation of (begin, end) in seconds."""
    return rhythm(
        *(mark for begin, end in episodes for mark in ((begin, "(AFIB"), (end, "(N"))),
    )


def vf(text_of_marks):
    """Make marks of ventricular fibrillation, one each 10 s from 400 s on."""
    return annotate(*((400 + 10 * i, c, "") for i, c in enumerate(text_of_marks) if c != " "))


def st(*marks):
    """Make ST marks of (seconds, text)."""
    return annotate(*((at, "s", text) for at, text in marks))


def compare(reference, test, n_samples=FS * LENGTH, **options):
    return compare_episodes(reference, test, fs=FS, n_samples=n_samples, **options)


def counts(comparison):
    """Return TPs, FN, TPp and FP."""
    line = comparison.to_line()
    return tuple(line[name] for name in ("TPs", "FN", "TPp", "FP"))


def seconds(comparison, annotator="reference"):
    """Return the counted episodes of an annotator as (start, end, duration, overlap)."""
    rows = comparison.episodes.query("annotator == @annotator")
    return rows[["start", "end", "duration", "overlap"]].to_numpy().tolist()


# -- marks of atrial and ventricular fibrillation (E1)


@pytest.mark.parametrize(
    ("marks", "episodes"),
    [
        ([(400, "(AFIB"), (410, "(N")], [(400, 410)]),
        ([(400, "(AFIB "), (410, "(SVTA")], [(400, 410)]),
        ([(400, "(AFL"), (410, "(N")], []),
        ([(400, "(AF"), (410, "(N")], []),
        ([(400, "(AFIB"), (410, "(AFIB"), (420, "(N"), (430, "(N")], [(400, 420)]),
        ([(400, "(AFIB"), (410, "(AFL"), (420, "(N")], [(400, 410)]),
    ],
)
def test_af_opens_at_afib_and_closes_at_another_rhythm(marks, episodes):
    found = seconds(compare(rhythm(*marks), rhythm()))
    assert [tuple(row[:2]) for row in found] == episodes


@pytest.mark.parametrize(
    ("marks", "episodes"),
    [("[]", [(400, 410)]), ("[[]", [(400, 420)]), ("][]", [(410, 420)]), ("[]]", [(400, 410)])],
)
def test_vf_opens_and_closes_at_brackets(marks, episodes):
    found = seconds(compare(vf(marks), vf(""), kind="VF"))
    assert [tuple(row[:2]) for row in found] == episodes


def test_rhythm_marks_are_not_ventricular_fibrillation():
    marks = rhythm((400, "(VFL"), (410, "(N"))
    assert counts(compare(marks, marks, kind="VF")) == (0, 0, 0, 0)


# -- start and end of the test period (E2, E3)


def test_episodes_are_cut_to_the_test_period():
    found = compare(af((100, 200), (250, 350), (880, 950)), af((0, 1000)))
    assert seconds(found) == [[300, 350, 50, 50], [880, 900, 20, 20]]
    assert counts(found) == (2, 0, 1, 0)
    assert_allclose(found.statistics["value"], [1, 1, 1, 70 / 600])


def test_an_episode_that_ends_at_the_start_is_a_miss_without_duration():
    found = compare(af((200, 300)), af((200, 400)))
    assert seconds(found) == [[300, 300, 0, 0]]
    assert counts(found) == (0, 1, 0, 1)


def test_an_episode_that_begins_at_the_end_is_not_counted():
    assert counts(compare(af((900, 910)), af())) == (0, 0, 0, 0)


def test_an_episode_without_end_lasts_to_the_end_of_the_recording():
    found = compare(rhythm((800, "(AFIB")), af((850, 860)))
    assert seconds(found) == [[800, 900, 100, 10]]


def test_without_an_end_it_lasts_to_the_last_annotation():
    marks = annotate((800, "+", "(AFIB"), (850, "N", ""))
    assert seconds(compare(marks, af(), stop=math.inf)) == [[800, 850, 50, 0]]


def test_other_periods():
    found = compare(af((350, 450), (500, 600)), af(), start=400, stop=540)
    assert seconds(found) == [[400, 450, 50, 0], [500, 540, 40, 0]]
    assert not found.standard
    assert "NOT STANDARD" in str(found)


def test_without_a_length_epicmp_compares_nothing():
    marks = af((400, 410))
    with pytest.warns(UserWarning, match="then compares no episode. Give 'n_samples'"):
        found = compare(marks, marks, n_samples=None)
    assert counts(found) == (0, 0, 0, 0)
    assert found.to_line()["ref_duration"] == "0.000"
    found = compare(marks, marks, n_samples=None, reference_faults=False)
    assert counts(found) == (1, 0, 1, 0)


def test_a_recording_that_ends_before_the_test_period_raises():
    with pytest.raises(ValueError, match=r"ends at 200.0 s, before the test period, which starts"):
        compare(af((100, 110)), af(), n_samples=200 * FS)


# -- overlap (E5)


def test_partial_overlap_miss_and_false_episode():
    found = compare(af((400, 500), (600, 610)), af((480, 520), (700, 740)))
    assert counts(found) == (1, 1, 1, 1)
    assert_allclose(found.statistics["value"], [0.5, 0.5, 20 / 110, 20 / 80])
    assert found.overlaps.to_numpy().tolist() == [[400, 500, 480, 520, 20]]


def test_touching_episodes_do_not_overlap():
    assert counts(compare(af((400, 500)), af((300, 400), (500, 600)))) == (0, 1, 0, 2)


def test_several_episodes_may_overlap_with_one():
    found = compare(af((400, 500)), af((350, 410), (420, 430), (490, 600)))
    assert counts(found) == (1, 0, 3, 0)
    assert seconds(found) == [[400, 500, 100, 30]]
    assert found.overlaps["overlap"].tolist() == [10, 10, 10]
    back = compare(af((350, 410), (420, 430), (490, 600)), af((400, 500)))
    assert counts(back) == (3, 0, 1, 0)


# -- atrial flutter (E6)


@pytest.mark.parametrize(
    ("episode", "duration"),
    [
        ((340, 470), 130 - 50),  # the middle is excluded
        ((330, 390), 20),  # the end
        ((355, 395), None),  # all of it
        ((410, 420), 10),  # nothing
    ],
)
def test_flutter_is_excluded(episode, duration):
    reference = rhythm((350, "(AFL"), (400, "(N"))
    found = compare(reference, af(episode), exclude_flutter=True)
    assert [row[2] for row in seconds(found, "test")] == ([] if duration is None else [duration])
    assert counts(compare(reference, af(episode))) == (0, 0, 0, 1)


def test_an_excluded_begin_lengthens_the_episode_by_a_fault():
    reference = rhythm((350, "(AFL"), (400, "(N"))
    for faults, duration in ((True, 130), (False, 70)):
        found = compare(reference, af((370, 470)), exclude_flutter=True, reference_faults=faults)
        assert seconds(found, "test") == [[400, 470, duration, 0]]


def test_two_exclusions_in_one_episode():
    reference = rhythm((350, "(AFL"), (360, "(N"), (400, "(AFL"), (420, "(N"))
    found = compare(reference, af((340, 410)), exclude_flutter=True)
    assert seconds(found, "test") == [[340, 400, 50, 0]]


# -- minimum duration (E7)


def test_minimum_durations():
    reference, test = af((400, 410), (500, 600)), af((405, 415), (500, 514), (520, 600))
    assert counts(compare(reference, test)) == (2, 0, 3, 0)
    found = compare(reference, test, min_duration=15)
    assert counts(found) == (1, 0, 1, 0)
    assert seconds(found) == [[500, 600, 100, 94]]  # short ones still overlap
    found = compare(reference, test, min_overlap_duration=15)
    assert counts(found) == (1, 0, 1, 0)
    assert seconds(found) == [[500, 600, 100, 80]]
    assert not found.standard


# -- rounding (E8)


def test_percentages_are_rounded_half_up_and_times_to_milliseconds():
    line = compare(af((400, 408)), af((407, 420))).to_line()
    assert (line["DSe"], line["D+P"]) == (13, 8)  # 1/8 and 1/13
    assert (line["ref_duration"], line["test_duration"]) == ("0:08.000", "0:13.000")
    long = compare(af((400, 4300)), af(), n_samples=5000 * FS).to_line()
    assert (long["ref_duration"], long["test_duration"]) == ("1:05:00.000", "0.000")
    assert (long["ESe"], long["E+P"]) == (0, None)


# -- ST episodes (S1 to S4)


def test_st_episodes_of_each_signal_and_of_both():
    marks = st(
        (400, "(ST0+"),
        (410, "(ST1-"),
        (430, "ST0+)"),
        (450, "ST1-)"),
        (500, "(ST1+"),
        (510, "ST1"),
    )
    for kind, episodes in (
        ("ST0", [(400, 430)]),
        ("ST1", [(410, 450), (500, 510)]),
        ("ST", [(400, 450), (500, 510)]),
    ):
        found = seconds(compare(marks, st(), kind=kind))
        assert [tuple(row[:2]) for row in found] == episodes


def test_other_symbols_are_not_st_marks():
    marks = annotate((400, "T", "(ST0+"), (410, "+", "(ST0+"), (420, "s", "(T0+"))
    assert counts(compare(marks, marks, kind="ST")) == (0, 0, 0, 0)


def test_an_st_episode_is_matched_from_half_of_it_on():
    marks = st((400, "(ST0+"), (500, "ST0+)"))
    for end, expected in ((450, (1, 0, 1, 0)), (449, (0, 1, 1, 0))):
        found = compare(marks, st((400, "(ST0+"), (end, "ST0+)")), kind="ST0")
        assert counts(found) == expected
        assert seconds(found)[0][3] == end - 400  # an unmatched one adds to the overlap, too


@pytest.mark.parametrize(
    ("extremum", "matched"), [(410, True), (420, True), (409, False), (421, False)]
)
def test_an_st_episode_is_matched_if_its_extremum_is_in_the_overlap(extremum, matched):
    marks = st((400, "(ST0+"), (extremum, "AST0+200"), (500, "ST0+)"))
    test = st((410, "(ST0+"), (420, "ST0+)"))
    assert counts(compare(marks, test, kind="ST0"))[0] == matched
    assert counts(compare(marks, test, kind="ST"))[0] == matched


def test_the_last_extremum_counts():
    marks = st((400, "(ST0+"), (415, "AST0+200"), (450, "AST0+200"), (500, "ST0+)"))
    test = st((410, "(ST0+"), (420, "ST0+)"))
    assert counts(compare(marks, test, kind="ST0")) == (0, 1, 1, 0)


@pytest.mark.parametrize(("extremum", "matched"), [(300, False), (300.01, True)])
def test_an_extremum_at_the_start_of_the_period_does_not_count(extremum, matched):
    marks = st((250, "(ST0+"), (extremum, "AST0+200"), (400, "ST0+)"))
    test = st((250, "(ST0+"), (310, "ST0+)"))
    assert counts(compare(marks, test, kind="ST0"))[0] == matched


def test_no_extremum_counts_without_an_end_by_a_fault():
    marks = st((400, "(ST0+"), (415, "AST0+200"), (500, "ST0+)"))
    test = st((410, "(ST0+"), (420, "ST0+)"))
    for faults in (True, False):
        found = compare(marks, test, kind="ST0", stop=math.inf, reference_faults=faults)
        assert counts(found)[0] == (not faults)


def test_texts_without_number_are_episodes_of_both_signals():
    marks = st((400, "(ST-"), (450, "AST-150"), (500, "ST-)"))
    assert counts(compare(marks, marks, kind="ST")) == (1, 0, 1, 0)
    assert counts(compare(marks, marks, kind="ST0")) == (0, 0, 0, 0)


# -- ST measurements (S5)


def beats(*values):
    """Make beats of (seconds, text)."""
    return annotate(*((at, "N", text) for at, text in values))


def rows(reference, test, kind="ST", **options):
    table = compare(reference, test, kind=kind, **options).measurements
    return table[["signal", "reference", "test", "flagged"]].to_numpy().tolist()


def test_measurements_are_those_of_the_nearest_beat_and_ties_of_the_later():
    test = beats((400, "10 20"), (410, "30"), (420, ""), (430, "-5 -6"))
    for at, value in ((402, 10), (405, 30), (414, 30), (416, 30), (500, -5)):
        assert rows(st((at, "AST0+100")), test) == [[0, 100, value, value == -5]]
    assert rows(st((414, "AST1-20")), test) == [[1, -20, 20, False]]  # kept


def test_differences_of_more_than_100_are_flagged():
    test = beats((400, "0"))
    for value, flagged in ((100, False), (101, True), (-101, True)):
        assert rows(st((400, f"AST0{value:+d}")), test) == [[0, value, 0, flagged]]


def test_marks_without_number_are_of_signal_0_and_other_numbers_ignored():
    assert rows(st((400, "AST-150"), (410, "AST2+100")), beats()) == [[0, -150, 0, True]]
    assert rows(st((400, "AST-150"), (410, "AST1")), beats(), "ST1") == [[1, 0, 0, False]]


def test_only_beats_have_measurements():
    test = annotate((400, "+", "99"), (401, "!", "7 8"), (402, "x", "99"))
    assert rows(st((400, "AST0+10")), test) == [[0, 10, 7, False]]


def test_a_beat_that_was_read_is_not_looked_at_again_by_a_fault():
    test = beats((400, "1"), (410, "2"), (420, "3"))
    marks = st((408, "AST0+1"), (409, "AST0+1"))
    assert [row[2] for row in rows(marks, test)] == [2, 2]
    marks = st((408, "AST0+1"), (409, "AST0+1"), (411, "AST0+1"))
    assert [row[2] for row in rows(marks, test)] == [2, 2, 3]
    marks = st((408, "AST0+1"), (409, "AST0+1"), (410.5, "AST0+1"))
    assert [row[2] for row in rows(marks, test, reference_faults=False)] == [2, 2, 2]


def test_measurements_include_the_learning_period_by_a_fault():
    marks, test = st((100, "AST0+1"), (400, "AST0+2")), beats((100, "5"))
    assert [row[1] for row in rows(marks, test)] == [1, 2]
    assert [row[1] for row in rows(marks, test, reference_faults=False)] == [2]


# -- results and parameters


def test_results_as_text_and_json():
    found = compare(af((400, 500)), af((450, 550)))
    assert "episode Se" in str(found)
    assert "0:50.000/1:40.000" in str(found)
    assert "duration Se" in found._repr_html_()
    assert repr(found).startswith("<EpisodeComparison of AF: episode Se 100.00")
    data = json.loads(json.dumps(found.to_dict()))
    assert data["statistics"]["duration_se"] == {
        "value": 0.5,
        "numerator": 50.0,
        "denominator": 100.0,
    }
    assert len(data["episodes"]) == 2
    assert "episodes" not in found.to_dict(episodes=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "AFL"}, "'kind' parameter of compare_episodes must be"),
        ({"min_duration": -1}, "'min_duration' parameter of compare_episodes must be"),
        ({"stop": 200}, "'stop' parameter of compare_episodes must be more than start"),
        ({"start": -1}, "'start' parameter of compare_episodes must be"),
    ],
)
def test_invalid_parameters_raise(options, message):
    with pytest.raises(ValueError, match=message):
        compare(af(), af(), **options)


# -- the reference program


@pytest.mark.records
@pytest.mark.filterwarnings("ignore:.*compares no episode")
@pytest.mark.parametrize("folder", cases("epi"), ids=case_name)
def test_episodes_equal_those_of_the_reference_program(folder):
    expected = json.loads((folder / "expected.json").read_text())
    options = expected["options"]
    pair = [read_annotations(folder / expected["record"], name) for name in ("atr", "test")]
    minimum = "min_overlap_duration" if options["min_length_in_overlap"] else "min_duration"
    for kind, result in expected["results"].items():
        found = compare_episodes(
            *pair,
            kind=kind,
            fs=expected["fs"],
            n_samples=expected["n_samples"],
            start=options["start_s"],
            stop=options["end_s"],
            exclude_flutter=options["exclude_afl"],
            **{minimum: options["min_length_s"]},
        )
        assert found.to_line() == {k: v for k, v in result["line"].items() if k != "record"}
        for name, key in (
            ("duration Se", "duration_sensitivity"),
            ("duration +P", "duration_positive_predictivity"),
        ):
            parts = found.statistics.loc[name, ["numerator", "denominator"]]
            wanted = [result[key]["overlap_s"], result[key]["duration_s"]]
            assert_allclose([part / found.fs for part in parts], wanted, atol=6e-4)
        listed = [
            [f"{int(row.time) // 60}:{int(row.time) % 60:02}", *row[2:]]
            for row in found.measurements.itertuples()
        ]
        assert listed == [list(row.values()) for row in result.get("measurements", [])]


# -- the rules read one after the other


def _random_annotations(rng):
    texts = {
        "+": ["(AFIB", "(N", "(AFL", "(AFIB2"],
        "s": ["(ST0+", "AST0+150", "ST0+)", "AST0-20", "(ST1+", "ST1"],
        "N": ["", "5", "-30 2", "120", "x"],
    }
    symbols = rng.choice(["+", "s", "N", "[", "]"], size=40)
    at = np.sort(rng.integers(0, 130, 40)) * 10
    return [
        (int(t), str(symbol), str(rng.choice(texts.get(symbol, [""]))))
        for t, symbol in zip(at, symbols, strict=True)
    ]


@pytest.mark.parametrize("seed", range(60))
def test_random_episodes_equal_the_rules_read_in_order(seed):
    rng = np.random.default_rng(seed)
    pair = [_random_annotations(rng) for _ in range(2)]
    columns = [annotate(*((t / FS, symbol, text) for t, symbol, text in one)) for one in pair]
    start, end = 300, 1100
    for kind, excluded in (
        ("AF", ()),
        ("AF", flutter(pair[0], start, end)),
        ("VF", ()),
        ("ST0", ()),
    ):
        found = compare_episodes(
            *columns, kind=kind, fs=FS, n_samples=end, start=3, exclude_flutter=bool(excluded)
        )
        for name, (a, b), out in (
            ("reference", pair, ()),
            ("test", pair[::-1], excluded),
        ):
            rows = found.episodes[found.episodes["annotator"] == name]
            samples = (rows[["start", "end", "duration", "overlap"]] * FS).round().to_numpy()
            listed = [
                [*map(int, row), matched]
                for row, matched in zip(samples, rows["matched"], strict=True)
            ]
            assert listed == count_in_order(a, b, kind, start, end, out)
    assert found.measurements["test"].tolist() == measure_in_order(*pair)
