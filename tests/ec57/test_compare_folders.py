"""compare_folders finds, reads and compares annotation files."""

import shutil

import numpy as np
import pytest

import skecg
from skecg import compare_folders
from skecg.utils import suggestions

FS = 50
SYMBOLS = list("NNVNSNNVNN") * 3


def record(name, late=0, symbols=SYMBOLS, seconds=340):
    """Make a flat recording with a beat a second from 5:01 on."""
    sample = 301 * FS + FS * np.arange(len(symbols)) + late
    signal = np.zeros(seconds * FS)
    return skecg.ECGRecord(signal, FS, sample=sample, symbol=symbols, name=name)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Folders of three recordings with reference annotations and with a test's."""
    reference, test = (tmp_path_factory.mktemp(name) for name in ("reference", "test"))
    for i, name in enumerate("abc"):
        skecg.write_record(record(name), reference / name)  # each in its own folder
        symbols = ["V"] * i + SYMBOLS[i:]
        skecg.write_record(record(name, late=2, symbols=symbols), test, annotator="skecg")
    return reference, test


@pytest.fixture
def folders(written, tmp_path):
    """A copy of them that a test may change."""
    for folder, name in zip(written, ("reference", "test"), strict=True):
        shutil.copytree(folder, tmp_path / name)
    return tmp_path / "reference", tmp_path / "test"


def test_all_records_are_compared(written):
    found = compare_folders(*written)
    assert list(found.comparisons) == ["a", "b", "c"]
    assert found.standard and found.skipped.empty
    assert found.table.loc["c", "VEB +P"] == pytest.approx(0.75)  # 6 of 8 V
    assert [one.period[1] for one in found.comparisons.values()] == [340 * FS] * 3


@pytest.mark.filterwarnings("ignore:Record")
def test_it_equals_compare_records(written):
    reference, test = written
    pairs = {
        name: (
            skecg.read_record(reference / name / name),
            skecg.read_record(test / name, annotator="skecg"),
        )
        for name in "abc"
    }
    expected, found = skecg.compare_records(pairs), compare_folders(*written)
    assert found.table.equals(expected.table) and found.pairs.equals(expected.pairs)


def test_one_recording(written):
    reference, test = written
    found = compare_folders(reference / "b" / "b", test / "b.skecg")
    assert list(found.comparisons) == ["b"] and len(found.pairs) == 1
    assert list(compare_folders(reference, test / "b").comparisons) == ["b"]
    assert list(compare_folders(reference / "b" / "b.atr", test).comparisons) == ["b"]


def test_two_recordings_may_have_any_names(folders):
    reference, test = folders
    (test / "a.skecg").rename(test / "other.skecg")
    found = compare_folders(reference / "a" / "a", test / "other")
    assert list(found.comparisons) == ["other"]


def test_one_folder_may_hold_both(folders):
    reference, test = folders
    for file in test.glob("*.skecg"):
        shutil.move(file, reference / file.stem)
    assert len(compare_folders(reference, reference).comparisons) == 3
    with pytest.raises(ValueError, match="reference and test are the same files") as caught:
        compare_folders(reference, reference, annotator="atr")
    assert suggestions(caught.value) == ("annotator",)


def test_records_are_selected_by_name(written, tmp_path):
    (tmp_path / "names.txt").write_text("c\n")
    assert list(compare_folders(*written, records=tmp_path / "names.txt").comparisons) == ["c"]
    assert list(compare_folders(*written, records=["c", "a/a"]).comparisons) == ["a", "c"]


def test_records_without_test_are_named_or_excluded(folders):
    reference, test = folders
    (test / "b.skecg").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"1 of 3 records have no .*\(b/b\)\. Name others by"
    ) as caught:
        compare_folders(reference, test)
    assert suggestions(caught.value) == ("records", "on_error")
    with pytest.warns(UserWarning, match=r"Excluded: 1 of 3 records have no .*\(b/b\)\.$"):
        found = compare_folders(reference, test, on_error="warn")
    assert list(found.comparisons) == ["a", "c"]
    assert found.skipped["record"].tolist() == ["b/b"]
    assert "Record 'b': there are no annotations '*.skecg'" in found.skipped["reason"][0]
    with pytest.raises(FileNotFoundError, match="Record 'b': there are no annotations"):
        compare_folders(reference, test, records=["b"], on_error="warn")


def test_tests_without_reference_are_warned_of(folders):
    reference, test = folders
    shutil.rmtree(reference / "c")
    with pytest.warns(
        UserWarning, match=r"1 of 3 files '\*\.skecg' .* not compared: c\."
    ) as caught:
        assert len(compare_folders(reference, test).comparisons) == 2
    assert caught[0].filename == __file__


def test_a_record_that_the_rules_refuse_is_named_or_excluded(folders):
    reference, test = folders
    short = skecg.ECGRecord(np.zeros(280 * FS), FS, sample=[50], symbol=["N"], name="d")
    skecg.write_record(short, reference)
    skecg.write_record(short, test, annotator="skecg")
    with pytest.raises(ValueError, match=r"Record 'd': the recording ends at 280\.0") as caught:
        compare_folders(reference, test)
    assert suggestions(caught.value) == ("on_error",)
    with pytest.warns(UserWarning, match="Excluded: Record 'd'"):
        found = compare_folders(reference, test, on_error="warn")
    assert found.skipped["record"].tolist() == ["d"]


def test_a_truncated_file_is_named_or_excluded(folders):
    reference, test = folders
    file = test / "a.skecg"
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(skecg.RecordError, match="Record 'a': its annotation file") as caught:
        compare_folders(reference, test)
    assert suggestions(caught.value) == ("on_error",)
    with pytest.warns(UserWarning, match="Excluded: Record 'a'"):
        found = compare_folders(reference, test, on_error="warn")
    assert list(found.comparisons) == ["b", "c"]


@pytest.mark.filterwarnings("ignore:Excluded")
def test_no_readable_record_is_an_error(folders):
    reference, test = folders
    for file in test.glob("*.skecg"):
        file.write_bytes(b"\0")
    with pytest.raises(ValueError, match=r"no recording can be compared.*Record 'a'"):
        compare_folders(reference, test, on_error="warn")


def test_the_rate_is_needed_where_there_is_no_header(folders):
    reference, test = folders
    for file in [*reference.rglob("*.hea"), *test.glob("*.hea")]:
        file.unlink()
    with pytest.raises(FileNotFoundError, match="Record 'a': there is no header") as caught:
        compare_folders(reference, test)
    assert suggestions(caught.value) == ("fs", "on_error")
    found = compare_folders(reference, test, fs=FS)
    assert [one.period[1] for one in found.comparisons.values()] == [330 * FS] * 3


def test_one_recording_that_cannot_be_read_has_no_other_to_go_on_with(folders):
    reference, test = folders
    (test / "a.skecg").write_bytes(b"\0")
    with pytest.raises(skecg.RecordError, match="Record 'a': its annotation file") as caught:
        compare_folders(reference / "a", test / "a")
    assert suggestions(caught.value) == ()


def test_the_length_may_be_missing_from_a_header(folders):
    reference, test = folders
    whole = compare_folders(reference, test)
    for file in [*reference.rglob("*.hea"), *test.glob("*.hea")]:
        first, *rest = file.read_text().splitlines()
        file.write_text("\n".join([" ".join(first.split()[:3]), *rest]) + "\n")
    found = compare_folders(reference, test)
    assert found.table.equals(whole.table)


def test_recordings_of_different_lengths_are_refused(folders):
    reference, test = folders
    skecg.write_record(record("a", seconds=350), test, annotator="skecg")
    with pytest.raises(ValueError, match=r"must give one length.* 17000 and 17500 samples"):
        compare_folders(reference, test)


def test_records_of_one_name_are_distinguished_by_their_folder(folders):
    reference, test = folders
    skecg.write_record(record("a"), reference / "more")
    for folder in ("a", "more"):
        skecg.write_record(record("a"), test / folder, annotator="skecg")
    (test / "a.skecg").unlink()
    assert list(compare_folders(reference, test).comparisons) == ["a/a", "b", "c", "more/a"]
    shutil.rmtree(test / "a")
    skecg.write_record(record("a"), test / "other", annotator="skecg")
    with pytest.raises(ValueError, match="Record 'a': there are 2 tests of this name"):
        compare_folders(reference, test)


@pytest.mark.parametrize(
    ("options", "message", "suggested"),
    [
        ({"annotator": "qrs"}, r"no annotations '\*\.qrs' .* Endings there: skecg\.", "annotator"),
        ({"reference_annotator": "qrs"}, "Endings there: atr", "reference_annotator"),
        ({"test": "nowhere"}, "neither a folder 'nowhere' nor .* 'nowhere.skecg'", "annotator"),
    ],
)
def test_folders_without_annotations_are_refused(written, options, message, suggested):
    folders = dict(zip(("reference", "test"), written, strict=True))
    with pytest.raises(FileNotFoundError, match=message) as caught:
        compare_folders(**folders | options)
    assert suggestions(caught.value) == (suggested,)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"annotator": "."}, ValueError, "'annotator' parameter of compare_folders must be the"),
        ({"reference_annotator": None}, TypeError, "'reference_annotator' .* must be a str"),
        ({"stop": 200}, ValueError, "'stop' parameter of compare_folders"),
        ({"fs": 0}, ValueError, "'fs' parameter of compare_folders"),
        ({"on_error": "skip"}, ValueError, "'on_error' parameter of compare_folders"),
    ],
)
def test_parameters_are_checked(written, options, error, message):
    with pytest.raises(error, match=message):
        compare_folders(*written, **options)


@pytest.mark.records
def test_real_annotations_equal_the_reference_program(records_folder):
    folder = records_folder.parent / "ec57" / "cases"
    with pytest.warns(UserWarning, match="Excluded: Record '44_short_record/syn'"):
        found = compare_folders(folder, folder, annotator="test", on_error="warn")
    assert len(found.comparisons) == 34
