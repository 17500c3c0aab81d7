"""The folder of ``skecg train`` from six lines of Python."""

import io
import json
import re
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
import sklearn
from matplotlib.image import imread

from .conftest import two_beats

SIX_LINES = """
import sklearn, skecg
sklearn.set_config(enable_metadata_routing=True)
train, val, test = skecg.train_test_subjects(skecg.load_beats(skecg.find_records(FOLDER)), val_size=0.2, test_size=0.3, random_state=0)
pipe = skecg.make_beat_pipeline(skecg.LSTMClassifier((4,), epochs=2, batch_size=64, random_state=0), layout=train.layout, transform_input=["X_val"])
pipe.fit(train.data, train.target, X_val=(val.data,), y_val=val.target)
skecg.evaluate({"LSTM": pipe}, test, trained_on=train, validated_on=val).save(OUT)
"""  # noqa: E501
pytestmark = pytest.mark.slow
OWN = {"created", "command", "options", "title", "run_id", "files"}  # of each run


@pytest.fixture(scope="module")
def folders(trained, recordings, tmp_path_factory):
    """The folder of the command, and that of the six lines."""
    out = tmp_path_factory.mktemp("six-lines") / "run"
    assert len(SIX_LINES.strip().splitlines()) == 6
    with sklearn.config_context(), two_beats():
        exec(SIX_LINES, {"FOLDER": recordings, "OUT": out})
    return trained.folder, out


def _without(data, names):
    """JSON data without the entries of some names, at any depth."""
    if isinstance(data, dict):
        return {k: _without(value, names) for k, value in data.items() if k not in names}
    return [_without(item, names) for item in data] if isinstance(data, list) else data


def _text(path):
    """The text of a report or a page without title, date and command."""
    text = path.read_text(encoding="utf-8")
    own = [
        r"\A.*\n=+\n",  # title of report.txt
        r"(?m)^created .*\nrun .*\n(command .*\n( .*\n)*)?",
        r"(?m)^training time .*\n",
        r"(?m)^options .*\n( .*\n)*",
        r"<dt>[Oo]ptions</dt><dd>.*?</dd>",
        r"<title>.*?</title>|<h1>.*?</h1>",
        r"\d{4}-\d\d-\d\d \d\d:\d\d",
        r"<dt>Command</dt><dd>.*?</dd>",
        r"<dt>Run</dt><dd>.*?</dd>",
    ]
    for pattern in own:
        text = re.sub(pattern, "", text)
    return text


def _model(path):
    """The JSON and the arrays of a model file, without the time of training."""
    found = {}
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".json"):
                found[name] = _without(json.loads(archive.read(name)), {"fit_time_"})
            else:
                arrays = np.load(io.BytesIO(archive.read(name)))
                found[name] = {key: arrays[key].tolist() for key in arrays}
    return found


def _table(path):
    """The text of a table without the time of training."""
    return pd.read_csv(path).drop(columns="training time (s)", errors="ignore").to_csv()


def _pixels(path):
    """The size and the pixels of a figure."""
    image = imread(path)
    return image.shape, image.tobytes()


READERS = {
    ".csv": _table,
    ".html": _text,
    ".json": lambda path: _without(json.loads(path.read_text()), OWN),
    ".png": _pixels,
    ".skecg": _model,
    ".txt": _text,
}


def test_six_lines_write_the_files_of_the_command(folders):
    command, python = ({path.name for path in folder.iterdir()} for folder in folders)
    assert command == python


def test_six_lines_write_the_contents_of_the_command(folders):
    command, python = folders
    differ = [
        path.name
        for path in sorted(command.iterdir())
        if READERS[path.suffix](path) != READERS[path.suffix](python / path.name)
    ]
    assert differ == []
