"""Beats that a person has reviewed: read, merged by hand-made cases, and kept by reruns."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.annotated import AnnotatedRecord
from skecg.annotation._adapt import LEAST, adapt_model, check_adaptable
from skecg.annotation._corrections import read_corrections
from skecg.annotation._folder import Options, annotate_all
from skecg.annotation._merge import Changes, changes_between, merge
from skecg.annotation._model import resolve_model
from skecg.records.formats import read_annotations

FS = 250


def found(sample=(100, 300, 500, 700), symbol="NNNN"):
    """An annotated recording of 4 s with beats at samples."""
    beats = pd.DataFrame({"sample": sample, "symbol": list(symbol), "leads": "II"})
    beats = beats.assign(p_beat=np.float32(1), p_N=np.float32(0.6), p_V=np.float32(0.4))
    none = pd.DataFrame(columns=["start", "stop", "lead", "state"])
    skipped = pd.DataFrame(columns=["reason", "count"])
    return AnnotatedRecord(
        "ana", "ana", FS, 1000, ("II",), None, (), beats, none, skipped, lambda a, b: None
    )


def shown(merged):
    beats = merged.found.beats
    text = "".join(beats["symbol"])
    return beats["sample"].tolist(), text, beats["reviewed"].tolist()


def test_a_class_is_changed_or_confirmed():
    merged = merge(found(), Changes.of([300, 500], ["V", "N"]))
    assert shown(merged) == ([100, 300, 500, 700], "NVNN", [False, True, True, False])
    assert (merged.counts["changed"], merged.counts["confirmed"]) == (1, 1)
    # the probabilities are still those of the model
    assert merged.found.beats["p_N"].tolist() == found().beats["p_N"].tolist()


def test_a_beat_is_found_within_150_ms():
    assert shown(merge(found(), Changes.of([337], ["V"])))[1] == "NVNN"
    merged = merge(found(), Changes.of([338], ["V"]))  # 152 ms: another beat
    assert shown(merged)[0] == [100, 300, 338, 500, 700] and merged.counts["added"] == 1


def test_beats_are_added_and_deleted():
    merged = merge(found(), Changes.of([300, 400], ["-", "S"]))
    assert shown(merged) == ([100, 400, 500, 700], "NSNN", [False, True, False, False])
    added = merged.found.beats.iloc[1]
    assert added["leads"] == "" and np.isnan(added["p_N"]) and np.isnan(added["p_beat"])
    assert (merged.counts["added"], merged.counts["deleted"]) == (1, 1)
    assert merged.found.beats["p_N"].dtype == np.float32


def test_a_beat_that_is_moved_keeps_its_probabilities():
    merged = merge(found(), Changes.of([300, 310], ["-", "V"]))
    assert shown(merged)[:2] == ([100, 310, 500, 700], "NVNN")
    assert merged.counts["moved"] == 1 and not merged.found.beats["p_N"].isna().any()


def test_what_matches_no_beat_is_said():
    merged = merge(found(), Changes.of([-3, 200, 300, 1000], ["V", "-", "V", "N"]))
    assert merged.counts["unmatched"] == 3 and merged.applied.sample.tolist() == [300]
    assert "no beat to delete at sample 200" in merged.problem()
    assert "sample 1000 is outside" in merged.problem() and "3 corrections" in merged.problem()
    assert merge(found(), merged.applied).problem() == ""


def test_corrections_are_of_the_nearest_beat_each_of_another_one():
    close = found((100, 120, 500, 700))
    assert shown(merge(close, Changes.of([100, 119], ["V", "S"])))[1] == "VSNN"


def test_later_changes_hold():
    before = Changes.of([100, 300], ["V", "S"])
    after = before.updated(Changes.of([300, 500], ["N", "-"]), 250)
    assert after.sample.tolist() == [100, 300, 500] and "".join(after.symbol) == "VN-"


def test_a_beat_that_is_listed_twice_is_one_beat():
    merged = merge(found(), Changes.of([300, 310, 600, 610], ["V", "N", "S", "S"]))
    assert shown(merged)[1].count("V") == 1 and merged.counts["added"] == 1
    assert merged.counts["unmatched"] == 2 and "another one is of the beat" in merged.problem()
    later = Changes.of([300, 600], ["V", "S"]).updated(Changes.of([303], ["N"]), 250)
    assert (later.sample.tolist(), later.symbol.tolist()) == ([303, 600], ["N", "S"])


def test_changes_of_an_edited_list():
    old = np.array([100, 300, 500, 700]), np.array(list("NNVN"))
    new = np.array([100, 301, 520, 900]), np.array(list("NVVS"))
    changes = changes_between(old, new)
    assert changes.sample.tolist() == [300, 500, 520, 700, 900]
    assert "".join(changes.symbol) == "V-V-S"
    merged = merge(found(symbol="NNVN"), changes)
    assert shown(merged)[:2] == ([100, 300, 520, 900], "NVVS")
    assert merged.counts | {"confirmed": 0} == {
        "changed": 1, "confirmed": 0, "added": 1, "deleted": 1, "moved": 1, "unmatched": 0,
    }  # fmt: skip
    assert len(changes_between(old, old)) == 0


# files


def write(folder, text, name="list.csv"):
    (folder / name).write_text(text)
    return folder / name


def test_a_list_has_samples_or_times_and_any_symbol(tmp_path):
    text = (
        "record,sample,time,symbol,corrected\n"
        "a,100,,N,V\n"
        "a,,1:02.5,N,n\n"
        "a,,0:01:03,N,delete\n"
        "a,200,,N,\n"  # not reviewed
        "b,7,,S,A\n"
    )
    read = read_corrections(write(tmp_path, text))
    changes = read.of(["a"]).changes(FS, (np.array([]), np.array([])))
    assert changes.sample.tolist() == [100, round(62.5 * FS), 63 * FS]
    assert "".join(changes.symbol) == "VN-"
    assert read.reviews["b"][0].symbol.tolist() == ["S"]
    assert repr(read) == "Corrections(4 beats of 2 recordings)" and len(read) == 4


def test_a_list_of_a_spreadsheet_is_read(tmp_path):
    text = "\ufeffrecord;sample;corrected\r\na;100;'-\r\n\r\na;200;V\r\n"
    read = read_corrections(write(tmp_path, text))
    assert read.reviews["a"][0].symbol.tolist() == ["-", "V"]


def test_a_table_of_all_beats_may_have_a_column_of_corrections(tmp_path):
    text = "time_s,sample,class,corrected\n0.4,100,N,\n1.2,300,N,V\n"
    (review,) = read_corrections(write(tmp_path, text, "ana.csv")).reviews["ana"]
    assert review.sample.tolist() == [300] and not review.whole


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record,class\na,N\n", "must have a column 'sample' or 'time'"),
        ("", "Got no columns"),
        ("record,sample,corrected\na,1.5,N\n", "line 2: a sample, a whole number"),
        ("record,sample,corrected\na,1,N\na,x,N\n", "line 3: a sample"),
        ("record,time,corrected\na,soon,N\n", "line 2: seconds from the start"),
        ("record,time,corrected\na,,N\n", "line 2: a position"),
        ("record,time,corrected\na,1,U\n", "line 2: a class is needed. Got 'U'"),
        ("sample,class\n1,\n", "line 2: a class is needed. Got ''"),
    ],
)
def test_a_damaged_list_is_refused_with_its_line(tmp_path, text, words):
    with pytest.raises(ValueError, match=words):
        read_corrections(write(tmp_path, text))


def test_missing_corrections_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="There are no corrections"):
        read_corrections(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match=r"no files \*.csv"):
        read_corrections(tmp_path)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("record,sample,corrected\na,1,\n", "no row has a class in the column 'corrected'"),
        ("time_s,sample,class\n", "it has no beats, and none is deleted"),
        ("record,sample,class\n", "no row has a class in the column 'class'"),
    ],
)
def test_a_list_without_a_reviewed_beat_is_said(tmp_path, text, note):
    read = read_corrections(write(tmp_path, text))
    assert len(read) == 0 and note in read.notes[0]


# merged into results


@pytest.fixture(scope="module")
def beats():
    return skecg.load_simulated(4, duration=30, random_state=0)


@pytest.fixture(scope="module")
def model(beats):
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    return resolve_model(tree, beats.extractor)


@pytest.fixture
def run(model, tmp_path):
    """A function that annotates a recording of 20 s into a folder, and returns its row."""
    record = skecg.simulate_record(20, name="ana", random_state=5)
    path = skecg.write_record(record, tmp_path / "data")

    def annotate(**options):
        options = Options(detector="sleepecg", **options)
        (outcome,) = annotate_all(model, path, tmp_path / "out", options)
        return outcome.row | {"is_new": outcome.is_new}

    return annotate


def edit(out, change):
    """Change the beats of RECORD.beats, as a viewer does."""
    stream = read_annotations(out / "ana", "beats")
    sample, symbol = change(stream.sample.copy(), stream.symbol.copy())
    other = skecg.ECGRecord(np.zeros(5000), FS, sample=sample, symbol=symbol, name="ana")
    file = out / "ana.beats"
    file.unlink()
    skecg.write_record(other, out.parent / "viewer", annotator="beats")
    (out.parent / "viewer" / "ana.beats").rename(file)


def table(out):
    return pd.read_csv(out / "ana.csv")


def test_edited_annotations_come_back_and_stay(run, tmp_path):
    out = tmp_path / "out"
    run()
    before = table(out)

    def change(sample, symbol):
        symbol[3] = "V" if symbol[3] != "V" else "N"
        return np.delete(sample, 5), np.delete(symbol, 5)

    edit(out, change)
    with pytest.warns(UserWarning, match="was edited since it was written"):
        run()
    row = run(corrections=out)
    after = table(out)
    assert (row["reviewed"], row["deleted"], row["beats"]) == (1, 1, len(before) - 1)
    assert after["class"][3] != before["class"][3] and after["reviewed"][3] == "yes"
    np.testing.assert_array_equal(after["sample"], before["sample"].drop(5))
    assert after["p_N"].equals(before["p_N"].drop(5).reset_index(drop=True))
    assert read_annotations(out / "ana", "beats").sample.tolist() == after["sample"].tolist()
    counts = json.loads((out / "ana.json").read_text())["summary"]["counts"]
    assert counts["V"] == (after["class"] == "V").sum() == row["V"]
    # a rerun keeps them, also when all is made anew
    assert not run()["is_new"]
    assert run(restart=True)["is_new"] and table(out).equals(after)
    assert run(review_below=0.5)["reviewed"] == 1 and table(out).equals(after)


def test_an_edited_table_comes_back(run, tmp_path):
    out = tmp_path / "out"
    run()
    beats = table(out)
    beats.loc[2, "class"] = "F"
    beats.drop(index=4).to_csv(out / "ana.csv", index=False)
    row = run(corrections=out)
    assert (row["reviewed"], row["deleted"]) == (1, 1)
    assert read_annotations(out / "ana", "beats").symbol[2] == "F"


def test_edited_files_are_not_overwritten_without_their_edits(run, tmp_path):
    out = tmp_path / "out"
    run()
    beats = table(out).drop(index=4).reset_index(drop=True)
    beats.to_csv(out / "ana.csv", index=False)
    row = run(restart=True)
    assert row["status"] == "failed" and "was edited since it was written" in row["reason"]
    assert table(out).equals(beats)


def test_a_list_of_corrections_is_merged_once(run, tmp_path):
    out = tmp_path / "out"
    run()
    sample = table(out)["sample"]
    lines = [f"ana,{sample[1]},V", f"ana,{sample[2]},-", "ana,999999,N", "bob,5,N"]
    file = write(tmp_path, "\n".join(["record,sample,corrected", *lines]))
    with pytest.warns(UserWarning) as caught:
        row = run(corrections=file)
    texts = [str(one.message) for one in caught]
    assert any("1 correction not applied: sample 999999 is outside" in text for text in texts)
    assert any("no recording is named bob" in text for text in texts)
    assert (row["reviewed"], row["deleted"], row["unmatched"]) == (1, 1, 1)
    with pytest.warns(UserWarning, match="no recording is named bob"):
        assert not run(corrections=file)["is_new"]
    with pytest.warns(UserWarning, match="no file was edited"):
        assert not run(corrections=out)["is_new"]


# adapted to a person


def of_person(beats, n):
    """A found recording of a minute with its true beats, of which n are reviewed."""
    record = skecg.simulate_record(60, ventricular=0.2, random_state=3, name="ana")
    table = pd.DataFrame({"sample": record.sample, "symbol": "N", "leads": "MLII"})
    table = table.assign(p_beat=np.nan, p_N=np.nan)
    none = pd.DataFrame(columns=["start", "stop", "lead", "state"])

    def read(start, stop):
        first, last = round(start * FS), None if stop is None else round(stop * FS)
        return skecg.ECGRecord(record.signal[first:last], FS, record.lead_names, name="ana")

    found = AnnotatedRecord(
        *("ana", "ana", FS, record.n_samples, record.lead_names, None, ()),
        *(table, none, pd.DataFrame(columns=["reason", "count"]), read),
    )
    changes = Changes.of(record.sample[:n], record.symbol[:n].tolist())
    return merge(found, changes).found, changes, record


def test_a_model_is_adapted_to_the_reviewed_beats(beats):
    model = GaussianNB().fit(beats.data, beats.target)
    found, changes, record = of_person(beats, LEAST + 10)
    before = model.predict_proba(beats.data)
    tuned = adapt_model(model, beats.extractor, found, changes)
    np.testing.assert_array_equal(model.predict_proba(beats.data), before)
    rows = beats.extractor.extract(record)
    mine = rows[rows.meta["sample"].to_numpy() <= changes.sample[-1]]
    # ten epochs of all reviewed beats with rows, labels as reviewed
    assert tuned.class_count_.sum() - model.class_count_.sum() == 10 * len(mine)


def test_an_adapted_model_does_not_forget_classes_without_a_reviewed_beat(beats):
    model = GaussianNB().fit(beats.data, beats.target)
    found, changes, _ = of_person(beats, LEAST)
    table = found.beats
    table.loc[table["reviewed"], "symbol"] = "N"
    later = table.index[~table["reviewed"]][:12]
    table.loc[later, "symbol"] = "V"
    table["p_V"] = 0.5
    known = Changes.of(changes.sample, ["N"] * len(changes))
    counts = {}
    for certain in (12, 9):  # fewer than ten are left out
        table.loc[later, "p_V"] = [0.95] * certain + [0.5] * (12 - certain)
        tuned = adapt_model(model, beats.extractor, found, known)
        counts[certain] = (tuned.class_count_ - model.class_count_)[model.classes_ == "V"]
    assert counts == {12: 120, 9: 0}


def test_a_model_is_not_adapted_to_few_beats(beats):
    model = GaussianNB().fit(beats.data, beats.target)
    found, changes, _ = of_person(beats, 20)
    with pytest.warns(UserWarning, match="adapting needs 50: the model was not adapted"):
        assert adapt_model(model, beats.extractor, found, changes) is None


def test_a_model_without_partial_fit_cannot_be_adapted(model):
    with pytest.raises(ValueError, match="'adapt' parameter of annotate needs a model with"):
        check_adaptable(model.model)
