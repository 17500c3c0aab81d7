"""The steps from a record to rows, each by itself."""

import dataclasses

import numpy as np
import pytest

from skecg.beats._rows import RecordClock, Window, cut, keep, locate, prepare

CLASSES = {"N": "N"}


@pytest.fixture
def prepared(spikes):
    """A record at 500 Hz whose rows are at 250 Hz."""
    record = spikes([10, 400, 1200], n_samples=2000, fs=500, lead_names=("V5", "V1"))
    return prepare(record, [0, 1], 250.0, None)


def test_record_clock_translates_positions_there_and_back():
    clock = RecordClock(360.0, 250.0)
    rows = clock.to_rows(np.array([0, 36, 100]))
    assert rows.tolist() == [0, 25, 69]  # 69.4
    np.testing.assert_allclose(clock.to_record(rows), [0, 36, 99.36])


def test_prepare_resamples_leads_and_marks_their_gaps(prepared, spikes):
    assert prepared.signals.shape == (2, 1000)
    assert prepared.signals.flags.c_contiguous
    assert prepared.n_samples == 1000
    assert prepared.missing is None
    signal = prepared.record.signal.copy()
    signal[600:700, 0] = np.nan
    signal[800:900, 1] = np.nan
    record = dataclasses.replace(prepared.record, signal=signal)
    missing = prepare(record, [0, 1], 250.0, None).missing
    assert np.flatnonzero(missing[:, 0]).tolist() == list(range(300, 350))
    assert np.flatnonzero(missing[:, 1]).tolist() == list(range(400, 450))


@pytest.mark.parametrize("align", [True, False])
def test_locate_gives_positions_at_the_rate_of_the_rows(prepared, align):
    located = locate(prepared, Window(25, 30), align=align)
    assert located.peak.tolist() == [5, 200, 600]
    assert located.first.tolist() == [-20, 175, 575]
    assert located.last.tolist() == [34, 229, 629]
    assert located.context is None


def test_locate_spans_the_windows_of_all_leads_with_context(prepared):
    located = locate(prepared, Window(25, 30), align=True, context=30, neighbors=1)
    centre = located.context.centre
    assert centre.shape == (2, 3)
    np.testing.assert_array_equal(located.first, centre.min(axis=0) - 25)
    np.testing.assert_array_equal(located.last, centre.max(axis=0) + 29)


@pytest.mark.parametrize(
    ("pad", "kept", "skipped"),
    [
        (False, [False, True, True], [("window reaches beyond the recording", 1)]),
        (True, [True] * 3, []),
    ],
)
def test_keep_excludes_windows_beyond_the_recording_unless_padded(prepared, pad, kept, skipped):
    located = locate(prepared, Window(25, 30), align=True)
    result = keep(prepared, located, CLASSES, align=True, pad=pad)
    assert result.mask.tolist() == kept
    assert result.skipped == skipped


def test_cut_puts_zeros_in_place_of_a_missing_lead(prepared):
    located = locate(prepared, Window(25, 30), align=True)
    kept = np.array([False, True, False])
    rows = cut(prepared, located, kept, Window(25, 30), chosen=[0, None, 1])
    assert rows.shape == (1, 3 * 55)
    waves = rows.reshape(3, 55)
    np.testing.assert_array_equal(waves[0], prepared.signals[0, 175:230])
    assert not waves[1].any()
    np.testing.assert_array_equal(waves[2], prepared.signals[1, 175:230])
