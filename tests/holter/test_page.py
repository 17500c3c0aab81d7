"""The page of recordings whose beats are written out."""

import base64
import dataclasses
import datetime
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.display import _style
from skecg.holter._page import holter_page
from skecg.holter._svg import COLORS, INKS, polyline

from .._browser import Page
from ._annotated import annotated

START = datetime.datetime(2026, 3, 1, 21, 59, 0)
SECTIONS = "summary overview ectopy events review rhythm beats missing method".split()


def proba_of(symbols, top=0.9):
    """Return probabilities with the class on top."""
    rest = (1 - top) / 2
    return {c: [top if one == c else rest for one in symbols] for c in "NSV"}


def page_of(found, **options):
    return holter_page(found, skecg.holter_summary(found, **options))


@pytest.fixture(scope="module")
def symbols():
    return "NNVNNVVNNSNNVVVVNNN" * 6


@pytest.fixture(scope="module")
def page(symbols):
    proba = proba_of(symbols)
    for label in "NSV":
        proba[label][2] = 0.4 if label == "V" else 0.3
    rr = np.full(len(symbols) - 1, 0.8)
    rr[30] = 3.2
    quality = [(10, 20, "V5", "noisy"), (60, 64, "", "unusable")]
    found = annotated(
        symbols, rr, start=START, proba=proba, quality=quality, comments=("a comment",)
    )
    return page_of(found, performance="lstm")


def test_page_is_one_file_of_well_formed_html(page):
    found = Page(page)
    assert found.faults == []
    assert [one for one in found.loads if not one.startswith("data:")] == []
    assert "<script" not in page and "url(http" not in page
    assert set(SECTIONS) <= set(found.ids)
    links = [one[1:] for one in found.links if one.startswith("#")]
    assert set(links) <= set(found.ids)


def test_drawings_have_words_and_tables_have_headers(page):
    svgs = [ET.fromstring(one) for one in re.findall(r"<svg.*?</svg>", page, re.S)]
    assert len(svgs) > 12
    assert all(one.get("aria-hidden") or one.get("aria-label") for one in svgs)
    tables = re.findall(r"<table.*?</table>", page, re.S)
    assert all("<caption" in one and 'scope="col"' in one for one in tables)


def test_page_says_what_the_numbers_are_worth(page):
    text = Page(page).text
    assert "Likely true number" in text
    assert "of the errors" in text and "five folds by subject over 81 people" in text
    assert "not a medical device" in text
    assert "Longest pause" in text and "3.20 s" in text
    assert "no lead can be used" in text
    assert "The number of S beats is an estimate" in text


def test_without_known_performance_the_page_says_so(symbols):
    text = Page(page_of(annotated(symbols, proba=proba_of(symbols)))).text
    assert "from the probabilities only" in text
    assert "is not known for this model" in text
    bare = Page(page_of(annotated(symbols))).text
    assert "gives no probabilities" in bare


def test_list_to_review_is_in_the_page(page):
    data = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)[1]
    table = pd.read_csv(io.BytesIO(base64.b64decode(data)))
    assert table["record"].tolist() == ["by-hand"]
    assert table["symbol"].tolist() == ["V"] and table["p_V"].tolist() == [0.4]
    assert table["corrected"].isna().all()


@pytest.mark.parametrize(
    "symbols", ["", "N", "NN", "NNNNNN", "QQ", "VVVVV", "NQNFNQN", "SSSSSSSSSSSS"]
)
@pytest.mark.parametrize("start", [None, datetime.time(1, 2, 3), START])
def test_page_of_any_recording(symbols, start):
    found = annotated(symbols, 0.7, start=start, proba=proba_of(symbols))
    assert Page(page_of(found, performance="lstm")).faults == []


def test_leads_without_signal_and_a_recording_of_gaps():
    gaps = np.full((900, 2), np.nan, dtype=np.float32)
    found = annotated("NNVNNNN", quality=[(0, 8, "II", "missing"), (0, 9, "V5", "flat")])

    def reader(start, stop):
        return skecg.ECGRecord(gaps[round(start * 100) : round(stop * 100)], 100.0, ("II", "V5"))

    html = page_of(annotated("NNVNNNN", reader=reader))
    assert "nan" not in re.sub(r"<style.*?</style>", "", html, flags=re.S).lower().split()
    assert "II (missing)" in page_of(found)


def test_names_are_text():
    evil = "<script>alert(1)</script>"
    found = annotated(
        "NNVNN",
        name=evil,
        subject='"><img src=x onerror=alert(1)>',
        comments=("</dd><b>bold</b>\x1b[2J",),
        lead_names=("<i>II</i>", "a\"b'"),
        quality=[(0, 1, "<i>II</i>", "noisy")],
        skipped=pd.DataFrame({"reason": ["<u>why</u>"], "count": [1]}),
        proba=proba_of("NNVNN", 0.5),
    )
    html = page_of(found)
    assert Page(html).faults == []
    for one in ("<script", "<img", "<b>bold", "<i>II", "<u>why", "\x1b"):
        assert one not in html
    assert 'download="_script_alert_1_script_.review.csv"' in html


def test_long_recordings_are_read_in_pieces():
    n, reads = 60_000, []
    found = annotated("NNNNV" * (n // 5), 0.9, proba=proba_of("NNNNV" * (n // 5)))
    plain = found.reader

    def reader(start, stop):
        reads.append(stop - start)
        return plain(start, stop)

    found = annotated("NNNNV" * (n // 5), 0.9, reader=reader, proba=proba_of("NNNNV" * (n // 5)))
    html = page_of(found)
    assert len(html) < 1_000_000
    assert len(reads) < 150 and sum(reads) < 600 < found.duration
    reads.clear()
    # a table is read from its beginning each time
    assert page_of(dataclasses.replace(found, format="CSV")) == html
    assert reads == [found.duration]


def test_colours_are_those_of_all_figures():
    places = dict(zip("NSVFQ", _style.COLORS, strict=False))
    assert places == COLORS
    assert all(_contrast(one) > 4.5 for one in INKS.values())


def _contrast(color):
    """Return the contrast of a colour on white."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 1.05 / (np.dot(linear, [0.2126, 0.7152, 0.0722]) + 0.05)


def test_lines_keep_their_corners():
    x = np.arange(7)
    assert polyline(x, np.array([0, 1, 2, 3, 0, 0, 0])) == "M0 0l3 3 1 -3 2 0"
    assert polyline(x, np.full(7, np.nan)) == ""


def test_wrong_review_below():
    found = annotated("NN")
    with pytest.raises(ValueError, match="'review_below' parameter of holter_page"):
        holter_page(found, skecg.holter_summary(found), review_below=1.5)


def test_what_is_not_drawn_or_listed_is_said(monkeypatch):
    from skecg.holter import _page

    monkeypatch.setattr(_page, "MOST_LISTED", 2)
    found = annotated(
        "NNVN" * 3, lead_names=("I", "II", "III", "V1"), proba=proba_of("NNVN" * 3, top=0.6)
    )
    page = page_of(found)
    assert "Of 4 leads, only the first 3 are drawn" in page
    assert "The list as a file (the first 2 of 12 beats)" in page
    half_past = datetime.datetime(2026, 3, 1, 21, 59)
    assert "22:30 to 06:00" in page_of(
        dataclasses.replace(found, start=half_past), night=(22.5, 6)
    )
