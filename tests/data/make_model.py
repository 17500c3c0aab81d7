"""Write a model file of this version, rows, and what it says of them, to ``tests/data/models``.

Run once for each release (``python tests/data/make_model.py``) and commit both files. Those of
earlier versions stay as they are: the tests see to it that they stay readable.
"""

import json
from pathlib import Path

import skecg

FOLDER = Path(__file__).parent / "models"


def make() -> None:
    """Search over a small pipeline on simulated beats; keep every tenth row in the JSON file."""
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

    beats = skecg.load_simulated(4, duration=30, random_state=0)
    network = skecg.RNNClassifier((4,), epochs=4, learning_rate=0.02, random_state=0)
    pipe = skecg.make_beat_pipeline(network, layout=beats.layout)
    grid = {"classifier__dropout": [0.0, 0.2], "denoiser": ["passthrough"]}
    search = GridSearchCV(pipe, grid, cv=StratifiedGroupKFold(2), scoring="balanced_accuracy")
    search.fit(beats.data, beats.target, groups=beats.groups)
    path = FOLDER / f"{skecg.__version__}-rnn.skecg"
    skecg.save(search, path, beats=beats)

    rows = beats.data[::10].round(3)
    expected = {
        "rows": rows.astype(float).round(3).tolist(),
        "classes": search.classes_.tolist(),
        "proba": search.predict_proba(rows).tolist(),
        "best_params": search.best_params_,
        "extractor_fs": beats.extractor.fs,
    }
    path.with_suffix(".json").write_text(json.dumps(expected) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make()
