"""The HTML page of a report: its contents, and that it needs no other file."""

import re
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.report._page import inline_svg, tag

from .._browser import Page

EVIL = "<script>alert('x')</script>"


class SimpleOverlap(SimpleNamespace):
    """An overlap with a text of its own."""

    def __init__(self, text, found):
        super().__init__(text=text, found=found)

    def __str__(self):
        return self.text


def make_report(**options):
    """A hundred beats of twelve subjects, so that metrics can be checked by hand."""
    y_true = ["N"] * 90 + ["S"] * 4 + ["V"] * 6
    y_pred = ["N"] * 86 + ["V"] * 4 + ["S"] + ["N"] * 3 + ["V"] * 5 + ["N"]
    groups = [f"p{i % 12:02d}" for i in range(100)]
    return skecg.beat_report(y_true, y_pred, groups=groups, **options)


def cells(page, text):
    """Rows of the table with this caption, as lists of texts."""
    table = next(t for t in re.findall(r"<table.*?</table>", page, re.S) if text in t)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
    found = [re.findall(r"<t[hd].*?</t[hd]>", row, re.S) for row in rows]
    return [[Page(cell).text.replace("\u00a0", " ") for cell in row] for row in found]


def test_page_is_whole_and_loads_nothing():
    parsed = Page(make_report().to_html())
    assert parsed.faults == []
    assert parsed.loads == []
    assert not [name for name, _ in parsed.elements if name in ("script", "link", "iframe")]


def test_page_has_headings_captions_and_scopes():
    parsed = Page(make_report().to_html(title="Twelve people"))
    names = [name for name, _ in parsed.elements]
    assert names.count("h1") == 1 and names.count("main") == 1
    assert names.count("table") == names.count("caption") == 4
    assert all("scope" in given for name, given in parsed.elements if name == "th")
    assert {link for link in parsed.links if link.startswith("#")} <= {f"#{i}" for i in parsed.ids}
    assert "Twelve people" in parsed.text


def test_metrics_by_class_are_those_of_the_report():
    report = make_report()
    head, *rows = cells(report.to_html(), "Metrics of each class")
    assert head[:5] == ["Class", "Se", "Sp", "+P", "F1"]
    # V: 5 of 6 found, 5 of 9 correct
    assert [rows[2][i] for i in (0, 1, 3)] == [
        "V",
        "83.3 % 40.0 to 100.0",
        "55.6 % 25.0 to 85.7",
    ]
    assert rows[2][-5:] == ["6", "6*", "5", "4", "1"]
    low, high = report.intervals.loc[("V", "Se"), ["low", "high"]]
    assert (round(100 * low, 1), round(100 * high, 1)) == (40.0, 100.0)


def test_confusion_matrix_is_that_of_the_report():
    *_, n, s, v = cells(make_report().to_html(), "Rows reference")
    assert n == ["N", "86 95.6 %", "0", "4 4.4 %", "90"]
    assert s == ["S", "3 75.0 %", "1 25.0 %", "0", "4"]
    assert v == ["V", "1 16.7 %", "0", "5 83.3 %", "6"]


def test_metrics_over_all_classes_are_those_of_the_report():
    _, *rows = cells(make_report().to_html(), "Metrics over all classes")
    found = {row[0].split("  ")[0]: row[1:] for row in rows}
    accuracy = next(value for name, value in found.items() if name.startswith("accuracy"))
    kappa = next(value for name, value in found.items() if name.startswith("kappa"))
    assert accuracy == ["92.00 % 87.25 to 96.00"]
    assert kappa == ["0.566 0.236 to 0.800"]


def test_summary_compares_accuracy_with_that_of_a_constant_prediction():
    text = Page(make_report().to_html()).text.replace("\u00a0", " ")
    assert "accuracy 92.0 % [87.3 to 96.0]" in text
    assert "predicting N for every beat would reach 90.0 %" in text


def test_worst_subjects_come_first():
    report = make_report()
    assert report.per_subject["errors"].tolist() == [2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert report.per_subject["share"].sum() == pytest.approx(1)
    _, first, *others = cells(report.to_html(), "Subjects with most errors")
    assert first == ["p03", "9", "2", "77.8 %", "25.0 %", "N predicted as V: 1"]
    assert len(others) == 6


def test_subject_without_errors_has_no_most_frequent_one():
    report = skecg.beat_report(["N", "V"], ["N", "V"], groups=["a", "b"])
    assert report.per_subject[["y_true", "y_pred"]].isna().all(axis=None)
    assert "No beat of the 2 subjects was misclassified" in report.to_html()


def test_report_of_one_label_has_a_page():
    report = skecg.beat_report(["N", "N"], ["N", "N"], groups=["a", "b"])
    assert Page(report.to_html()).faults == []


@pytest.mark.parametrize("groups", [None, ["a"] * 3])
def test_page_without_intervals_has_no_interval(groups):
    report = skecg.beat_report(["N", "N", "V"], ["N", "V", "V"], groups=groups)
    page = report.to_html()
    assert Page(page).faults == []
    assert "bootstrap" not in page
    assert ("Errors by subject" in page) == (groups is not None)


def test_numbers_as_labels_have_a_page():
    assert Page(skecg.beat_report([0, 1, 1], [0, 1, 0]).to_html()).faults == []


def test_all_text_that_comes_in_is_escaped():
    report = skecg.beat_report([EVIL, "N"], ["N", EVIL], groups=[EVIL, "<b>"])
    excluded = pd.DataFrame({"record": [EVIL], "reason": [EVIL], "count": [0]})
    page = report.to_html(
        title=EVIL,
        metadata={EVIL: EVIL},
        figures={EVIL: plt.figure()},
        overlap=SimpleOverlap(EVIL, None),
        excluded=excluded,
        provenance=skecg.Provenance({EVIL: [EVIL]}, {EVIL: EVIL}, warnings=(EVIL,)),
    )
    assert "<script" not in page and "<b>x" not in page
    parsed = Page(page)
    assert parsed.faults == []
    assert parsed.text.count(EVIL) >= 12


def test_page_has_metadata_overlap_exclusions_and_warnings():
    train = skecg.load_simulated(3, duration=30.0, random_state=0)
    excluded = pd.DataFrame({"record": ["a", "b"], "reason": "no lead V5", "count": [3, 4]})
    page = make_report().to_html(
        metadata={"Model": "rnn.skecg"},
        overlap=skecg.leak_report(train, train),
        excluded=excluded,
        provenance=skecg.Provenance(warnings=("Record a is short.",)),
    )
    text = Page(page).text
    for words in ("rnn.skecg", "share people, recordings or rows", "1 warning during the run"):
        assert words in text
    assert "Record a is short." in text and "Overlap of" in text
    assert cells(page, "Excluded beats by reason")[1] == ["no lead V5", "7", "2: a, b"]


def test_page_without_overlap_warns_that_it_is_unknown():
    assert "Training and test data were not compared" in make_report().to_html()


def summary(page):
    """Return the text before the cards of the classes."""
    text = Page(page).text.replace("\u00a0", " ")
    return text[text.rindex("Summary") : text.index(" N ", text.rindex("Summary"))]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            [True, False],
            "The test data share people, recordings or rows with those of",
        ),
        ([False, False], "None of the test subjects was in the training data, compared by name."),
        ([False, None], "The training subjects are unknown."),
        ([], "The training subjects are unknown."),
    ],
)
def test_summary_begins_with_the_overlap_of_training_and_test(found, words):
    overlap = {str(i): SimpleOverlap("compared", one) for i, one in enumerate(found)}
    assert words in summary(make_report().to_html(overlap=overlap))


def test_page_of_one_subject_warns_that_results_do_not_hold_for_others():
    page = skecg.beat_report(["N", "V"], ["N", "N"], groups=["a", "a"]).to_html()
    assert "One subject. Results on one person do not hold for others" in summary(page)
    assert "too narrow" not in page  # there is no interval


def test_page_without_subjects_warns_that_there_are_no_intervals():
    page = skecg.beat_report(["N", "V"], ["N", "N"]).to_html()
    assert "No intervals. Subjects are unknown" in summary(page)


def test_cards_explain_undefined_metrics():
    y_true, y_pred = ["N", "N", "S", "S"], ["N", "V", "N", "N"]
    report = skecg.beat_report(y_true, y_pred, labels=["N", "S", "V", "F"], groups=list("abcc"))
    text = Page(report.to_html()).text.replace("\u00a0", " ")
    assert "2 beats of 1 subject* 0.0 % of its beats found one subject: no interval" in text
    assert "No beat predicted as S." in text
    assert "No reference beats. 1 beat predicted as V." in text


def test_cards_count_predictions_that_ec57_ignores():
    report = skecg.beat_report(["V", "F", "Q", "Q"], ["N", "V", "S", "S"], false_positives="ec57")
    text = Page(report.to_html()).text.replace("\u00a0", " ")
    assert "1 beat predicted as V, none counted as false positives under EC57." in text
    assert "No reference beats. 2 beats predicted as S." in text
    assert "No beat predicted as F." in text and "No beat predicted as V" not in text


def test_rule_of_ec57_is_named_and_its_cells_marked():
    report = skecg.beat_report(["V", "F", "N"], ["V", "V", "N"], false_positives="ec57")
    page = report.to_html()
    assert 'class="ignored"' in page and "not counted as false positives" in page
    assert 'class="ignored"' not in make_report().to_html()


def test_databases_of_the_subjects_are_cited():
    report = skecg.beat_report(["N", "V"], ["N", "N"], groups=["mitdb:100", "edb:e0103"])
    text = Page(report.to_html()).text
    assert "Moody GB, Mark RG" in text and "Taddei A" in text and "PhysioNet" in text
    assert "Greenwald" not in text


def test_page_warns_of_simulated_subjects():
    report = skecg.beat_report(["N", "V"], ["N", "N"], groups=["simulated:a", "simulated:b"])
    text = Page(report.to_html()).text
    assert "the metrics do not hold for patients" in text
    assert "as its page asks" not in text


@pytest.fixture(scope="module")
def illustrated():
    """A page with all figures of predictions."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"subject": list("aabb") * 2, "y_true": list("NNSV") * 2})
    proba = pd.DataFrame(rng.dirichlet([1, 1, 1], 8), columns=["p_N", "p_S", "p_V"])
    table["y_pred"] = proba.idxmax(axis=1).str[2:]
    layout = skecg.BeatLayout(30, leads=2)
    X = rng.normal(size=(8, 60))
    figures = skecg.plot_predictions(table.join(proba), X, layout=layout, fs=100)
    return make_report().to_html(figures=figures)


def test_page_shows_figures_with_descriptions(illustrated):
    parsed = Page(illustrated)
    assert parsed.faults == []
    drawn = [g for name, g in parsed.elements if name == "svg" and g.get("role") == "img"]
    assert len(drawn) == 7  # the confusion matrix is a table already
    assert all(len(given["aria-label"]) > 20 for given in drawn)
    assert all(one.startswith("#p") and one[1:] in parsed.ids for one in parsed.loads)


def test_dark_page_defines_all_colours_of_figures(illustrated):
    style, _, body = illustrated.partition("<body")
    used = set(re.findall(r"var\((--c-[0-9a-f]{6})", body))
    assert len(used) > 5 and used <= set(re.findall(r"(--c-[0-9a-f]{6}):", style))


def test_own_figures_keep_their_colours():
    figure, ax = plt.subplots()
    ax.plot([0, 1], color="#123456")
    page = make_report().to_html(figures={"Mine": figure})
    assert "Mine" in page and "stroke: #123456" in page
    assert "var(--c-" not in page.partition("<body")[2]


def test_svg_is_the_same_each_time_and_names_have_the_prefix():
    figure, ax = plt.subplots()
    ax.plot([0, 1], marker="o")
    first, again = (inline_svg(figure, "a", "A line", themed=True) for _ in range(2))
    assert first == again
    ids = re.findall(r' id="([^"]+)"', first)
    assert len(ids) == len(set(ids)) and all(name.startswith("a-") for name in ids)
    assert set(re.findall(r"#([\w.]+-[\w-]+)", first)) <= set(ids)


def test_tag_escapes_text_and_attributes():
    assert tag("p", "a & b", title='"<') == '<p title="&quot;&lt;">a &amp; b</p>'


def test_page_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "report.html"
    assert make_report().to_html(path) is None
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        make_report().to_html(tmp_path / "no" / "report.html")


@pytest.mark.parametrize(
    ("figures", "words"),
    [([1], "must be a mapping of titles"), ({"one": 1}, "Got int for 'one' instead")],
)
def test_invalid_figures_raise(figures, words):
    with pytest.raises(TypeError, match=words):
        make_report().to_html(figures=figures)


def test_errors_of_very_many_subjects_are_counted_alike(monkeypatch):
    """Counts of many subjects are kept in a sparse array."""
    expected = make_report().per_subject
    monkeypatch.setattr("skecg.metrics._bootstrap.DENSE_CELLS", 0)
    pd.testing.assert_frame_equal(make_report().per_subject, expected)
