"""The time axis of the page, and lines with fewer points: truth by hand."""

import datetime

import numpy as np

from skecg.holter._strip import _thinned
from skecg.holter._tracks import Axis

HOUR = 3600.0


def words(duration, start, offset=0.0):
    return [word for _, word in Axis(duration, start, offset, None).ticks()]


def test_ticks_are_round_times_from_the_start_where_the_clock_is_unknown():
    assert words(12.0, None) == ["00:00", "00:02", "00:04", "00:06", "00:08", "00:10", "00:12"]
    assert words(4 * HOUR, None)[:3] == ["0:00 h", "0:30 h", "1:00 h"]


def test_ticks_are_round_times_of_the_clock():
    start = datetime.datetime(2026, 3, 1, 21, 50)
    axis = Axis(30 * HOUR, start, 21 * HOUR + 50 * 60, None)
    times, names = zip(*axis.ticks(), strict=True)
    assert names[:2] == ("2 Mar", "04:00") and times[0] == 2 * HOUR + 10 * 60
    assert words(30 * HOUR, datetime.time(21, 50), 21 * HOUR + 50 * 60)[0] == "day 2"
    assert words(30.0, datetime.time(8, 0, 5), 8 * HOUR + 5)[0] == "08:00:05"


def test_ticks_of_many_days_are_days():
    start = datetime.datetime(2026, 2, 27)
    names = words(14 * 24 * HOUR, start)
    assert names == ["27 Feb", "1 Mar", "3 Mar", "5 Mar", "7 Mar", "9 Mar", "11 Mar", "13 Mar"]


def test_thinned_line_keeps_the_extremes_of_each_piece_in_order_and_the_gaps():
    fs = 2000.0
    signal = np.zeros(2000, dtype=np.float32)
    signal[1003], signal[1001] = 2.0, -1.0  # of one piece
    signal[400:800] = np.nan
    time, values = _thinned(signal, fs)
    assert len(values) < len(signal) / 2
    top, bottom = np.nanargmax(values), np.nanargmin(values)
    assert (time[top], values[top]) == (1003 / fs, 2.0)
    assert (time[bottom], values[bottom]) == (1001 / fs, -1.0)
    assert (np.diff(time) > 0).all()
    gap = (time > 0.21) & (time < 0.39)
    assert gap.any() and np.isnan(values[gap]).all()
