#!/usr/bin/env bash
# The Pipeline of imbalanced-learn 0.14.2 takes callbacks of scikit-learn 1.9.1 by set_callbacks, which it
# inherits, and calls none of them in fit: a ProgressBar or ScoringMonitor shows nothing, without an error.
# The Pipeline of scikit-learn with the same steps calls them for itself and for each step.
#
# Usage: findings/imblearn_pipeline_callbacks.sh
# Makes a temporary environment with pinned packages of PyPI, and fits both pipelines on data of
# make_classification with a callback that notes its calls. Exits 1 if the behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet imbalanced-learn==0.14.2 scikit-learn==1.9.1

cat >"$work/try.py" <<'PYTHON'
import sys
from importlib.metadata import version

import imblearn.pipeline
import sklearn.pipeline
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

print(*(f"{name} {version(name)}" for name in ("imbalanced-learn", "scikit-learn")), sep=", ")


class Notes:
    """A callback by the protocol of sklearn.callback.FitCallback, which notes its calls."""

    def __init__(self):
        self.calls = []

    def setup(self, *args, **kwargs):
        self.calls.append("setup")

    def on_fit_task_begin(self, *args, **kwargs):
        self.calls.append("begin")

    def on_fit_task_end(self, *args, **kwargs):
        self.calls.append("end")

    def teardown(self, *args, **kwargs):
        self.calls.append("teardown")


X, y = make_classification(random_state=0)
calls = {}
for package in (sklearn, imblearn):
    notes = Notes()
    pipeline = package.pipeline.Pipeline([("scale", StandardScaler()), ("fit", LogisticRegression())])
    pipeline.set_callbacks(notes).fit(X, y)
    calls[package.__name__] = notes.calls
    print(f"{package.__name__}: {notes.calls}")
task = ["begin", "end"]
if calls == {"sklearn": ["setup", "begin", *task, *task, "end", "teardown"], "imblearn": []}:
    print("as described: imbalanced-learn's pipeline calls no callback")
    sys.exit(0)
print("changed")
sys.exit(1)
PYTHON
"$work/venv/bin/python" "$work/try.py"
