"""The page of a comparison by EC57."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import skecg
from skecg import compare_records, comparison_page

from .._browser import VIEWS

FS = 100
LENGTH = 900 * FS


def annotations(beats, *marks):
    """Make a beat each second from 400 s on, and marks (second, symbol, text) among them."""
    rows = [((400 + i) * FS, symbol, "") for i, symbol in enumerate(beats)]
    rows += [(second * FS, symbol, text) for second, symbol, text in marks]
    rows.sort(key=lambda row: row[0])
    sample, symbol, texts = (list(column) for column in zip(*rows, strict=True))
    return sample, symbol, [0] * len(rows), texts


AF = [(500, "+", "(AFIB"), (520, "+", "(N")]
ST = [(700, "s", "(ST0+"), (710, "s", "AST0+200"), (720, "s", "ST0+)")]
RATES = [(600, "=", "60"), (660, "=", "80")]
REFERENCE = {
    "a": annotations("NNVVNVVVNAAN", *AF, *ST, *RATES),
    "<b>": annotations("NNVVNVVVNAAN"),
}
TEST = {
    "a": annotations("NNVVNVVNNAAN", (510, "+", "(AFIB"), AF[1], (600, "=", "63"), RATES[1]),
    "<b>": annotations("NNVVNVVVNAAN"),
}


@pytest.fixture(scope="module")
def comparison():
    return compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH)


@pytest.fixture(scope="module")
def page(comparison):
    return comparison_page(
        comparison,
        metadata={"Test": "a <model>"},
        provenance=skecg.Provenance({"stop": None}, {"skecg": "1.2"}, "skecg compare", ("Odd.",)),
    )


class Reader(HTMLParser):
    """Tables of a page by caption, as rows of texts, and the headings."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.headings, self.tags = {}, [], set()
        self.caption, self.cell, self.rows, self.heading = None, None, [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "caption":
            self.caption, self.rows = "", []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = ""
        elif tag == "h2":
            self.heading = ""

    def handle_endtag(self, tag):
        if tag == "caption":
            self.title, self.caption = self.caption, None
        elif tag in ("td", "th"):
            self.rows[-1].append(self.cell)
            self.cell = None
        elif tag == "table":
            self.tables.setdefault(self.title, []).append(self.rows)
        elif tag == "h2":
            self.headings.append(self.heading)
            self.heading = None

    def handle_data(self, data):
        for name in ("caption", "cell", "heading"):
            if getattr(self, name) is not None:
                setattr(self, name, getattr(self, name) + data)


def test_it_has_a_section_of_each_part(page):
    assert Reader(page).headings == [
        "Summary",
        "Beats",
        "Runs of ectopic beats",
        "Episodes",
        "Heart rate",
        "Discrepancies by record",
        "Warnings",
        "Differences from the rules",
        "Methods and versions",
    ]


def test_it_needs_no_other_file_and_no_script(page):
    assert "script" not in Reader(page).tags
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "a &lt;model&gt;" in page and "<b>&lt;b&gt;</b>" not in page


def test_summary_has_gross_and_average(page):
    (rows,) = Reader(page).tables["Gross and average statistics, in percent."]
    found = {row[0]: row[1:] for row in rows}
    assert found["QRS"] == ["24", "100.00", "100.00", "100.00", "100.00"]
    assert found["VE short runs"] == ["2", "50", "50", "100", "100"]
    assert found["AF duration"] == ["0:20.000", "50", "50", "100", "100"]
    assert "VF episodes" not in found


def test_tables_have_the_printed_numbers(page, comparison):
    tables = Reader(page).tables
    ve, _ = tables["Runs by record; Se and +P in percent."]
    texts = comparison.report_tables["ve_runs"].texts()
    assert {row[0]: row[1:] for row in ve[2:]} == texts
    assert ve[0] == ["", "couplets", "short runs", "long runs"]
    af, *_ = tables["Episodes and durations by record; Se and +P in percent."]
    assert [row[0] for row in af] == ["", "Record", "a", "Gross", "Average"]
    assert "Without any, in reference and test: 1 record (&lt;b&gt;)." in page
    assert "No episode of ischemic ST, signal 1 in reference or test." in page
    assert "ST deviation at 1 extremum" in page


def test_matrices_are_sums_over_records(page, comparison):
    tables = Reader(page).tables
    (beats,) = [rows for title, (rows, *_) in tables.items() if title.startswith("Beats of all")]
    assert beats[2][:2] == ["N", str(comparison.matrix.loc["N", "N"])]
    (se,) = [found for title, found in tables.items() if title.startswith("Se: each run")]
    ve = np.array([row[2:] for row in se[0][3:]], dtype=int)
    expected = sum(one.ve.sensitivity.to_numpy() for one in comparison.runs.values())
    assert (ve == expected[1:, 1:]).all()


def test_discrepancies_are_listed_by_record_and_folded(page):
    assert page.count("<details>") == 1  # the other one agrees
    tables = Reader(page).tables
    (beats,) = tables["Beats of a"]
    assert beats[1] == ["6:47.000", "V", "V", "N", "N"]
    (episodes,) = tables["Episodes of a"]
    assert episodes[1] == ["11:40.000", "ST", "reference", "12:00.000", "0:20.000", "0:00.000"]
    (runs,) = tables["VE runs of a"]
    assert runs[1] == ["6:44.850", "6:47.150", "Se", "3", "2"]
    (rates,) = tables["Heart rates of a"]
    assert rates[1] == ["10:00.000", "60", "63"]
    same = comparison_page(compare_records(TEST, TEST, fs=FS, n_samples=LENGTH))
    assert "<details" not in same and "Reference and test agree" in same


def test_long_lists_are_cut():
    reference, test = annotations("N" * 150), annotations("V" * 150)
    page = comparison_page(compare_records({"a": (reference, test)}, fs=FS, parts="beats"))
    (rows,) = Reader(page).tables["Beats of a, the first 100 of 150"]
    assert len(rows) == 101


def test_what_was_not_compared_is_said():
    pairs = {"a": (REFERENCE["a"], TEST["a"]), "short": (([100], ["N"]), ([100], ["N"]))}
    with pytest.warns(UserWarning, match="Excluded"):
        found = compare_records(pairs, fs=FS, on_error="warn", window=0.1)
    page = comparison_page(found)
    assert "1 record excluded." in page and "Not by the standard." in page
    assert "Episodes of 1 record (a): the length of the recording is unknown" in page
    assert "No episode of atrial fibrillation was compared." in page


def test_a_record_with_beats_of_the_test_only_keeps_its_row():
    beats = ([108400, 108700], ["N", "V"])
    pairs = {"extra": (([], []), beats), "none": (([], []), ([], []))}
    comparison = compare_records(pairs, parts="beats", fs=360, n_samples=360 * 400)
    page = comparison_page(comparison)
    assert "1 record (none)" in page and 'scope="row">extra<' in page
    assert "Gross and average statistics" in page


def test_faults_are_listed_if_they_are_included(comparison):
    assert "Sums are divided by the number of measurements" in comparison_page(comparison)
    rules = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, reference_faults=False)
    text = comparison_page(rules)
    assert "Sums are divided" not in text and "without the known faults" in text


def test_shutdowns_and_parts_without_beats():
    shutdown = ([40000, 40070, 40230, 40300], ["N", "~", "~", "N"], [0, 0x33, 0, 0])
    found = compare_records({"a": (annotations("NNNN"), shutdown)}, fs=FS, parts="beats")
    page = comparison_page(found)
    assert "Beats missed in shutdowns" in page and "Gross shares are halved" in page
    for part in ("runs", "episodes", "heart_rate"):
        one = compare_records(REFERENCE, TEST, fs=FS, n_samples=LENGTH, parts=[part])
        assert "Matrix of all beats" not in comparison_page(one)
    none = {"b": (REFERENCE["<b>"], TEST["<b>"])}
    empty = compare_records(none, fs=FS, n_samples=LENGTH, parts="heart_rate")
    assert "No record has measurements" in comparison_page(empty)
    early = ([100], ["N"])
    runs = compare_records({"a": (early, early)}, fs=FS, n_samples=LENGTH, parts="runs")
    assert "No run was compared." in comparison_page(runs)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_page_reads_at_each_width_in_each_scheme(chromium, page, tmp_path, width, scheme):
    path = tmp_path / "page.html"
    path.write_text(page.replace("<details>", "<details open>"), encoding="utf-8")
    look = chromium.show(path, width, scheme)
    assert look.faults() == [] and look.requests == []
    assert look.contrast > 7
