"""CSV, TSV, Parquet and NumPy: rates, gaps, units, leads, annotations, and other tables."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg import RecordError, find_records, read_header, read_record

N = 3600
WAVE = np.round(np.sin(np.arange(N) / 9), 3)


def read(path, **settings):
    """Read the signal; warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_record(path, **{"annotator": None} | settings)


def table(path, times, header="time,II", wave=WAVE):
    """Write a CSV of times, as texts, and one lead."""
    rows = [f"{t},{v}" for t, v in zip(times, wave, strict=False)]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_column_per_lead(tmp_path):
    frame = pd.DataFrame({"time (s)": np.arange(N) / 360, "II": WAVE, "V5 (uV)": WAVE * 1000})
    frame.to_csv(tmp_path / "a.csv", index=False)
    record = read(tmp_path / "a.csv")
    assert (record.fs, record.lead_names, record.n_samples) == (360, ("II", "V5"), N)
    for i in range(2):
        np.testing.assert_array_equal(record.signal[:, i], WAVE.astype(np.float32))
    assert find_records(tmp_path, annotator=None) == [tmp_path / "a"]


@pytest.mark.parametrize("fs", [128, 250, 257, 360, 1000])
def test_the_rate_is_that_of_the_whole_length(tmp_path, fs):
    # times in ms are rounded: at 360 Hz the steps are 2 or 3 ms, and their median gives 333 Hz
    times = [f"{round(1000 * i / fs)}" for i in range(N)]
    assert read(table(tmp_path / "a.csv", times, "time (ms),II")).fs == fs


@pytest.mark.parametrize("digits", [3, 4, 6])
def test_the_digits_of_the_times_do_not_move_the_rate(tmp_path, digits):
    n = 360 * 600  # at 4 digits, the median step of 0.0028 s is 357 Hz
    times = [f"{i / 360:.{digits}f}" for i in range(n)]
    assert read(table(tmp_path / "a.csv", times, wave=np.resize(WAVE, n))).fs == 360


def test_times_in_whole_seconds_tell_how_wrong_the_rate_can_be(tmp_path):
    path = table(tmp_path / "a.csv", [f"{i // 250}" for i in range(N)], "time (s),II")
    with pytest.warns(UserWarning, match=r"steps of 1 s, so that the rate of \d+ Hz can be wrong"):
        record = read_record(path, annotator=None)
    assert (record.n_samples, abs(record.fs / 250 - 1) < 0.1) == (N, True)


def test_single_rows_that_are_missing_are_nan(tmp_path):
    rows = [i for i in range(N) if i not in (100, 2000)]
    path = table(tmp_path / "a.csv", [f"{i / 250:.3f}" for i in rows], wave=WAVE[rows])
    with pytest.warns(UserWarning, match="2 gaps of 0.016 s"):
        record = read_record(path, annotator=None)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [100, 2000]
    np.testing.assert_array_equal(record.signal[2001:, 0], WAVE[2001:].astype(np.float32))


@pytest.mark.parametrize("digits", [3, 6])
def test_many_single_rows_may_be_missing(tmp_path, digits):
    kept = np.flatnonzero(np.random.default_rng(0).random(N) < 0.9)
    times = [f"{i / 360:.{digits}f}" for i in kept]
    path = table(tmp_path / "a.csv", times, "time (s),II", WAVE[kept])
    with pytest.warns(UserWarning, match="gaps of"):
        record = read_record(path, annotator=None)
    assert record.fs == 360
    values = record.signal[:, 0]
    np.testing.assert_array_equal(values[kept - kept[0]], WAVE[kept].astype(np.float32))
    assert np.isnan(values).sum() == kept[-1] - kept[0] + 1 - len(kept)


def test_a_rate_that_is_not_whole(tmp_path):
    times = [f"{i / 128.4:.6f}" for i in range(N)]
    assert read(table(tmp_path / "a.csv", times)).fs == pytest.approx(128.4, rel=1e-6)


def test_times_without_a_unit_are_seconds_or_told(tmp_path):
    assert read(table(tmp_path / "s.csv", [f"{i / 250:.3f}" for i in range(N)])).fs == 250
    with pytest.warns(UserWarning, match="have no unit and are taken for ms"):
        record = read_record(table(tmp_path / "ms.csv", range(0, 4 * N, 4)), annotator=None)
    assert record.fs == 250


@pytest.mark.parametrize(
    ("write", "start"),
    [
        (lambda s: f"{int(s // 60)}:{s % 60:06.3f}", None),
        (lambda s: f"{8 + int(s // 3600):02}:{int(s % 3600 // 60):02}:{s % 60:06.3f}", None),
        (
            lambda s: str(pd.Timestamp("2021-03-04 23:59:55") + pd.Timedelta(seconds=s)),
            datetime.datetime(2021, 3, 4, 23, 59, 55),
        ),
    ],
)
def test_clock_times_and_timestamps(tmp_path, write, start):
    record = read(table(tmp_path / "a.csv", [write(i / 250) for i in range(N)]))
    assert (record.fs, record.n_samples) == (250, N)
    assert record.start_date == (start and start.date())
    assert record.start_time == (start and start.time())


def test_clock_times_pass_midnight(tmp_path):
    times = [f"{(23 * 3600 + 59 * 60 + 58 + i // 250) % 86400}" for i in range(N)]
    clock = [
        f"{int(t) // 3600:02}:{int(t) % 3600 // 60:02}:{int(t) % 60:02}.{i % 250 * 4:03}"
        for i, t in enumerate(times)
    ]
    assert read(table(tmp_path / "a.csv", clock)).fs == 250


def test_gaps_in_the_times_are_nan(tmp_path):
    times = np.arange(N) / 250
    times[1000:] += 2.0
    path = table(tmp_path / "a.csv", [f"{t:.3f}" for t in times])
    with pytest.warns(UserWarning, match=r"1 gap of 2.004 s in all, read as NaN"):
        record = read_record(path, annotator=None)
    assert (record.fs, record.n_samples) == (250, N + 500)
    assert np.isnan(record.signal[1000:1500]).all()
    np.testing.assert_array_equal(record.signal[1500:, 0], WAVE[1000:].astype(np.float32))
    with pytest.warns(UserWarning):
        part = read_record(path, annotator=None, start=3.0, stop=7.0)
    np.testing.assert_array_equal(part.signal, record.signal[750:1750])


def test_uneven_times_are_told_with_their_number(tmp_path):
    steps = np.full(N, 0.004)
    steps[1::2], steps[2::2] = 0.003, 0.005
    path = table(tmp_path / "a.csv", [f"{t:.4f}" for t in np.cumsum(steps)])
    with pytest.warns(UserWarning, match=rf"{N - 1} of {N - 1} steps of its times differ"):
        assert read_record(path, annotator=None).fs == 250


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["0", "2", "1"], "its times must increase. Row 2 has 1 s after 2 s"),
        (["0", "0", "0"], "its times must be numbers that increase"),
        (["0", "x", "1"], "column 'time' must have times"),
    ],
)
def test_times_that_are_none_are_refused(tmp_path, times, message):
    with pytest.raises(RecordError, match=message):
        read(table(tmp_path / "a.csv", times))


def test_the_rate_is_given_where_the_file_has_none(tmp_path):
    pd.DataFrame({"II": WAVE}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(RecordError, match=r"no sampling frequency. Pass it: .*fs=360"):
        read(tmp_path / "a")
    assert read(tmp_path / "a", fs=360).fs == 360
    text = (tmp_path / "a.csv").read_text()
    (tmp_path / "a.csv").write_text(f"# fs: 360 Hz\n# chest strap\n{text}")
    record = read(tmp_path / "a")
    assert (record.fs, record.comments, record.n_samples) == (360, ("chest strap",), N)
    with pytest.raises(RecordError, match="it gives 360 Hz, and 'fs' 250 Hz"):
        read(tmp_path / "a", fs=250)


def test_a_rate_that_contradicts_the_times_is_refused(tmp_path):
    path = table(tmp_path / "a.csv", [f"{i / 250:.3f}" for i in range(N)])
    with pytest.raises(RecordError, match="column 'time' gives 250 Hz, and 'fs' 360 Hz"):
        read(path, fs=360)


def test_a_rate_is_not_given_to_formats_that_have_one(tmp_path):
    path = skecg.write_record(skecg.ECGRecord(WAVE, 250, name="a"), tmp_path)
    with pytest.raises(ValueError, match="'fs' parameter of read_record is for files without"):
        read(path, fs=250)
    with pytest.raises(ValueError, match="'fs' parameter of read_record must be"):
        read(path, fs=-1)


def test_the_line_of_units_of_rdsamp(tmp_path):
    rows = [f"'0:00.{4 * i:03}',{v * 1000:.0f},{v}" for i, v in enumerate(WAVE[:200])]
    head = ["'Elapsed time','MLII','V1'", "'mm:ss.mmm','uV','mV'"]
    (tmp_path / "a.csv").write_text("\n".join([*head, *rows]))
    record = read(tmp_path / "a")
    assert (record.fs, record.lead_names) == (250, ("MLII", "V1"))
    np.testing.assert_array_equal(record.signal[:, 0], record.signal[:, 1])


def test_a_counter_in_front_and_quoted_names(tmp_path):
    rows = [f"{i},{v}" for i, v in enumerate(WAVE)]
    (tmp_path / "a.csv").write_text("\n".join(["'sample #','MLII'", *rows]))
    record = read(tmp_path / "a", fs=360)
    assert (record.lead_names, record.n_samples) == (("MLII",), N)
    (tmp_path / "a.csv").write_text("\n".join(["'sample #','MLII'", *rows[:50], *rows[60:]]))
    with pytest.warns(UserWarning, match="1 gaps, read as NaN"):
        assert read_record(tmp_path / "a", annotator=None, fs=360).n_samples == N


def test_semicolons_and_decimal_commas(tmp_path):
    rows = [f"{i / 250:.3f};{v}".replace(".", ",") for i, v in enumerate(WAVE)]
    (tmp_path / "a.csv").write_text("\n".join(["Zeit;Kanal II [mV]", *rows]), encoding="latin-1")
    record = read(tmp_path / "a")
    assert (record.fs, record.lead_names) == (250, ("Kanal II",))
    np.testing.assert_array_equal(record.signal[:, 0], WAVE.astype(np.float32))


def test_decimal_commas_in_quotes_and_utf_16(tmp_path):
    rows = [f'"{i / 250:.3f}","{v}"'.replace(".", ",") for i, v in enumerate(WAVE)]
    text = "\n".join(['"time","II"', *rows])
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv").write_text(text, encoding="utf-16")
    for name in ("a.csv", "b.csv"):
        record = read(tmp_path / name)
        assert record.fs == 250
        np.testing.assert_array_equal(record.signal[:, 0], WAVE.astype(np.float32))


def test_the_file_that_is_named_is_read(tmp_path):
    table(tmp_path / "a.csv", np.arange(N) / 250)
    pd.DataFrame({"time": np.arange(N) / 250, "V1": -WAVE}).to_csv(
        tmp_path / "a.tsv", sep="\t", index=False
    )
    for name, lead in (("a.tsv", "V1"), ("a.csv", "II"), ("a", "II")):
        with pytest.warns(UserWarning, match="other formats"):
            assert read_record(tmp_path / name, annotator=None).lead_names == (lead,)


def test_tsv_and_units_in_latin_1(tmp_path):
    rows = [f"{i / 250:.3f}\t{v * 1000:.0f}" for i, v in enumerate(WAVE)]
    (tmp_path / "a.tsv").write_bytes("\n".join(["t\tECG [µV]", *rows]).encode("latin-1"))
    np.testing.assert_array_equal(read(tmp_path / "a").signal[:, 0], WAVE.astype(np.float32))


def test_columns_that_are_no_ecg_are_excluded(tmp_path):
    frame = pd.DataFrame({"II": WAVE, "resp": WAVE, "ABP (mmHg)": WAVE, "note": "x"})
    frame.insert(0, "time (s)", np.arange(N) / 250)
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.warns(UserWarning, match=r"'resp' \(its name .*'ABP' \(unit 'mmHg'\)") as caught:
        assert read_record(tmp_path / "a", annotator=None).lead_names == ("II",)
    assert len(caught) == 1
    header = read_header(tmp_path / "a")
    assert (header.lead_names, header.excluded_leads) == (("II",), ("resp", "ABP", "note"))
    assert read(tmp_path / "a", leads=["resp"]).lead_names == ("resp",)
    with pytest.raises(RecordError, match="lead 'ABP' must be in mV"):
        read(tmp_path / "a", leads=["ABP"])
    with pytest.raises(RecordError, match=r"column 'note' must have numbers, .*Got \['x'"):
        read(tmp_path / "a", leads=["note"])
    with pytest.raises(RecordError, match="Got 'V5', which is none of them"):
        read(tmp_path / "a", leads=["V5"])


def test_lead_one_is_no_counter(tmp_path):
    frame = pd.DataFrame({"time": np.arange(N) / 250, "I": WAVE, "II": WAVE})
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert read(tmp_path / "a").lead_names == ("I", "II")


def test_a_frame_without_names_has_numbered_leads(tmp_path):
    pd.DataFrame({0: WAVE, 1: WAVE}).to_csv(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv", fs=250).lead_names == ("lead0", "lead1")


def test_dates_with_dots_begin_with_the_day(tmp_path):
    times = [f"04.03.2021 08:00:{i / 250:06.3f}" for i in range(N)]
    record = read(table(tmp_path / "a.csv", times))
    assert (record.fs, record.start_date) == (250, datetime.date(2021, 3, 4))
    with pytest.raises(RecordError, match=r"must have times: .* is not ISO8601"):
        read(table(tmp_path / "b.csv", ["03/04/2021 08:00:00", "03/04/2021 08:00:01"]))


def test_a_long_pause_is_a_gap(tmp_path):
    times = [f"{(i if i < 500 else i + 100_000) / 250}" for i in range(N)]
    with pytest.warns(UserWarning, match="1 gap of 400.004 s"):
        record = read_record(table(tmp_path / "a.csv", times), annotator=None)
    assert (record.fs, record.n_samples) == (250, N + 100_000)


@pytest.mark.parametrize("rows", [[], ["0"]])
def test_tables_without_rows_are_refused(tmp_path, rows):
    with pytest.raises(RecordError, match=r"two rows or more. Got [01]"):
        read(table(tmp_path / "a.csv", rows))


def test_empty_cells_are_nan(tmp_path):
    (tmp_path / "a.csv").write_text("# fs: 250\nII,V1\n0.1,0.2\n,0.3\n0.2,0.3\n")
    with pytest.warns(UserWarning, match="1 of 3 samples of lead 'II' are missing"):
        record = read_record(tmp_path / "a", annotator=None)
    assert np.isnan(record.signal[1, 0]) and record.signal[1, 1] == np.float32(0.3)


@pytest.mark.parametrize(
    "header",
    [
        "record,sample,subject,y_true,y_pred,p_N", "sample,symbol", "model,metric,value",
        "record,sample,rr_pre,II", "time,x,y,z", "name,age,sex", "0.1,0.2,0.3", "", "a,a,II",
    ],
)  # fmt: skip
def test_other_tables_are_no_recordings(tmp_path, header):
    (tmp_path / "a.csv").write_text(f"{header}\n" + ",".join("1" * (header.count(",") + 1)))
    with pytest.raises(FileNotFoundError, match=r"among 1 file \(1 \*\.csv\)\. A table is a"):
        find_records(tmp_path)


def test_tables_of_skecg_are_no_recordings(tmp_path):
    skecg.write_record(skecg.simulate_record(30, random_state=0, name="r"), tmp_path)
    beats = skecg.load_beats([tmp_path / "r"])
    skecg.Predictions.from_beats(beats, beats.target).table.to_csv(tmp_path / "p.csv")
    beats.meta.to_csv(tmp_path / "meta.csv")
    beats.meta.to_parquet(tmp_path / "meta.parquet")
    assert find_records(tmp_path) == [tmp_path / "r"]
    with pytest.raises(RecordError, match="its columns must be those of a recording"):
        read(tmp_path / "p.csv")


def test_a_table_of_any_names_is_read_when_it_is_named(tmp_path):
    pd.DataFrame({"time": np.arange(N) / 250, "filtered": WAVE}).to_csv(tmp_path / "a.csv")
    with pytest.raises(FileNotFoundError):
        find_records(tmp_path)
    assert read(tmp_path / "a.csv").lead_names == ("filtered",)


def test_ragged_rows_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("# fs: 250\nII\n0.1\n0.2,0.3\n")
    with pytest.raises(RecordError, match="cannot be read in the format of a recording"):
        read(tmp_path / "a")


def test_annotations_are_a_table_next_to_the_recording(tmp_path):
    table(tmp_path / "a.csv", [f"{i / 250:.3f}" for i in range(N)])
    (tmp_path / "a.atr.csv").write_text("sample,symbol,aux_note\n100,N,\n50,+,(AFIB\n300,V,\n")
    (tmp_path / "a.own.csv").write_text('time,symbol\n0.4,N\n1.2,"stairs"\n')
    assert find_records(tmp_path) == [tmp_path / "a"]
    record = read(tmp_path / "a", annotator="atr")
    assert (record.sample.tolist(), record.symbol.tolist()) == ([100, 300], ["N", "V"])
    assert record.other.aux_note.tolist() == ["(AFIB"]
    record = read(tmp_path / "a", annotator="own")
    assert (record.sample.tolist(), record.other.sample.tolist()) == ([100], [300])
    assert (record.other.symbol.tolist(), record.other.aux_note.tolist()) == (['"'], ["stairs"])


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (".csv", "time;symbol\n0,4;N\n1,2;V\n"),
        (".csv", '"Sample"\t"Symbol"\n100\tN\n300\tV\n'),
        (".csv", "time (ms),symbol\n400,N\n1200,V\n"),
        (".csv", "time [s], symbol\n0.4, N\n1.2, V\n"),
        (".tsv", "sample\tsymbol\n100\tN\n300\tV\n"),
    ],
)
def test_annotations_in_other_layouts(tmp_path, ending, text):
    table(tmp_path / "a.csv", [f"{i / 250:.3f}" for i in range(N)])
    (tmp_path / f"a.atr{ending}").write_text(text)
    assert find_records(tmp_path, annotator="atr") == [tmp_path / "a"]
    record = read(tmp_path / "a", annotator="atr")
    assert (record.sample.tolist(), record.symbol.tolist()) == ([100, 300], ["N", "V"])


@pytest.mark.parametrize("text", ["symbol\nN\n", "sample,symbol\n1.5,N\n", "sample,symbol\nx,N\n"])
def test_annotations_that_cannot_be_read_are_refused(tmp_path, text):
    table(tmp_path / "a.csv", [f"{i / 250:.3f}" for i in range(N)])
    (tmp_path / "a.atr.csv").write_text(text)
    with pytest.raises(RecordError, match="Record 'a': "):
        read_record(tmp_path / "a")


@pytest.mark.parametrize(
    ("header", "times", "message"),
    [
        ("time (h),II", ["0", "1"], r"its unit must be s, ms, us or min. Got 'h'"),
        ("time (s),II", ["0", "0.000001"], r"Got 1e\+06 Hz: name their unit"),
        ("time,II", ["0:00.000", "x"], r"'x' is not a time"),
    ],
)
def test_times_of_other_units_are_refused(tmp_path, header, times, message):
    with pytest.raises(RecordError, match=message):
        read(table(tmp_path / "a.csv", times, header))


def test_a_recording_without_a_voltage_is_refused(tmp_path):
    path = table(tmp_path / "a.csv", ["0", "1"], "time,P (mmHg)")
    with pytest.raises(RecordError, match=r"must have a lead in mV, uV or V. Got .*'mmHg'"):
        read(path)


def test_times_may_be_durations(tmp_path):
    times = pd.to_timedelta(np.arange(N) * 4, unit="ms")
    frame = pd.DataFrame({"time": times, "II": WAVE})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_csv(tmp_path / "b.csv", index=False)  # "0 days 00:00:00.004000"
    assert read(tmp_path / "a").fs == read(tmp_path / "b").fs == 250


@pytest.mark.parametrize(
    ("header", "scale", "name"),
    [("ecg_uv", 1000, "ecg"), ("II / µV", 1000, "II"), ("II, mV", 1, "II"), ("V1", 1, "V1")],
)
def test_units_after_the_name(tmp_path, header, scale, name):
    frame = pd.DataFrame({"timestamp_ns": np.arange(N) * 4_000_000, header: WAVE * scale})
    frame.to_csv(tmp_path / "a.csv", index=False)
    record = read(tmp_path / "a")
    assert (record.fs, record.lead_names) == (250, (name,))
    np.testing.assert_allclose(record.signal[:, 0], WAVE, atol=1e-6)


def test_parquet(tmp_path):
    frame = pd.DataFrame({"II": WAVE, "V5 [uV]": (WAVE * 1000).astype(int), "text": "x"})
    frame.attrs["fs"] = 360
    frame.to_parquet(tmp_path / "a.parquet")
    record = read(tmp_path / "a")
    assert (record.fs, record.lead_names) == (360, ("II", "V5"))
    np.testing.assert_array_equal(record.signal[:, 1], WAVE.astype(np.float32))
    moments = pd.date_range("2021-03-04", periods=N, freq="4ms")
    pd.DataFrame({"time": moments, "II": WAVE}).to_parquet(tmp_path / "b.parquet")
    header = read_header(tmp_path / "b")
    assert (header.fs, header.n_samples, header.start_date.day) == (250, N, 4)
    assert [one.name for one in find_records(tmp_path, annotator=None)] == ["a", "b"]


def test_npz_has_everything(tmp_path):
    np.savez(
        tmp_path / "a.npz", signal=np.stack([WAVE, WAVE * 2], 1), fs=360, lead_names=["II", "V1"],
        units=["mV", "mV"], sample=[100, 200], symbol=["N", "V"],
    )  # fmt: skip
    assert find_records(tmp_path) == [tmp_path / "a"]
    record = read_record(tmp_path / "a")
    assert (record.fs, record.lead_names) == (360, ("II", "V1"))
    assert (record.sample.tolist(), record.symbol.tolist()) == ([100, 200], ["N", "V"])
    np.testing.assert_array_equal(record.signal[:, 1], (WAVE * 2).astype(np.float32))


@pytest.mark.parametrize("sample", [[1.5, 2.0], [1], [[1, 2]]])
def test_npz_annotations_that_are_none_are_refused(tmp_path, sample):
    np.savez(tmp_path / "a.npz", signal=WAVE, fs=250, sample=sample, symbol=["N", "V"])
    with pytest.raises(RecordError, match="must be whole numbers and texts of one length"):
        read_record(tmp_path / "a")


def test_npz_units_are_converted(tmp_path):
    np.savez(tmp_path / "a.npz", signal=WAVE * 1000, fs=360, units="uV")
    np.testing.assert_allclose(read(tmp_path / "a").signal[:, 0], WAVE, atol=1e-7)


@pytest.mark.parametrize(
    "arrays",
    [
        {"X": WAVE}, {"signal": np.zeros((2, 2, 2))}, {"signal": np.array(["a"])},
        {"signal": WAVE, "lead_names": ["a", "b"]}, {"signal": np.array([None])},
    ],
)  # fmt: skip
def test_npz_of_something_else_is_no_recording(tmp_path, arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(FileNotFoundError, match=r"1 \*\.npz"):
        find_records(tmp_path)
    with pytest.raises(RecordError, match="cannot be read in the format"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("ending", ["parquet", "npz", "npy"])
def test_damaged_files_are_refused(tmp_path, ending):
    file = tmp_path / f"a.{ending}"
    if ending == "parquet":
        pd.DataFrame({"time": np.arange(N) / 250, "II": WAVE}).to_parquet(file)
    elif ending == "npz":
        np.savez(file, signal=WAVE, fs=250)
    else:
        np.save(file, WAVE)
    raw = bytearray(file.read_bytes())
    raw[60:100] = b"{" * 40
    file.write_bytes(raw)
    with pytest.raises(RecordError, match=r"cannot be read in the format"):
        read(file, fs=250) if ending == "npy" else read(file)


def test_npy_needs_a_rate(tmp_path):
    np.save(tmp_path / "a.npy", np.stack([WAVE, WAVE], 1))
    assert find_records(tmp_path, annotator=None) == [tmp_path / "a"]
    with pytest.raises(RecordError, match="no sampling frequency"):
        read(tmp_path / "a")
    record = read(tmp_path / "a", fs=250, start=1, stop=2)
    assert record.lead_names == ("lead0", "lead1")
    np.testing.assert_array_equal(record.signal[:, 0], WAVE[250:500].astype(np.float32))


def test_npy_is_not_listed_among_recordings(tmp_path):
    np.save(tmp_path / "X.npy", np.stack([WAVE, WAVE], 1))
    skecg.write_record(skecg.ECGRecord(WAVE, 250, name="a"), tmp_path)
    assert find_records(tmp_path, annotator=None) == [tmp_path / "a"]


def test_wide_arrays_are_no_recordings(tmp_path):
    np.save(tmp_path / "X.npy", np.zeros((100, 187)))
    with pytest.raises(FileNotFoundError, match=r"1 \*\.npy"):
        find_records(tmp_path)


ROWS = [f"{i / 250:.3f},{i % 50 / 100}" for i in range(600)]


@pytest.mark.parametrize("cell", ["1_0", "\u0663", '"0,5"', "True", "0x1", "5%", "1e"])
def test_a_cell_is_a_number_or_refused(tmp_path, cell):
    (tmp_path / "r.csv").write_text("\n".join(["time (s),II", *ROWS, f"2.4,{cell}"]))
    shown = cell.strip('"')
    with pytest.raises(RecordError, match=rf"Record 'r': .*column 'II' must .*Got \['{shown}'\]"):
        read_record(tmp_path / "r.csv", annotator=None)


def test_truth_values_are_no_samples(tmp_path):
    (tmp_path / "r.csv").write_text("# fs: 250\nII\n" + "True\nFalse\n" * 300)
    with pytest.raises(RecordError, match="Got only true and false"):
        read_record(tmp_path / "r.csv", annotator=None)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["# fs: 250", "# fs: 500", "II", "1", "2"], "one sampling frequency. Got 250 Hz, 500"),
        (["# fs: -250", "II", "1", "2"], "no sampling frequency, but '# fs: -250'"),
        (["# fs: 1,5", "II", "1", "2"], "no sampling frequency, but '# fs: 1,5'"),
        (["# fs: 0.25 kHz", "II", "1", "2"], "no sampling frequency, but '# fs: 0.25 kHz'"),
        (["# fs: 500", "time (s),II", *ROWS], "gives 250 Hz, and the file itself 500 Hz"),
        (["time (s),II", *ROWS, "Mean,0.2"], "'Mean' is not a number"),
        (["<html>404</html>"], "at least one row"),
        (["version https://git-lfs", "oid sha256:a", "size 4"], "must have numbers.*oid sha256"),
    ],
)  # fmt: skip
def test_the_error_names_what_is_wrong(tmp_path, lines, words):
    (tmp_path / "r.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordError, match=rf"Record 'r': .*{words}"):
        read_record(tmp_path / "r.csv", annotator=None)


def test_times_in_whole_seconds_take_the_rate_that_is_given(tmp_path):
    # 600 samples at 250 Hz over 2.4 s, so that the times alone give 300 Hz
    rows = [f"{i // 250},{i % 50 / 100}" for i in range(600)]
    for first, fs in ((["# fs: 250"], None), ([], 250)):
        (tmp_path / "r.csv").write_text("\n".join([*first, "time (s),II", *rows]))
        with pytest.warns(UserWarning, match="can be wrong by 50"):
            record = read_record(tmp_path / "r.csv", annotator=None, fs=fs)
        assert record.n_samples == 600
        assert record.fs == (300 if fs is None else 250)


@pytest.mark.parametrize("fs", [[250, 500], True, 250j, "1_000", "2,5e2", [], float("nan")])
def test_a_rate_of_an_archive_is_one_number(tmp_path, fs):
    np.savez(tmp_path / "r.npz", signal=np.zeros(500), fs=fs)
    with pytest.raises(RecordError, match=r"Record 'r': .*sampling frequency must be a number"):
        read_record(tmp_path / "r.npz", annotator=None)


@pytest.mark.parametrize("fs", [True, "1_000", "fast", [250, 500]])
def test_a_rate_of_a_parquet_file_is_one_number(tmp_path, fs):
    table = pd.DataFrame({"II": np.zeros(500)})
    table.attrs["fs"] = fs
    table.to_parquet(tmp_path / "r.parquet")
    with pytest.raises(RecordError, match=r"Record 'r': .*sampling frequency must be a number"):
        read_record(tmp_path / "r.parquet", annotator=None)


def test_a_gap_may_be_written_in_capitals(tmp_path):
    (tmp_path / "r.csv").write_text("\n".join(["time (s),II", *ROWS, "2.4,NAN", "2.404,1.5e-1"]))
    with pytest.warns(UserWarning, match="1 of 602 samples"):
        record = read_record(tmp_path / "r.csv", annotator=None)
    assert np.isnan(record.signal[600, 0])
    assert record.signal[601, 0] == np.float32(0.15)
