"""Models as arguments of commands: files, and the names of those that come with skecg."""

import json

import pytest

import skecg


@pytest.fixture
def small_file(tmp_path):
    """A model file without beats, under the name of a model that comes with skecg."""
    skecg.save(skecg.WaveletDenoiser().fit([[0.0, 1.0]]), tmp_path / "lstm")
    return tmp_path


@pytest.fixture
def folder(tmp_path):
    """Two recordings: one with one lead, one with three of other names, and a paced beat."""
    one = skecg.simulate_record(40, leads=["V1"], fs=360, name="one", random_state=0)
    three = skecg.simulate_record(40, leads=["I", "V2", "V6"], name="three", random_state=1)
    symbol = three.symbol.copy()
    symbol[5] = "/"
    paced = skecg.ECGRecord(
        three.signal, three.fs, three.lead_names, three.sample, symbol, name="three"
    )
    for record in (one, paced):
        skecg.write_record(record, tmp_path / "records")
    return tmp_path / "records"


def test_evaluate_takes_a_model_by_its_name(invoke, folder, tmp_path):
    result = invoke("evaluate", "lstm", folder, "--json", "-", cwd=tmp_path)
    assert result.code == 0, result.err
    data = json.loads(result.out)
    assert data["title"] == "lstm on records" and list(data["models"]) == ["lstm"]
    facts = json.loads(invoke("info", "lstm", "--json", cwd=tmp_path).out)
    assert data["settings"]["trained_on"]["fingerprint"] == facts["fingerprint"]
    assert data["classes"]["Q"]["support"] == 1 and data["classes"]["Q"]["se"] == 0
    (warning,) = data["warnings"]
    assert warning.startswith("The model 'lstm' was not trained on ['Q']")


def test_path_comes_before_a_name_with_a_warning(invoke, words, folder, small_file):
    result = invoke("evaluate", "lstm", folder, cwd=small_file)
    assert result.code == 1
    assert "There is a file 'lstm' here, and it is used" in words(result.err)
    assert "'lstm' does not contain the extractor of its rows" in words(result.err)
    (small_file / "lstm").unlink()
    (small_file / "lstm").mkdir()
    result = invoke("evaluate", "lstm", folder, cwd=small_file)
    assert result.code == 1
    assert "There is a folder 'lstm' here" in words(result.err)


def test_error_of_an_unknown_name_lists_the_known_ones(invoke, words, folder):
    result = invoke("evaluate", "lstmm", folder)
    assert result.code == 1
    assert "no model file 'lstmm'" in words(result.err)
    assert "by its name, such as 'lstm'" in words(result.err)


def test_info_shows_the_facts_of_a_model_file(invoke, words, trained):
    result = invoke("info", trained.folder / "lstm.skecg")
    assert result.code == 0 and result.err == ""
    _, info = skecg.load(trained.folder / "lstm.skecg", return_info=True)
    text = words(result.out)
    assert f"{info.n_beats} beats of {len(info.subjects)} subjects" in text
    assert "classes N, S, V, F" in text and "BeatExtractor(fs=250.0)" in text
    assert max(map(len, result.out.splitlines())) <= 80


def test_info_of_a_model_by_its_name_shows_its_card(invoke, words):
    result = invoke("info", "lstm")
    assert result.code == 0, result.err
    assert "Where it fails" in result.out and "medical device" in words(result.out)
    data = json.loads(invoke("info", "lstm", "--json").out)
    assert data["model"] == "lstm" and data["classes"] == ["N", "S", "V", "F"]
    assert data["extractor"]["params"]["missing_leads"] == "zeros"
    assert data["card"].startswith("# lstm\n")


def test_info_of_a_model_without_beats(invoke, words, small_file):
    result = invoke("info", "lstm", cwd=small_file)
    assert result.code == 0
    assert "trained on unknown" in words(result.out)
    assert "There is a file 'lstm' here" in words(result.err)


def test_info_of_a_folder_named_like_a_model_is_of_its_recordings(invoke, folder):
    folder = folder.rename(folder.with_name("lstm"))
    result = invoke("info", "lstm", cwd=folder.parent)
    assert result.code == 0 and "2 records of 2 subjects" in result.out


def test_info_of_a_damaged_model_file_names_it(invoke, words, tmp_path):
    (tmp_path / "x.skecg").write_text("not a zip archive")
    result = invoke("info", tmp_path / "x.skecg")
    assert result.code == 1 and "is not a usable skecg model file" in words(result.err)
