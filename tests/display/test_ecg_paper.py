import matplotlib.pyplot as plt
import numpy as np
import pytest

from skecg.display._ecg_paper import PaperRow, draw_paper, paper_rows


def drawn(row, **kwargs):
    _, ax = plt.subplots()
    draw_paper(ax, row, in_mv=True, **kwargs)
    return ax


def test_rows_are_cut_and_have_one_height():
    signal = np.sin(np.arange(250) / 10)
    rows = paper_rows(signal, 20, 230, 100, 10.0, below=False)
    assert [(row.start, row.stop) for row in rows] == [(20, 120), (120, 220), (220, 230)]
    assert len({row.height for row in rows}) == 1
    assert (rows[0].begin, rows[0].seconds) == (2.0, 10.0)


def test_rows_are_around_their_median_and_gaps_around_the_mean():
    signal = np.repeat([0.0, np.nan, 2.0], 100) + np.tile([0, 0, 0.5, -0.5], 75)
    centres = [row.centre for row in paper_rows(signal, 0, 300, 100, 10.0, below=True)]
    assert centres == pytest.approx([0, 1, 2])


def test_rows_without_any_signal_have_a_height():
    (row,) = paper_rows(np.full(10, np.nan), 0, 10, 10, 10.0, below=False)
    assert (row.height, row.centre) == (1.0, 0.0)


def test_paper_has_thick_and_thin_lines():
    ax = drawn(PaperRow(0, 100, 100, 100.0, 0.0, 2.0))
    vertical, horizontal = ax.collections
    assert len(vertical.get_segments()) == 26  # 0.04 s in one second
    assert len(horizontal.get_segments()) == 20  # 0.1 mV in 2 mV
    assert ax.xaxis.get_minorticklocs()[1:3] == pytest.approx([0.2, 0.4])


def test_paper_of_large_amplitudes_has_no_thin_horizontal_lines():
    assert len(drawn(PaperRow(0, 100, 100, 100.0, 0.0, 9.0)).collections) == 1


def test_paper_of_long_rows_has_no_thin_lines():
    assert not drawn(PaperRow(0, 1000, 1000, 50.0, 0.0, 2.0)).collections
