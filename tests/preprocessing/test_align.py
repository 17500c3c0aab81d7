import numpy as np
import pytest

from skecg.preprocessing import align_peaks


@pytest.fixture
def lead():
    """Two seconds at 250 Hz, 8 mV off zero, with an upright and an inverted peak."""
    signal = np.full(500, 8.0, dtype=np.float32)
    signal[99:102] = 8.5, 9.0, 8.5
    signal[299:302] = 7.5, 6.0, 7.5
    return signal


def test_align_peaks_finds_peaks_of_either_sign(lead):
    assert align_peaks(lead, [90, 320], 250).tolist() == [100, 300]


def test_align_peaks_searches_no_further_than_asked(lead):
    assert align_peaks(lead, [110], 250, search=0.04).tolist() == [100]
    assert align_peaks(lead, [112], 250, search=0.04).tolist() != [100]


def test_align_peaks_with_no_search_keeps_positions(lead):
    assert align_peaks(lead, [90, 320], 250, search=0).tolist() == [90, 320]


def test_align_peaks_ignores_the_offset_and_the_sign(lead):
    for changed in (lead - 20, -lead, lead * 0.01):
        assert align_peaks(changed, [90, 320], 250).tolist() == [100, 300]


def test_align_peaks_takes_the_earliest_of_equals():
    signal = np.zeros(300)
    signal[[95, 105]] = 1, -1
    assert align_peaks(signal, [102], 250).tolist() == [95]


def test_align_peaks_stays_on_its_side_of_a_neighbour():
    signal = np.zeros(300)
    signal[[100, 110]] = 2, 1
    # half way between 104 and 114 is 109, so the second beat may not reach 100
    assert align_peaks(signal, [104, 114], 250).tolist() == [100, 110]


def test_align_peaks_never_joins_or_swaps_beats():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=20_000)
    sample = np.unique(rng.integers(0, 20_000, size=2_000))
    aligned = align_peaks(signal, sample, 250)
    assert (np.diff(aligned) > 0).all()
    assert (np.abs(aligned - sample) <= 25).all()


def test_align_peaks_moves_one_beat_annotated_twice_together(lead):
    assert align_peaks(lead, [90, 90, 320], 250).tolist() == [100, 100, 300]


def test_align_peaks_keeps_the_order_that_came(lead):
    assert align_peaks(lead, [320, 90], 250).tolist() == [300, 100]


def test_align_peaks_stays_within_the_signal():
    signal = np.array([3.0, 0, 0, 0, 0, 0, -4.0])
    assert align_peaks(signal, [1, 6], 250).tolist() == [0, 6]


def test_align_peaks_never_chooses_a_missing_sample(lead):
    lead[98:103] = np.nan
    lead[94] = 8.2
    assert align_peaks(lead, [100, 320], 250).tolist() == [94, 300]


def test_align_peaks_keeps_a_beat_without_signal():
    assert align_peaks(np.full(500, np.nan), [250], 250).tolist() == [250]


def test_align_peaks_takes_leads_of_integers(lead):
    counts = np.rint(200 * lead).astype(np.int16)
    assert align_peaks(counts, [95, 310], 250).tolist() == [100, 300]


def test_align_peaks_of_no_beats_is_empty(lead):
    aligned = align_peaks(lead, [], 250)
    assert aligned.shape == (0,)
    assert aligned.dtype == np.int64


def test_align_peaks_works_beyond_one_chunk():
    signal = np.zeros(10_000 * 50)
    truth = np.arange(10_000) * 50 + 25
    signal[truth] = 1
    assert np.array_equal(align_peaks(signal, truth - 7, 250), truth)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((np.zeros((5, 2)), [1], 250), ValueError, "one lead"),
        ((np.zeros(5), [1], -360), ValueError, "'fs' .* positive number. Got -360"),
        ((np.zeros(5), [5], 250), ValueError, "within the signal of 5 samples. Got 5"),
        ((np.zeros(5), [-1], 250), ValueError, "Got -1"),
        ((np.zeros(5), [1.5], 250), TypeError, "integers"),
        ((np.zeros(5), [[1]], 250), ValueError, "shape"),
    ],
)
def test_align_peaks_refuses_invalid_parameters(arguments, error, words):
    with pytest.raises(error, match=words):
        align_peaks(*arguments)


def test_align_peaks_refuses_a_negative_search():
    words = r"'search' .* number of seconds, zero or more\. Got -0.1"
    with pytest.raises(ValueError, match=words):
        align_peaks(np.zeros(5), [1], 250, search=-0.1)


@pytest.mark.records
@pytest.mark.parametrize(
    ("record", "shift"),  # R minus label in ms: edb labels are a constant away from the peak
    [("mitdb/101", 0), ("mitdb/208", 0), ("edb/sele0116", 60), ("edb/sele0607", 20)],
)
def test_align_peaks_moves_real_beats_by_their_records_constant(records_folder, record, shift):
    import wfdb

    path = str(records_folder / record)
    annotation = wfdb.rdann(path, "atr")
    sample = annotation.sample[np.isin(annotation.symbol, ["N", "V", "S", "F"])]
    signal, header = wfdb.rdsamp(path, channels=[0])
    moved = (align_peaks(signal[:, 0], sample, header["fs"]) - sample) / header["fs"] * 1000
    low, middle, high = np.percentile(moved, (25, 50, 75))
    assert abs(middle - shift) <= 4
    assert high - low <= 8
