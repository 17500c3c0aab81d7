import dataclasses

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skecg import BeatExtractor, BeatLayout, ECGRecord, RecordError

SPIKE = np.zeros(50, dtype=np.float32)
SPIKE[24:27] = 0.5, 1.0, 0.5


def test_extract_cuts_the_window_around_each_beat(spikes):
    beats = BeatExtractor().extract(spikes([300, 600]))
    np.testing.assert_array_equal(beats.data, [SPIKE, SPIKE])
    assert beats.data.dtype == np.float32
    assert beats.data.flags.c_contiguous


def test_extract_returns_all_parts_of_beats(spikes):
    record = spikes([300, 600], symbol=["A", "N"], name="e0126")
    beats = BeatExtractor().extract(record)
    assert beats.target.tolist() == ["S", "N"]
    assert beats.target_names == ["N", "S"]
    assert beats.groups.tolist() == ["edb:e0123"] * 2
    assert beats.meta.to_dict("list") == {
        "record": ["e0126"] * 2,
        "subject": ["edb:e0123"] * 2,
        "sample": [300, 600],
        "peak": [300, 600],
        "symbol": ["A", "N"],
        "leads": ["V5"] * 2,
        "fs": [250.0] * 2,
    }
    assert beats.fs == 250.0
    assert beats.layout == BeatLayout(50)
    assert beats.feature_names == beats.layout.feature_names
    assert len(beats.skipped) == 0
    assert "2" in beats.DESCR


@pytest.mark.parametrize(
    ("window", "fs", "expected"),
    [
        ((0.1, 0.1), 250, (25, 25)),
        ((0.25, 0.4), 360, (90, 144)),
        ((0.1, 0.1), 128, (13, 13)),  # 12.8
        ((0.1, 0.1), 125, (12, 12)),  # 12.5: a half goes to the even number
        ((0.0, 0.2), 250, (0, 50)),
        ((0.2, 0.0), 250, (50, 0)),
    ],
)
def test_extract_window_is_rounded_to_samples(spikes, window, fs, expected):
    before, after = expected
    beats = BeatExtractor(window).extract(spikes([500], fs=fs))
    assert beats.data.shape == (1, before + after)
    if 0 < before and 0 < after:
        assert beats.data[0].argmax() == before


@pytest.mark.parametrize("offset", [-20, -3, 8, 24])
def test_extract_aligns_beats_to_their_peaks(spikes, offset):
    beats = BeatExtractor().extract(spikes([300, 600], label_offset=offset))
    np.testing.assert_array_equal(beats.data, [SPIKE, SPIKE])
    assert beats.meta["sample"].tolist() == [300 + offset, 600 + offset]
    assert beats.meta["peak"].tolist() == [300, 600]


def test_extract_without_alignment_cuts_at_the_annotation(spikes):
    beats = BeatExtractor(align=False).extract(spikes([300], label_offset=5))
    assert beats.data[0].argmax() == 20
    assert beats.meta["peak"].tolist() == [305]


def test_extract_shifts_all_leads_like_the_first(spikes):
    record = spikes([300], label_offset=4, lead_names=("I", "II"))
    signal = record.signal.copy()
    signal[:, 1] = np.roll(signal[:, 1], 3)
    record = dataclasses.replace(record, signal=signal)
    row = BeatExtractor(leads=["I", "II"]).extract(record).data[0]
    assert row[:50].argmax() == 25
    assert row[50:].argmax() == 28


def test_extract_beats_without_class_still_bound_the_alignment(spikes):
    # the spike belongs to the beat at 310, which has no class; half the way to it is 300
    record = spikes([310], sample=[290, 310], symbol=["N", "Q"])
    beats = BeatExtractor(classes={"N": "N"}).extract(record)
    assert beats.meta["peak"].item() <= 300


def test_extract_drops_beats_at_the_edges_and_counts_them(spikes):
    record = spikes([24, 25, 500, 975, 976])
    beats = BeatExtractor(align=False).extract(record)
    assert beats.meta["sample"].tolist() == [25, 500, 975]
    assert beats.skipped.values.tolist() == [
        ["record", "window reaches beyond the recording", 2],
    ]


def test_extract_pads_beats_at_the_edges_with_the_last_sample():
    signal = np.arange(100.0)
    record = ECGRecord(signal, 250, sample=[10, 90], symbol=["N", "N"])
    beats = BeatExtractor(align=False, edges="pad").extract(record)
    np.testing.assert_array_equal(beats.data[0], [0.0] * 15 + list(range(35)))
    np.testing.assert_array_equal(beats.data[1], list(range(65, 100)) + [99.0] * 15)
    assert len(beats.skipped) == 0


def test_extract_resamples_and_keeps_positions_of_the_record(spikes):
    record = spikes([720], n_samples=2000, fs=500)
    beats = BeatExtractor(fs=250).extract(record)
    assert beats.data.shape == (1, 50)
    assert beats.data[0].argmax() == 25
    assert beats.meta[["sample", "peak", "fs"]].values.tolist() == [[720, 720, 500.0]]
    assert beats.fs == beats.extractor.fs == 250


def test_extract_positions_stay_inside_the_record_after_upsampling():
    signal = np.arange(100.0)
    record = ECGRecord(signal, 100, sample=[99], symbol=["N"])
    beats = BeatExtractor(fs=250, edges="pad").extract(record)
    assert beats.meta["peak"].tolist() == [99]


def test_extract_fills_the_rate_into_a_copy_of_the_extractor(spikes):
    extractor = BeatExtractor()
    beats = extractor.extract(spikes([300]))
    assert extractor.fs is None
    assert beats.extractor.fs == 250
    assert isinstance(beats.extractor, BeatExtractor)


@pytest.mark.parametrize(
    ("leads", "names", "scales"),
    [
        (None, "V5", [1]),
        ("V1", "V1", [2]),
        (1, "V1", [2]),
        (["MLII", "V5"], "MLII+V5", [3, 1]),
        ([("X", "MLII", "V5")], "MLII", [3]),
        ([("MLII", "V5"), ("MLII", "V5")], "MLII+V5", [3, 1]),
        ((2, "V5"), "MLII+V5", [3, 1]),
    ],
)
def test_extract_chooses_leads(spikes, leads, names, scales):
    record = spikes([300], lead_names=("V5", "V1", "MLII"))
    beats = BeatExtractor(leads=leads).extract(record)
    assert beats.meta["leads"].tolist() == [names]
    assert beats.layout == BeatLayout(50, leads=len(scales))
    np.testing.assert_array_equal(beats.layout.signals(beats.data)[0].max(axis=1), scales)


@pytest.mark.parametrize(
    ("leads", "words"),
    [
        (["MLII"], "'a'.*lead 'MLII' is missing.*'V5', 'V1'"),
        ([("II", "MLII")], "'II' or 'MLII' is missing"),
        ([2], "number 2 is missing"),
        (["V5", "V5"], "'V5' is already another lead"),
    ],
)
def test_extract_lists_the_leads_where_one_is_missing(spikes, leads, words):
    record = spikes([300], lead_names=("V5", "V1"), name="a")
    with pytest.raises(RecordError, match=words):
        BeatExtractor(leads=leads).extract(record)


@pytest.mark.parametrize(
    ("value", "words"), [(0.3, "is flat .0.3 mV"), (np.nan, "holds no signal")]
)
def test_extract_refuses_a_lead_that_is_flat(spikes, value, words):
    record = spikes([300], lead_names=("V5", "V1"), name="a")
    signal = record.signal.copy()
    signal[:, 0] = value
    record = dataclasses.replace(record, signal=signal)
    with pytest.raises(RecordError, match=rf"'a': lead 'V5' {words}.*'V1'"):
        BeatExtractor().extract(record)
    assert len(BeatExtractor(leads=["V1"]).extract(record).data) == 1


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        ("ec57", ["N", "S", "V", "Q"]),
        ("dechazal", ["N", "N", "V", "Q"]),
        ("symbols", ["N", "e", "V", "Q"]),
        ({"N": "normal", "e": "other", "V": "other", "Q": "other"}, ["normal"] + ["other"] * 3),
    ],
)
def test_extract_maps_symbols_to_classes(spikes, classes, labels):
    record = spikes([100, 300, 500, 700], symbol=["N", "e", "V", "Q"])
    beats = BeatExtractor(classes=classes).extract(record)
    assert beats.target.tolist() == labels
    assert beats.meta["symbol"].tolist() == ["N", "e", "V", "Q"]


def test_extract_counts_beats_without_class_by_symbol(spikes):
    record = spikes([10, 300, 500, 700], symbol=["Q", "N", "Q", "V"])
    beats = BeatExtractor(classes={"N": "N", "V": None}).extract(record)
    assert beats.target.tolist() == ["N"]
    assert beats.skipped["reason"].tolist() == [
        "symbol 'Q' has no class",
        "symbol 'V' has no class",
    ]
    assert beats.skipped["count"].tolist() == [2, 1]


def test_extract_without_any_row_gives_the_reason(spikes):
    beats = BeatExtractor().extract(spikes([3]))
    assert beats.data.shape == (0, 50)
    assert len(beats.target) == len(beats.groups) == len(beats.meta) == 0
    assert beats.target_names == []
    assert beats.skipped["reason"].tolist() == ["window reaches beyond the recording"]


def test_extract_of_a_record_without_beats_gives_the_reason(spikes):
    beats = BeatExtractor().extract(spikes([300], sample=[], symbol=[], name="a"))
    assert beats.data.shape == (0, 50)
    assert beats.skipped.values.tolist() == [["a", "no annotated beats", 0]]


def test_extract_drops_beats_whose_window_touches_a_gap(spikes):
    record = spikes([200, 400, 600, 800])
    signal = record.signal.copy()
    signal[425:430] = np.nan  # one sample behind the window of the beat at 400
    signal[574:576] = np.nan  # the last of them is the first sample of the window of 600
    record = dataclasses.replace(record, signal=signal)
    beats = BeatExtractor(align=False).extract(record)
    assert beats.meta["sample"].tolist() == [200, 400, 800]
    np.testing.assert_array_equal(beats.data, [SPIKE] * 3)
    assert beats.skipped.values.tolist() == [["record", "window touches a gap in the signal", 1]]


def test_extract_gap_of_any_chosen_lead_counts(spikes):
    record = spikes([200, 400], lead_names=("V5", "V1"))
    signal = record.signal.copy()
    signal[400, 1] = np.nan
    record = dataclasses.replace(record, signal=signal)
    assert len(BeatExtractor(leads=["V5"]).extract(record).data) == 2
    assert len(BeatExtractor(leads=["V5", "V1"]).extract(record).data) == 1


def test_extract_gap_of_another_lead_hides_no_peak(spikes):
    record = spikes([300, 600], label_offset=20, lead_names=("V5", "MLII"))
    signal = record.signal.copy()
    signal[298:303, 1] = np.nan
    signal[330, 0] = 0.2  # the largest deviation within 100 ms but for the R peak
    record = dataclasses.replace(record, signal=signal)
    beats = BeatExtractor(window=(0.04, 0.04), leads=[0, 1]).extract(record)
    assert beats.meta["peak"].tolist() == [600]
    assert beats.skipped.values.tolist() == [["record", "window touches a gap in the signal", 1]]


def test_extract_gap_that_may_hide_the_peak_counts():
    # label at 300, R peak at 316 in the gap: the small bump at 277 is not the beat
    signal = np.zeros(1250, np.float32)
    signal[[277, 316, 1000]] = [0.2, 2.0, 2.0]
    signal[312:320] = np.nan
    record = ECGRecord(signal, 250.0, sample=[300, 1000], symbol=["N", "N"])
    beats = BeatExtractor(window=(0.02, 0.02)).extract(record)
    assert beats.meta["sample"].tolist() == [1000]
    assert beats.skipped["count"].tolist() == [1]
    unaligned = BeatExtractor(window=(0.02, 0.02), align=False).extract(record)
    assert unaligned.meta["sample"].tolist() == [300, 1000]


def test_extract_gap_too_short_for_the_new_rate_is_found(spikes):
    record = spikes([400, 1200], n_samples=2000, fs=500)
    signal = record.signal.copy()
    signal[1245] = np.nan  # between two samples at 250 Hz, in the window
    record = dataclasses.replace(record, signal=signal)
    beats = BeatExtractor(fs=250).extract(record)
    assert beats.meta["sample"].tolist() == [400]
    assert np.isfinite(beats.data).all()


class _Scaler(TransformerMixin, BaseEstimator):
    """Multiplies by its fs, to show that it was set, and keeps what it was fitted on."""

    def __init__(self, fs=None, copy=True):
        self.fs = fs
        self.copy = copy

    def fit(self, X, y=None):
        self.shape_ = X.shape
        return self

    def transform(self, X):
        return X * self.fs


def test_extract_preprocesses_the_chosen_leads_at_the_rate_of_the_rows(spikes):
    scaler = _Scaler()
    record = spikes([300], lead_names=("V5", "V1"))
    beats = BeatExtractor(leads=["V1", "V5"], preprocessing=scaler).extract(record)
    np.testing.assert_array_equal(beats.layout.signals(beats.data)[0].max(axis=1), [500, 250])
    assert beats.data.dtype == np.float32
    assert not hasattr(scaler, "shape_")
    assert scaler.fs is None
    assert beats.extractor.preprocessing.fs is None


def test_extract_keeps_the_rate_that_a_preprocessing_has(spikes):
    beats = BeatExtractor(preprocessing=_Scaler(fs=2)).extract(spikes([300]))
    assert beats.data.max() == 2


def test_extract_sets_the_rate_of_steps_in_a_pipeline(spikes):
    pipe = make_pipeline(_Scaler(), _Scaler(fs=2))
    beats = BeatExtractor(preprocessing=pipe).extract(spikes([300]))
    assert beats.data.max() == 500


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda X: X[:, ::2], r"keep the shape.*'a' went in as \(1, 1000\).*\(1, 500\)"),
        (lambda X: X * np.nan, "'a' that are not finite"),
    ],
)
def test_extract_refuses_preprocessing_that_changes_the_shape_or_makes_nan(
    spikes, function, words
):
    extractor = BeatExtractor(preprocessing=FunctionTransformer(function))
    with pytest.raises(ValueError, match=words):
        extractor.extract(spikes([300], name="a"))


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"window": 0.1}, ValueError, "'window'.*two numbers"),
        ({"window": (0.1, -0.1)}, ValueError, "'window'.*two numbers"),
        ({"window": (0.1, "a")}, ValueError, "'window'.*two numbers"),
        (
            {"window": (0, 0)},
            ValueError,
            r"'window'.*one sample at 250 Hz \(0.004 s\)\. Got \(0, 0\) s",
        ),
        ({"fs": -360}, ValueError, "'fs'.*positive.*-360"),
        ({"fs": "250"}, ValueError, "'fs'.*positive"),
        ({"leads": []}, ValueError, "'leads'.*one entry"),
        ({"leads": [()]}, ValueError, "'leads'.*one entry"),
        ({"leads": [-1]}, ValueError, "'leads'.*index from 0"),
        ({"leads": 1.5}, ValueError, "'leads'.*Got 1.5"),
        ({"classes": "aami"}, ValueError, "'classes'.*aami"),
        ({"align": "yes"}, TypeError, "'align'.*True or False"),
        ({"edges": "reflect"}, ValueError, "'edges'.*'drop' or 'pad'"),
        ({"preprocessing": "wavelet"}, TypeError, "'preprocessing'.*transformer"),
        ({"preprocessing": _Scaler}, TypeError, "'preprocessing'.*transformer"),
    ],
)
def test_extract_refuses_invalid_parameters(spikes, params, error, words):
    with pytest.raises(error, match=words):
        BeatExtractor(**params).extract(spikes([300]))


def test_extract_needs_a_record():
    with pytest.raises(TypeError, match=r"ECGRecord.*read_record"):
        BeatExtractor().extract("e0103")


def test_extractor_clones_and_shows_its_parameters():
    extractor = BeatExtractor((0.2, 0.3), leads=[("MLII", "V5")], preprocessing=_Scaler())
    assert repr(clone(extractor)) == repr(extractor)
    assert extractor.get_params()["preprocessing__fs"] is None
