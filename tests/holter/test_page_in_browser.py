"""The page of an annotated recording, opened in a browser."""

import datetime

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.annotated import AnnotatedRecord

from .._browser import LAPTOP

pytestmark = pytest.mark.browser
A4 = 688  # CSS pixels between the margins of a printed page
LEAD = "a lead with a long name"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a simulated recording of an hour, with a stretch without leads."""
    record = skecg.simulate_record(
        3600, random_state=0, name="a-recording-with-quite-a-long-name", leads=["II", "V5"]
    )
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(len(record.symbol), 4))
    symbol = np.where(np.isin(record.symbol, list("NSVF")), record.symbol, "N")
    scores[np.arange(len(symbol)), ["NSVF".index(one) for one in symbol]] += 4
    proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    beats = pd.DataFrame({"sample": record.sample, "symbol": symbol, "leads": "V5"})
    beats = beats.join(pd.DataFrame(proba, columns=["p_N", "p_S", "p_V", "p_F"]))
    quality = [(10_000, 50_000, "", "unusable"), (60_000, 90_000, "V5", "noisy")]

    def reader(start, stop):
        span = slice(round(start * record.fs), round(stop * record.fs))
        return skecg.ECGRecord(record.signal[span], record.fs, record.lead_names)

    found = AnnotatedRecord(
        record.name,
        "x" * 60,
        record.fs,
        record.n_samples,
        (LEAD, "V5"),
        datetime.datetime(2026, 3, 1, 21, 15),
        ("a comment " * 30, "y" * 120),
        beats,
        pd.DataFrame(quality, columns=["start", "stop", "lead", "state"]),
        pd.DataFrame({"reason": ["window reaches beyond the recording"], "count": [2]}),
        reader,
    )
    summary = skecg.holter_summary(found, performance="lstm")
    path = tmp_path_factory.mktemp("page") / "recording.html"
    path.write_text(skecg.holter_page(found, summary), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [375, 1280, LAPTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_reads_at_each_width(chromium, page, width, scheme):
    look = chromium.show(page, width, scheme)
    assert look.faults() == []
    assert look.requests == []
    assert look.contrast > 7
    assert look.paper == (255, 255, 255)


def test_figures_are_on_the_first_screen_of_a_phone(chromium, page):
    chromium.show(page, 375)
    top = chromium.evaluate("document.querySelector('.cards').getBoundingClientRect().top")
    assert top < 500
    letters = """[...document.querySelectorAll(".event .beat, .event .lead, .doubt .beat")].map(
        e => e.getBoundingClientRect().height)"""
    assert min(chromium.evaluate(letters)) >= 10  # pixels


@pytest.mark.parametrize("width", [375, 1280])
def test_words_of_the_page_do_not_overlap(chromium, page, width):
    chromium.show(page, width)
    overlaps = """(() => {
      const found = [];
      for (const group of ["h2, h3, p, table, figure, .track, .callout, .facts", ".times span",
                           ".cards li"]) {
        const boxes = [...document.querySelectorAll(group)].filter(e => e.offsetParent)
          .map(e => [e, e.getBoundingClientRect()]);
        for (const [a, p] of boxes) for (const [b, q] of boxes)
          if (a !== b && !a.contains(b) && !b.contains(a) && p.left < q.right - 1 &&
              q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1)
            found.push(a.outerHTML.slice(0, 60) + " | " + b.outerHTML.slice(0, 60));
      }
      return found.slice(0, 4);
    })()"""
    assert chromium.evaluate(overlaps) == []


def test_strips_are_to_scale_in_print(chromium, page, tmp_path):
    chromium.show(page, A4)
    chromium.media(kind="print")
    widths = """[...document.querySelectorAll(".event .strip")].map(s =>
        s.getBoundingClientRect().width / s.viewBox.baseVal.width * 10)"""
    mm = np.array(chromium.evaluate(widths)) / 96 * 25.4  # of ten units, which are one
    np.testing.assert_allclose(mm, 1.0, rtol=0.01)
    cut = """[...document.querySelectorAll("figure, .track, tr")]
        .filter(e => getComputedStyle(e).breakInside !== "avoid" && !e.closest(".hours")).length"""
    assert chromium.evaluate(cut) == 0
    chromium.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
