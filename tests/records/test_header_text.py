"""Each character of a WFDB header is read, or the header is refused with the reason."""

import datetime

import pytest

from skecg import RecordError
from skecg.records.formats._wfdb._header_text import (
    HeaderText,
    SegmentLine,
    SignalLine,
    parse_header_text,
)

LINE = "r1.dat 16 200(0)/mV 16 0 0 7 0 II"


def parse(text, *, encoding="utf-8"):
    return parse_header_text(text.encode(encoding), "r1", "r1.hea")


def test_header_of_the_manual():
    # record 100 of MIT-BIH, the example of header(5)
    header = parse(
        "100 2 360 650000 0:0:0 0/0/0\n"
        "100.dat 212 200 11 1024 995 -22131 0 MLII\n"
        "\n"
        "100.dat 212 200 11 1024 1011 20052 0 V5\n"
        "# 69 M 1085 1629 x1\n"
        "#Aldomet, Inderal\n"
    )
    leads = (
        SignalLine("100.dat", "212", 1, 0, 0, 200.0, 1024, "mV", 995, -22131, "MLII"),
        SignalLine("100.dat", "212", 1, 0, 0, 200.0, 1024, "mV", 1011, 20052, "V5"),
    )
    assert header == HeaderText(
        360.0,
        650000,
        2,
        leads,
        start_time=datetime.time(0),
        unread_start="0/0/0",
        comments=("69 M 1085 1629 x1", "Aldomet, Inderal"),
    )


@pytest.mark.parametrize(
    ("text", "fs"),
    [
        ("r1 0", 250.0),
        ("r1 0 360", 360.0),
        ("r1 0 360. 0", 360.0),
        ("r1 0 3.6e2", 360.0),
        ("r1 0 3.6E+02", 360.0),
        ("r1 0 36e1", 360.0),
        ("r1 0 .36e3", 360.0),
        ("r1 0 360/10", 360.0),
        ("r1 0 62.4725/999.56(-24009.5)", 62.4725),
        ("r1\t0\t360/1e1(1e3)\t100", 360.0),
    ],
)
def test_sampling_frequency(text, fs):
    assert parse(text).fs == fs


@pytest.mark.parametrize(
    "field",
    ["0", "-360", "3,6", "nan", "inf", "1e999", "0x168", "360Hz", "360/", "360/10(", "٣٦٠"],
)
def test_sampling_frequency_is_refused(field):
    with pytest.raises(RecordError) as error:
        parse(f"r1 1 {field} 1000\n{LINE}\n")
    assert str(error.value) == (
        "Record 'r1': the sampling frequency in line 1 of its header 'r1.hea' must be a positive "
        f"number, such as 360 or 3.6e2. Got '{field}' in the line 'r1 1 {field} 1000'. Correct "
        "the line in a text editor."
    )


@pytest.mark.parametrize(
    ("field", "gain", "baseline", "unit"),
    [
        ("200", 200.0, 5, "mV"),
        ("0", 200.0, 5, "mV"),
        ("0.0(3)/uV", 200.0, 3, "uV"),
        ("1(0)/uV", 1.0, 0, "uV"),
        ("1.0E0(0)/uV", 1.0, 0, "uV"),
        ("-1.3e-2(-1024)/mmHg", -0.013, -1024, "mmHg"),
        ("+.5/mV/m", 0.5, 5, "mV/m"),
        ("1000(+7)", 1000.0, 7, "mV"),
    ],
)
def test_gain(field, gain, baseline, unit):
    signal = parse(f"r1 1\nr1.dat 16 {field} 12 5").signals[0]
    assert (signal.gain, signal.baseline, signal.unit) == (gain, baseline, unit)


@pytest.mark.parametrize(
    "field",
    [
        "1.0(0.0)/uV",
        "1,0(0)/uV",
        "1.0(0 )/uV",
        "1(0",
        "1(0)uV",
        "1()/uV",
        "1/",
        "mV",
        "1e999",
        "nan",
    ],
)
def test_gain_is_refused(field):
    with pytest.raises(
        RecordError, match=r"the gain of a lead in line 3 of its header .* must be"
    ):
        parse(f"# comment\nr1 1\nr1.dat 16 {field} 16 0 0 0 0 II")


def test_fields_of_the_format():
    signal = parse("r1 1\nr1.dat 212x4:3+512").signals[0]
    assert signal == SignalLine("r1.dat", "212", samples_per_frame=4, skew=3, offset=512)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("r1.dat", "the format of a lead in line 2"),
        ("r1.dat x", "the format of a lead"),
        ("r1.dat 16x0", "the format of a lead"),
        ("r1.dat 16+24x2", "the format of a lead"),
        ("r1.dat 16:-1", "the format of a lead"),
        ("r1.dat 16 200 II", "the resolution of a lead .* whole number. Got 'II'"),
        ("r1.dat 16 200 16 0.5", "the zero of the converter of a lead"),
        ("r1.dat 16 200 16 0 1e3", "the initial value of a lead"),
        ("r1.dat 16 200 16 0 0 ? 0 II", "the checksum of a lead"),
        ("r1.dat 16 200 16 0 0 0 II", "the block size of a lead"),
        ("r1.dat 16 200 16 0 0 0 0 a\x07", "the text .* without control characters"),
    ],
)
def test_line_of_a_lead_is_refused(line, words):
    with pytest.raises(RecordError, match=words):
        parse(f"r1 1 250 100\n{line}\n")


def test_defaults_of_a_lead():
    assert parse("r1 1\nr1.dat 16").signals == (SignalLine("r1.dat", "16"),)
    signal = parse("r1 1\nr1.dat 8 100 10 3").signals[0]
    assert (signal.baseline, signal.initial_value, signal.checksum) == (3, 3, None)


def test_description_keeps_its_spaces():
    signal = parse("r1 1\r\nr1.dat 16 200 16 0 0 0 -512   lead  V 1 \r\n").signals[0]
    assert signal.description == "lead  V 1"


def test_more_lines_than_leads_are_not_read():
    assert len(parse(f"r1 1\n{LINE}\nnot a line of a lead\n").signals) == 1


def test_too_few_lines():
    with pytest.raises(RecordError, match=r"each of 2 leads in one line. Got 1 line\."):
        parse(f"r1 2\n{LINE}\n")
    with pytest.raises(RecordError, match=r"each of 2 segments in one line. Got 0 lines"):
        parse("r1/2 1\n")
    with pytest.raises(RecordError, match="must begin with a line of the record"):
        parse("# a comment\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("r1", "the number of leads"),
        ("r1 x", "the number of leads"),
        ("r1 -1", "the number of leads"),
        ("r1/0 1", "the number of segments"),
        ("r1/x 1", "the number of segments"),
        ("/1 1", "the name of the record"),
        ("r1 1 250 -5", "the number of samples"),
        ("r1 1 250 1e3", "the number of samples"),
        ("r1 1 250 99999999999999999", "the number of samples"),
        ("r1/1 1 250 100\nr1_1", "the line of a segment"),
        ("r1/1 1 250 100\nr1_1 100 x", "the line of a segment"),
        ("r1/1 1 250 100\nr1_1 ten", "the number of samples"),
    ],
)
def test_line_of_the_record_or_a_segment_is_refused(text, words):
    with pytest.raises(RecordError, match=f"'r1': {words} in line"):
        parse(f"{text}\n")


@pytest.mark.parametrize("length", ["", " 0"])
def test_length_may_be_open(length):
    assert parse(f"r1 0 250{length}").n_frames is None


def test_segments():
    header = parse("m/3 2 360 45000\n100s 21600\n~ 1800\n100s 21600\nextra 1\n")
    assert header.segments == tuple(
        SegmentLine(*one) for one in (("100s", 21600), ("~", 1800), ("100s", 21600))
    )
    assert header.signals == ()


@pytest.mark.parametrize(
    ("text", "time", "date", "unread"),
    [
        ("13:5:0", (13, 5, 0), None, ""),
        ("10:00:00 01/02/2000", (10, 0, 0), (2000, 2, 1), ""),
        ("13:5:0.1234567 1/2/1999", (13, 5, 0, 123456), (1999, 2, 1), ""),
        ("13:5:0.25", (13, 5, 0, 250000), None, ""),
        ("05-May-2020 09:49:17", None, None, "05-May-2020 09:49:17"),
        ("2006", None, None, "2006"),
        ("13:05", None, None, "13:05"),
        ("24:10:00", None, None, "24:10:00"),
        ("24:10:00 01/01/2000", None, None, "24:10:00 01/01/2000"),
        ("10:00:00 20/01/89", (10, 0, 0), None, "20/01/89"),
        ("10:00:00 20/01/199", (10, 0, 0), None, "20/01/199"),
        ("10:00:00  31/02/2000", (10, 0, 0), None, "31/02/2000"),
        ("10:00:00 01/01/2000 CET", (10, 0, 0), None, "01/01/2000 CET"),
    ],
)
def test_time_and_date(text, time, date, unread):
    header = parse(f"r1 1 250 5000 {text}\n{LINE}\n")
    assert header.start_time == (None if time is None else datetime.time(*time))
    assert header.start_date == (None if date is None else datetime.date(*date))
    assert header.unread_start == unread


def test_comments_anywhere_in_order():
    text = f"#wfdb 10.7\n#first\nr1 1\n  #  second\n{LINE}\n#\n# third # é\n"
    assert parse(text).comments == ("first", " second", "", "third # é")
    assert parse(text, encoding="latin-1").comments[-1] == "third # é"


def test_files_hold_leads_that_follow_each_other():
    with pytest.raises(RecordError, match=r"the file of a lead in line 4 .* next to the other"):
        parse("r1 3\na.dat 16\nb.dat 16\na.dat 16\n")
    with pytest.raises(RecordError, match=r"the format of a lead .* 16 as for the other leads"):
        parse("r1 2\na.dat 16\na.dat 212\n")
    with pytest.raises(RecordError, match=r"the byte offset of a lead .* must be 24 as"):
        parse("r1 2\na.dat 16+24\na.dat 16\n")


def test_an_error_shows_the_beginning_of_a_long_line():
    with pytest.raises(RecordError, match=r"control characters. Got '.x00'") as caught:
        parse_header_text(bytes(5000), "r", "r.hea")
    assert len(str(caught.value)) < 1200
