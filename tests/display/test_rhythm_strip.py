"""The strip: what is drawn where."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from skecg import RhythmStripDisplay, simulate_record

FS = 100


@pytest.fixture
def signal():
    return np.sin(np.arange(2500) / 15)


def test_strip_draws_rows_of_equal_length(signal):
    display = RhythmStripDisplay(signal, FS).plot(seconds=10)
    assert [ax.get_xlim() for ax in display.ax_] == [(0, 10), (10, 20), (20, 30)]
    # each row goes on to the first sample of the next one, so that the line has no break
    assert [len(line.get_xdata()) for line in display.lines_] == [1001, 1001, 500]
    np.testing.assert_allclose(display.lines_[1].get_ydata(), signal[1000:2001])


def test_strip_marks_beats_by_letter_marker_and_place(signal):
    display = RhythmStripDisplay(signal, FS, [100, 1200, 1300], ["N", "V", "N"]).plot()
    letters = {(t.get_text(), round(t.get_position()[0], 2)) for t in display.text_}
    assert letters == {("N", 1.0), ("V", 12.0), ("N", 13.0)}
    (marker,) = display.markers_["V"]
    np.testing.assert_allclose(marker.get_xdata(), [12.0])
    assert len(display.markers_["N"]) == 2


def test_strip_legend_counts_what_is_drawn(signal):
    display = RhythmStripDisplay(signal, FS, [100, 1200, 1300], ["N", "V", "N"]).plot(stop=12.5)
    texts = [text.get_text() for text in display.legend_.get_texts()]
    assert texts == ["N normal (1)", "V ventricular ectopic (1)"]


def test_strip_classes_look_the_same_in_every_figure(signal):
    alone = RhythmStripDisplay(signal, FS, [100], ["V"]).plot().markers_["V"][0]
    among = RhythmStripDisplay(signal, FS, [100, 300], ["V", "N"]).plot().markers_["V"][0]
    assert (alone.get_marker(), alone.get_color()) == (among.get_marker(), among.get_color())


def test_strip_names_its_axes_with_units(signal):
    display = RhythmStripDisplay(signal, FS, lead_name="V5").plot(stop=5)
    assert display.ax_[0].get_ylabel() == "Amplitude of V5 (mV)"
    assert display.ax_[-1].get_xlabel() == "Time (s)"
    assert (
        RhythmStripDisplay(signal, FS, unit=None).plot(stop=5).ax_[0].get_ylabel() == "Amplitude"
    )


def test_strip_draws_into_given_axes(signal):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2)
    display = RhythmStripDisplay(signal, FS, [100]).plot(stop=20, ax=axes)
    assert display.figure_ is figure and len(display.lines_) == 2
    with pytest.raises(ValueError, match="must hold 3 matplotlib Axes"):
        RhythmStripDisplay(signal, FS).plot(ax=axes)


def test_strip_survives_gaps_and_artefacts(signal):
    signal[200:1200] = np.nan
    signal[1500] = 500.0
    display = RhythmStripDisplay(signal, FS, [1500], ["V"]).plot()
    low, high = display.ax_[1].get_ylim()
    assert high - low < 10
    (marker,) = display.markers_["V"]
    assert low < marker.get_ydata()[0] < high


def test_strip_without_beats_has_no_legend(signal):
    assert RhythmStripDisplay(signal, FS).plot().legend_ is None


def test_strip_from_record_takes_a_lead_by_name_or_number():
    record = simulate_record(5, random_state=0)
    display = RhythmStripDisplay.from_record(record, lead="V5")
    np.testing.assert_array_equal(display.signal, record.signal[:, 1])
    assert RhythmStripDisplay.from_record(record, lead=1).lead_name == "V5"
    with pytest.raises(ValueError, match=r"must be one of \['MLII', 'V5'\]"):
        RhythmStripDisplay.from_record(record, lead="aVR")


def test_strip_frame_is_the_data_behind_it(signal):
    display = RhythmStripDisplay(signal, FS, [100, 1200], ["N", "V"])
    beats = display.frame()
    assert beats.columns.tolist() == ["sample", "time", "label", "amplitude"]
    assert beats["time"].tolist() == [1.0, 12.0]
    np.testing.assert_allclose(beats["amplitude"], signal[[100, 1200]])
    assert len(display.frame("signal")) == len(signal)
    with pytest.raises(ValueError, match="must be 'beats' or 'signal'"):
        display.frame("rows")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signal": np.zeros((5, 2))}, "must be one lead"),
        ({"fs": 0}, "must be a positive number"),
        ({"sample": [5000]}, "within the 2500 samples"),
        ({"sample": [1, 2], "labels": ["N"]}, "inconsistent numbers of samples"),
    ],
)
def test_strip_refuses_what_it_cannot_draw(signal, change, message):
    with pytest.raises(ValueError, match=message):
        RhythmStripDisplay(**({"signal": signal, "fs": FS} | change)).plot()


@pytest.mark.parametrize(
    ("change", "message"),
    [({"seconds": 0}, "'seconds' .* positive number"), ({"start": 30}, "a part of the 25 s")],
)
def test_strip_refuses_a_stretch_that_is_none(signal, change, message):
    with pytest.raises(ValueError, match=message):
        RhythmStripDisplay(signal, FS).plot(**change)


def letters(texts):
    return [(t.get_text(), round(t.get_position()[0], 2)) for t in texts]


@pytest.fixture
def both(signal):
    return RhythmStripDisplay(
        signal,
        FS,
        [100, 300, 500, 700],
        ["N", "V", "N", "N"],
        predicted_sample=[102, 300, 600, 705],
        predicted=["N", "N", "S", "N"],
    )


def test_strip_writes_the_reference_above_and_the_prediction_below(both):
    display = both.plot(stop=10)
    none = "\N{EN DASH}"
    above = [("N", 1.0), ("V", 3.0), ("N", 5.0), (none, 6.0), ("N", 7.0)]
    below = [("N", 1.02), ("N", 3.0), (none, 5.0), ("S", 6.0), ("N", 7.05)]
    assert letters(display.text_) == above
    assert letters(display.predicted_text_) == below
    top, bottom = display.text_[0].get_position()[1], display.predicted_text_[0].get_position()[1]
    assert top > max(display.lines_[0].get_ydata()) > min(display.lines_[0].get_ydata()) > bottom


def test_strip_frames_what_disagrees(both):
    display = both.plot(stop=10)
    middles = [frame.get_x() + frame.get_width() / 2 for frame in display.disagreements_]
    np.testing.assert_allclose(middles, [3, 5, 6])
    bold = [text.get_fontweight() == "bold" for text in display.text_]
    assert bold == [False, True, True, True, False]
    entries = [text.get_text() for text in display.legend_.get_texts()]
    assert entries == [
        "N normal (3)",
        "S supraventricular ectopic (0)",
        "V ventricular ectopic (1)",
        "disagreement (3)",
    ]


def test_strip_predictions_take_the_positions_of_the_reference(signal):
    display = RhythmStripDisplay(signal, FS, [300, 100], ["V", "N"], predicted=["N", "N"])
    assert display.frame()["agrees"].tolist() == [True, False]


@pytest.mark.parametrize(("sample", "predicted"), [([], [100]), ([100], []), ([], [])])
def test_strip_survives_one_side_without_beats(signal, sample, predicted):
    display = RhythmStripDisplay(
        signal,
        FS,
        sample,
        ["N"] * len(sample),
        predicted_sample=predicted,
        predicted=["N"] * len(predicted),
    ).plot(stop=10)
    assert len(display.disagreements_) == len(sample) + len(predicted)


def test_strip_from_record_with_predictions_in_classes():
    record = simulate_record(5, random_state=0)
    predicted = dataclasses.replace(record, symbol=np.full(len(record.symbol), "L"))
    display = RhythmStripDisplay.from_record(record, predicted=predicted, classes="dechazal")
    frame = display.frame()
    np.testing.assert_array_equal(frame["agrees"], record.symbol == "N")  # L is of the class N


def test_strip_from_table_takes_the_rows_of_the_record():
    record = simulate_record(5, random_state=0)
    n = len(record.sample)
    table = pd.DataFrame(
        {
            "record": [record.name] * n + ["other"],
            "sample": [*record.sample, 10**9],
            "subject": "a",
            "y_true": "N",
            "y_pred": ["V"] + ["N"] * n,
        }
    )
    display = RhythmStripDisplay.from_table(table, record)
    assert display.frame()["agrees"].tolist() == [False] + [True] * (n - 1)
    with pytest.raises(ValueError, match="must have beats of the record"):
        RhythmStripDisplay.from_table(table[-1:], record)


def test_strip_from_table_finds_a_record_whose_name_csv_made_a_number():
    record = dataclasses.replace(simulate_record(5, random_state=0), name="100")
    table = pd.DataFrame({"record": 100, "sample": record.sample, "subject": "a"})
    table[["y_true", "y_pred"]] = "N"
    assert len(RhythmStripDisplay.from_table(table, record).frame()) == len(record.sample)


def test_strip_predictions_without_reference_labels_raise(signal):
    with pytest.raises(ValueError, match=r"'labels' .* together with 'predicted'"):
        RhythmStripDisplay(signal, FS, [100], predicted=["N"]).plot()
