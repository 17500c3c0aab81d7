"""A file of each released version stays readable and predicts what it did."""

import json
from pathlib import Path

import numpy as np
import pytest

import skecg

FOLDER = Path(__file__).parents[1] / "data" / "models"
FILES = sorted(FOLDER.glob("*.skecg"))


def test_there_is_a_file_of_this_version():
    assert f"{skecg.__version__}-rnn.skecg" in [path.name for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_released_file_predicts_what_it_did(path):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    model, info = skecg.load(path, return_info=True)
    rows = np.array(expected["rows"], np.float32)
    assert model.classes_.tolist() == sorted(info.classes) == expected["classes"]
    # other processors and versions of TensorFlow form sums of float32 in other orders
    np.testing.assert_allclose(model.predict_proba(rows), expected["proba"], rtol=0, atol=1e-5)
    assert model.best_params_ == expected["best_params"]
    assert info.extractor.fs == expected["extractor_fs"]
    assert info.versions["skecg"] == path.name.split("-")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_released_file_can_be_trained_anew_and_saved(path, tmp_path):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    pipe = skecg.load(path).best_estimator_
    rows = np.array(expected["rows"], np.float32)
    pipe.fit(rows, np.resize(expected["classes"], len(rows)))
    skecg.save(pipe, tmp_path / "again.skecg")
