"""The comparison takes annotation files as the reference program does.

The counts are those of bxb 10.7.0 for the same kinds of files.
"""

import numpy as np
import pytest
import wfdb

from skecg import ECGRecord, compare_annotations, compare_folders

FS = 360
N_SAMPLES = 360 * FS
BEATS = [FS * second for second in range(301, 360)]  # 59 beats
SYMBOLS = [5 if i % 4 == 3 else 1 for i in range(59)]  # code 5 is V, 14 of them


def content(annotations):
    """Encode (sample, code) or (sample, code, text), an interval of 32 bits before each."""
    made, before = b"", 0
    for sample, code, *texts in annotations:
        a, b, c, d = (sample - before & 0xFFFFFFFF).to_bytes(4, "little")
        made += bytes([0, 59 << 2, c, d, a, b, 0, code << 2])
        for text in texts:
            made += bytes([len(text), 63 << 2]) + text + b"\0" * (len(text) % 2)
        before = sample
    return made + b"\0\0"


MIXED = list(zip(BEATS, SYMBOLS, strict=True))


def resolution(value):
    return (0, 22, b"## time resolution: %d" % value)


def fine(rate):
    """Return the beats with positions at another rate."""
    return [resolution(rate), *((round(at * rate / FS), code) for at, code in MIXED)]


@pytest.fixture
def folders(tmp_path):
    """Write a reference with a header, and a test with one or without."""

    def write(reference, test, headers=("reference", "test")):
        for name, annotations in (("reference", reference), ("test", test)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / f"r1.{name}").write_bytes(content(annotations))
            if name in headers:
                (tmp_path / name / "r1.hea").write_text(f"r1 0 {FS} {N_SAMPLES}\n")
        return tmp_path / "reference", tmp_path / "test"

    return write


def compared(folders, **options):
    found = compare_folders(
        *folders, reference_annotator="reference", annotator="test", **options
    ).comparisons["r1"]
    counts = found.statistics[["numerator", "denominator"]]
    return {name: tuple(counts.loc[name]) for name in ("QRS Se", "QRS +P", "VEB Se")}


FULL = {"QRS Se": (59, 59), "QRS +P": (59, 59), "VEB Se": (14, 14)}


@pytest.mark.parametrize("headers", [("reference", "test"), ("reference",)])
@pytest.mark.parametrize(
    ("reference", "test"), [(MIXED, fine(1000)), (fine(1000), MIXED), (fine(1000), fine(128))]
)
def test_time_resolutions_are_brought_to_the_rate_of_the_record(folders, headers, reference, test):
    assert compared(folders(reference, test, headers)) == FULL


def test_time_resolutions_are_brought_to_the_rate_given(folders):
    assert compared(folders(fine(1000), fine(1000), headers=())) == FULL
    places = folders(fine(1000), fine(128), headers=())
    assert compared(places, fs=FS) == FULL
    with pytest.raises(ValueError, match=r"Got 1000 \(reference\), 128 \(test\)"):
        compared(places)


def test_converted_positions_are_rounded_halves_up(folders):
    # 0.15 s are 54 samples: 301 * 360 + 54.5 at 720 Hz is one sample more than that
    at = 301 * 360
    inside = [resolution(720), (2 * at + 108, 1)]
    outside = [resolution(720), (2 * at + 109, 1)]
    assert compared(folders([(at, 1)], inside))["QRS Se"] == (1, 1)
    assert compared(folders([(at, 1)], outside))["QRS Se"] == (0, 1)


def test_the_code_decides_the_class(folders):
    table = [
        b"## annotation type definitions",
        b"5 PVC premature",
        b"1 + x",
        b"## end of definitions",
    ]
    named = [(0, 22, text) for text in table] + MIXED
    assert compared(folders(named, MIXED)) == FULL
    assert compared(folders(MIXED, named)) == FULL


def test_undefined_codes_are_not_beats(folders):
    unknown = [*MIXED[:40], (MIXED[40][0], 45), *MIXED[41:]]
    with pytest.warns(UserWarning, match=r"test annotations contain symbols .*\['\[45\]'\]"):
        found = compared(folders(MIXED, unknown))
    assert found == {"QRS Se": (58, 59), "QRS +P": (58, 58), "VEB Se": (14, 14)}


def test_annotations_before_sample_0(folders):
    assert compared(folders([(-30, 28, b"(N"), *MIXED], MIXED)) == FULL
    assert compared(folders(MIXED, [(-30, 1), (-30, 32), (-20, 33), *MIXED])) == FULL
    # the period from 0: a beat before it may match the first one after it
    early = [(-10, 1), *MIXED]
    found = compared(folders([(5, 1), *MIXED], early), start=0)
    assert found == {"QRS Se": (60, 60), "QRS +P": (60, 60), "VEB Se": (14, 14)}


def test_objects_are_converted_and_their_codes_decide(folders):
    table = [b"## annotation type definitions", b"5 PVC premature", b"## end of definitions"]
    named = [(0, 22, text) for text in table]
    _, test = folders(MIXED, fine(1000)[:1] + named + fine(1000)[1:])
    annotation = wfdb.rdann(str(test / "r1"), "test")
    assert annotation.fs == 1000 and annotation.symbol[3] == "PVC"
    symbols = ["V" if code == 5 else "N" for code in SYMBOLS]
    record = ECGRecord(np.zeros(N_SAMPLES), FS, sample=BEATS, symbol=symbols, name="r1")
    for pair in ((record, annotation), (annotation, record)):
        found = compare_annotations(*pair)
        assert found.fs == FS and found.pairs.empty
        assert found.statistics.loc["VEB Se", "denominator"] == 14
