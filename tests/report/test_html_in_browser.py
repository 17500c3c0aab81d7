"""The report as a page, opened in a browser."""

import numpy as np
import pandas as pd
import pytest

import skecg

from .._browser import LAPTOP, PHONE, VIEWS

pytestmark = pytest.mark.browser
A4 = 688  # CSS pixels between the margins of a printed page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a made-up model on made-up beats, with all figures."""
    rng = np.random.default_rng(0)
    labels = np.array(["N", "S", "V", "F", "Q"])
    truth = rng.choice(5, 600, p=[0.8, 0.06, 0.1, 0.03, 0.01])
    scores = rng.normal(size=(600, 5)) + 3 * np.eye(5)[truth]
    proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    table = pd.DataFrame({"record": "a-record-with-a-long-name", "sample": np.arange(600)})
    table["subject"] = rng.choice([f"edb:e0{100 + i}" for i in range(20)], 600)
    table["y_true"], table["y_pred"] = labels[truth], labels[proba.argmax(axis=1)]
    table = table.join(pd.DataFrame(proba, columns=[f"p_{label}" for label in labels]))
    path = tmp_path_factory.mktemp("page") / "report.html"
    skecg.BeatReport.from_table(table).to_html(
        path,
        title="A model with quite a long name on a database with quite a long name",
        metadata={"Command": "skecg evaluate " + "a-very-long-word/" * 20},
        figures=skecg.plot_predictions(table, rng.normal(size=(600, 50)), fs=250),
        provenance=skecg.Provenance(
            {"folders": ["x" * 120]}, warnings=("Something <b>is</b> odd.",)
        ),
    )
    return path


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_page_reads_at_each_width_in_each_scheme(chromium, page, width, scheme):
    look = chromium.show(page, width, scheme)
    assert look.faults() == []
    assert look.requests == []
    assert look.contrast > 7
    smallest = """Math.min(...[...document.querySelectorAll("p, td, th, dd, li, a, .small")]
        .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
    assert chromium.evaluate(smallest) >= 11


@pytest.mark.parametrize("width", [LAPTOP, PHONE])
def test_figures_are_drawn_as_wide_as_they_read(chromium, page, width):
    chromium.show(page, width)
    widths = chromium.evaluate(
        "[...document.querySelectorAll('.drawing svg')].map(s => s.getBoundingClientRect().width)"
    )
    assert len(widths) == 7 and min(widths) >= 330


def test_answer_is_on_the_first_screen_of_a_phone(chromium, page):
    """The contents are one line to push sideways, so that figures stand below the title."""
    chromium.show(page, PHONE)
    ask = "document.querySelector('{}').getBoundingClientRect().{}"
    assert chromium.evaluate(ask.format("nav", "height")) < 50
    assert chromium.evaluate(ask.format(".cards", "top")) < 800


def test_printed_figures_leave_room_for_others(chromium, page):
    """Two rows of small ones, or one and a large one, are on a page of 265 mm with a heading."""
    chromium.show(page, A4)
    chromium.media(kind="print")
    heights = chromium.evaluate(
        """["figure:not(.wide)", "figure.wide"].map(kind => Math.max(
            ...[...document.querySelectorAll(`.figures-of ${kind}`)].map(f => f.offsetHeight)))"""
    )
    small, wide = (height * 25.4 / 96 for height in heights)
    assert 2 * small < 255 and small + wide < 255


def test_figures_change_their_colours_with_the_scheme(chromium, page):
    ask = "getComputedStyle(document.querySelector('.drawing svg path')).fill"
    papers = []
    for scheme in ("light", "dark"):
        look = chromium.show(page, LAPTOP, scheme)
        papers.append(chromium.evaluate(ask))
        assert papers[-1] == "rgb({:.0f}, {:.0f}, {:.0f})".format(*look.paper)
    assert papers[0] != papers[1]


def test_links_lead_to_their_sections(chromium, page):
    chromium.show(page, PHONE)
    lost = """[...document.querySelectorAll("a[href^='#']")]
        .filter(a => !document.querySelector(a.getAttribute("href"))).length"""
    assert chromium.evaluate(lost) == 0


def test_printed_tables_are_not_cut(chromium, page, tmp_path):
    chromium.show(page, A4, "dark")
    chromium.media("dark", "print")
    cut = """[...document.querySelectorAll(".box, .drawing")]
        .filter(b => b.scrollWidth > document.documentElement.clientWidth + 1).length"""
    assert chromium.evaluate(cut) == 0
    paper = "getComputedStyle(document.body).backgroundColor"
    assert chromium.evaluate(paper) == "rgb(255, 255, 255)"  # dark is for screens
    chromium.pdf(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
