"""The main job as a user writes it: the lines of the README, on simulated recordings on disk."""

import re
from pathlib import Path

import numpy as np
import pytest
import sklearn

import skecg

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    for record in skecg.simulate_records(12, duration=30, random_state=0):
        skecg.write_record(record, folder)
    return folder


def _lines():
    return re.search(r"```python\n(import sklearn.*?)```", README.read_text(), re.DOTALL).group(1)


def test_readme_has_the_main_job_in_twelve_lines():
    statements = [line for line in _lines().splitlines() if line]
    assert len([line for line in statements if "import" not in line]) <= 12


@pytest.mark.filterwarnings("ignore:The least populated class:UserWarning")
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
@pytest.mark.filterwarnings("ignore:.*of .* validation rows?, since:UserWarning")
@pytest.mark.parametrize(
    "network", ["RNNClassifier", pytest.param("LSTMClassifier", marks=pytest.mark.slow)]
)
def test_twelve_lines_go_from_a_folder_to_a_saved_classifier(
    folder, tmp_path, monkeypatch, capsys, network
):
    monkeypatch.chdir(tmp_path)
    # as written, but for the folder, the size of the network and the number of folds
    code = _lines().replace("skecg.fetch_edb()", repr(str(folder)))
    code = code.replace("LSTMClassifier(", f"{network}((4,), epochs=2, ")
    code = code.replace("StratifiedGroupKFold(5)", "StratifiedGroupKFold(2)")
    names = {}
    with sklearn.config_context():
        exec(code, names)

    test, search = names["test"], names["search"]
    assert not set(names["train"].groups) & (set(test.groups) | set(names["val"].groups))
    assert "val_loss" in search.best_estimator_["classifier"].history_
    assert "Se" in capsys.readouterr().out
    loaded, info = skecg.load("lstm.skecg", return_info=True)
    np.testing.assert_array_equal(loaded.predict_proba(test.data), search.predict_proba(test.data))
    assert info.subjects == sorted(set(names["train"].groups.tolist()))
    again = skecg.load_beats(skecg.find_records(folder), extractor=info.extractor)
    np.testing.assert_array_equal(again.data, names["beats"].data)
