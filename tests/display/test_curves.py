"""Drawing that ROC and precision-recall curves share; numbers are tested in tests/metrics."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_array_equal

from skecg import PrecisionRecallDisplay, RocCurveDisplay

BOTH = pytest.mark.parametrize("display_class", [RocCurveDisplay, PrecisionRecallDisplay])


@BOTH
def test_curve_draws_lines_and_bands_of_the_curves(display_class, table):
    display = display_class.from_table(table, n_resamples=20)
    for line, curve in zip(display.line_, display.curves, strict=True):
        assert_array_equal(line.get_data(), (curve.x, curve.y))
    assert len(display.band_) == 2
    assert display.line_[0].get_marker() != display.line_[1].get_marker()


@BOTH
def test_curve_frame_is_the_data(display_class, table):
    display = display_class.from_table(table, n_resamples=20)
    frame = display.frame()
    assert list(frame.columns[[0, 3, 4]]) == ["class", "low", "high"]
    of_v = frame[frame["class"] == "V"]
    assert_array_equal(of_v.iloc[:, 2], display.curves[1].y)
    assert_array_equal(of_v["low"], display.curves[1].band[0])


@BOTH
def test_curve_legend_has_the_interval_and_its_subjects(display_class, table):
    legend = display_class.from_table(table, n_resamples=20).ax_.get_legend()
    assert "95 % interval over 6 subjects" in legend.get_title().get_text()
    assert " to 0." in legend.get_texts()[1].get_text()


@BOTH
def test_curve_without_subjects_has_no_band(display_class, table):
    display = display_class.from_table(table, groups=None)
    assert not display.band_ and "low" not in display.frame()
    title = display.ax_.get_legend().get_title().get_text()
    assert title == "One class against the rest"


@BOTH
def test_curve_of_one_subject_has_no_interval(display_class, table):
    display = display_class.from_table(table.assign(subject="a"))
    assert not display.band_
    assert "no interval: one subject" in display.ax_.get_legend().get_title().get_text()


@BOTH
def test_curve_band_kw_goes_over_the_defaults(display_class, table):
    display = display_class.from_table(table, n_resamples=20, band_kw={"fc": "k"})
    assert to_hex(display.band_[0].get_facecolor()[0]) == "#000000"


@BOTH
def test_curve_legend_is_in_axes_that_make_no_room(display_class, table):
    _, ax = plt.subplots()
    display = display_class.from_table(table, groups=None, ax=ax)
    display.figure_.draw_without_rendering()
    box, axes = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert axes.y0 <= box.y0 and box.y1 <= axes.y1


@BOTH
@pytest.mark.parametrize("n_classes", [2, 13])
@pytest.mark.parametrize("groups", [True, False])
def test_curve_legend_is_below_axes_that_make_room(display_class, table, n_classes, groups):
    more = {f"p_{label}": 0.0 for label in "SFQabcdefgh"[: n_classes - 2]}
    options = {"n_resamples": 5} if groups else {"groups": None}
    display = display_class.from_table(table.assign(**more), **options)
    display.figure_.draw_without_rendering()
    box = display.ax_.get_legend().get_window_extent()
    assert 0 <= box.y0 and box.y1 < display.ax_.get_window_extent().y0
    assert box.x0 >= 0 and box.x1 <= display.figure_.bbox.x1


@BOTH
def test_curve_of_a_table_without_probabilities_raises(display_class, table):
    with pytest.raises(ValueError, match="must have a column of probabilities"):
        display_class.from_table(table.drop(columns=["p_N", "p_V"]))
