"""The models that come with skecg: what holds of them whatever their weights are."""

import hashlib
import re

import numpy as np
import pytest

import skecg
from skecg.persistence._pretrained import model_card, pretrained_names, pretrained_path


@pytest.fixture(scope="module")
def pretrained():
    return skecg.load_pretrained("lstm", return_info=True)


def test_load_pretrained_gives_the_network_alone_or_with_its_info(pretrained):
    model, info = pretrained
    again = skecg.load_pretrained()
    assert list(model.named_steps) == list(again.named_steps) == ["classifier"]
    assert type(again[-1]) is skecg.ContextLSTMClassifier
    rows = info.extractor.extract(skecg.simulate_record(60, random_state=0)).data
    np.testing.assert_array_equal(model.predict_proba(rows), again.predict_proba(rows))


def test_pretrained_names_four_classes_and_never_q(pretrained):
    model, info = pretrained
    assert model.classes_.tolist() == ["F", "N", "S", "V"]
    assert info.classes == ["N", "S", "V", "F"]
    assert len(info.fingerprint) == 64 and info.n_beats > 0


def test_pretrained_takes_two_leads_at_125_hz_in_context(pretrained):
    _, info = pretrained
    expected = {
        "window": (0.28, 0.28),
        "fs": 125.0,
        "context": 600.0,
        "leads": [0, 1],
        "missing_leads": "zeros",
        "classes": "dechazal",
    }
    assert {name: info.extractor.get_params()[name] for name in expected} == expected


def test_pretrained_file_is_small():
    assert pretrained_names() == ["lstm", "lstm-2026-11"]
    assert all(pretrained_path(name).stat().st_size < 1e6 for name in pretrained_names())


@pytest.mark.parametrize("name", ["gru", "lstm.skecg", "", "../pretrained/lstm", None, ["lstm"]])
def test_load_pretrained_lists_the_names_there_are(name):
    with pytest.raises(
        ValueError,
        match=r"must be one of \['lstm', 'lstm-2026-11'\]. Got .* your own with skecg.load",
    ):
        skecg.load_pretrained(name)


def test_load_says_that_there_are_models_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"such as 'lstm', with skecg\.load_pretrained"):
        skecg.load(tmp_path / "lstm")


@pytest.mark.parametrize("name", pretrained_names())
def test_each_model_has_a_card_that_names_its_databases_and_limits(name):
    card = model_card(name)
    assert card.startswith(f"# {name}\n")
    for words in ("no medical device", "## Where it fails", "pretrain.py --seed"):
        assert words in card
    for database in ("C2F305", "C2V30W", "C2D59Z", "C24K53", "C2HS3T"):  # at PhysioNet
        assert f"https://doi.org/10.13026/{database}" in card
    assert "opendatacommons.org/licenses/by/1-0" in card


@pytest.mark.parametrize("name", pretrained_names())
def test_card_agrees_with_the_file(name):
    _, info = skecg.load_pretrained(name, return_info=True)
    card = model_card(name)
    assert "TO FILL" not in card
    assert f"{info.n_beats:,} rows" in card
    listed = dict(re.findall(r"^- (mitdb|svdb|edb): ([e\d ]+)$", card, re.MULTILINE))
    subjects = {
        skecg.tables.subject_of(name) for names in listed.values() for name in names.split()
    }
    assert subjects == set(info.subjects)


def test_earlier_model_annotates_by_its_name():
    """Its weights, rows and counts stay those of its file, whatever becomes of lstm."""
    path = pretrained_path("lstm-2026-11")
    digest = "ea9e28b6e0cfdbfc131732992b07fb52b11e959743903e7cc956db648b2a7731"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    model = skecg.load_pretrained("lstm-2026-11")
    assert len(model[-1].layout_.scalars) == 645
    found = skecg.annotate("lstm-2026-11", skecg.simulate_record(30, random_state=0))
    assert len(found.beats) > 10
