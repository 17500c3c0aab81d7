"""
From a folder of recordings to a saved classifier
=================================================

Twelve lines lead from a folder of annotated recordings to an evaluated and
saved classifier. This page goes through them one by one: cut the beats, split
by subject, search the best parameters, evaluate, draw, save. The recordings
are **simulated** and the network is small, so that everything runs in seconds.
For real recordings change the folder, and use more units and epochs.
"""

# %%
# A folder of recordings
# ----------------------
#
# Twelve simulated subjects, two minutes each, are written in WFDB format, the
# format of PhysioNet. Each recording has a header, a signal and a file with
# its annotated beats. If you have such a folder, skip this cell.

# sphinx_gallery_thumbnail_number = 2
import tempfile
from pathlib import Path

import skecg

place = tempfile.TemporaryDirectory()
folder = Path(place.name) / "recordings"
records = skecg.simulate_records(
    12,
    duration=120,
    supraventricular=0.06,
    ventricular=0.1,
    fusion=0.03,
    random_state=0,
)
for record in records:
    skecg.write_record(record, folder)
print("\n".join(sorted(path.name for path in folder.glob("sim00[01].*"))))

# %%
# Beats
# -----
#
# :func:`~skecg.find_records` lists the recordings and
# :func:`~skecg.load_beats` cuts their beats, one row each. A window of a
# quarter of a second before and after the R peak includes the P wave, which
# distinguishes a supraventricular beat (S) from a normal one (N).

beats = skecg.load_beats(
    skecg.find_records(folder), leads=["MLII"], window=(0.25, 0.25), fs=100
)
print(beats)
counts = beats.meta.groupby(["subject", "symbol"]).size()
counts.unstack(fill_value=0)[beats.target_names].head(4)

# %%
# Each subject has mostly normal beats, as in real recordings, and few of the
# other classes: supraventricular (S), ventricular (V) and fusion beats (F).
# The next figure shows the mean beat of each class and the band that contains
# 90 % of its beats.

_ = skecg.BeatTemplateDisplay.from_labels(
    beats.data, beats.target, layout=beats.layout, fs=beats.fs
)

# %%
# V and F beats can be recognized by their shape. S beats cannot: they look
# like N beats with another P wave.
#
# Training, validation and test subjects
# --------------------------------------
#
# Beats of one person resemble each other, so each person must be in one split
# only. :func:`~skecg.train_test_subjects` splits by subject:

train, val, test = skecg.train_test_subjects(
    beats, val_size=0.15, test_size=0.25, random_state=0
)
for name, part in {"train": train, "val": val, "test": test}.items():
    print(f"{name:6s}{len(part):5d} beats of {len(part.subjects)} subjects")

# %%
# Pipeline and search
# -------------------
#
# The pipeline has five steps: remove noise, add changed copies of rare beats,
# drop some normal beats, normalize, classify. It is a plain imbalanced-learn
# pipeline, so scikit-learn's grid search works on it. Here it searches the
# number of epochs, in folds of whole subjects. The validation beats pass
# through the same steps, but are never resampled; this needs scikit-learn's
# metadata routing, which the first line enables. They are passed as a tuple,
# so that the search does not cut them (:ref:`validation-rows`).

import sklearn
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

sklearn.set_config(enable_metadata_routing=True)
network = skecg.LSTMClassifier(
    units=(12,),
    samples_per_step=5,
    batch_size=64,
    learning_rate=0.01,
    random_state=0,
)
pipe = skecg.make_beat_pipeline(
    network, layout=beats.layout, transform_input=["X_val"]
)
search = GridSearchCV(
    pipe,
    {"classifier__epochs": [3, 8]},
    cv=StratifiedGroupKFold(2),
    scoring="balanced_accuracy",
)
search.fit(
    train.data,
    train.target,
    groups=train.groups,
    X_val=(val.data,),
    y_val=val.target,
)
found = search.cv_results_
for params, score in zip(
    found["params"], found["mean_test_score"], strict=True
):
    print(f"{params}: balanced accuracy {score:.2f}")

# %%
# Three epochs are too few. Eight are better on the held-out subjects, so the
# search trained the final network, on all training subjects, for eight.
#
# Evaluation on unseen subjects
# -----------------------------
#
# Read the metrics of each class. Most beats are normal, so accuracy alone is
# not informative. Sensitivity (Se) is the share of the beats of a class that
# were found, +P the share of the beats predicted as a class that belong to it.

predicted = search.predict(test.data)
print(skecg.beat_report(test.target, predicted, groups=test.groups))

# %%
# The report warns that three test subjects are few: the true intervals are
# wider than those printed. The confusion matrix shows which classes were
# confused:

_ = skecg.ConfusionMatrixDisplay.from_estimator(search, test.data, test.target)

# %%
# Finally, the course of the training. The training loss decreases from epoch
# to epoch. The validation loss, of subjects excluded from training, decreases
# at first and then levels off: with more epochs the network would learn more
# about its training beats, and little about new subjects.

_ = skecg.HistoryDisplay.from_estimators({"LSTM": search})

# %%
# Save, load, use
# ---------------
#
# A model file contains numbers and parameters, and no code that could run. It
# also contains the extractor of its rows, so ``info.extractor`` cuts the beats
# of a new recording in the same way.

path = Path(place.name) / "lstm.skecg"
skecg.save(search, path, beats=train)

loaded, info = skecg.load(path, return_info=True)
newcomer = skecg.simulate_record(
    60, ventricular=0.1, name="newcomer", random_state=100
)
rows = info.extractor.extract(newcomer)
print(f"{path.stat().st_size / 1024:.0f} KiB, trained on {info.n_beats} beats")
print("predicted:", *loaded.predict(rows.data)[:12])
print("reference:", *rows.target[:12])

# %%
# All results in a folder
# -----------------------
#
# One line writes everything instead: the report as text, HTML and JSON, the
# figures, the predictions and the model (:doc:`/guide/reports`).

evaluation = skecg.evaluate(
    {"LSTM": search}, test, trained_on=train, validated_on=val
)
files = evaluation.save(Path(place.name) / "results")
print(evaluation.overlap["training"])
print(*sorted(path.name for path in files)[:6], "...", sep="\n")

# %%
# What was learned
# ----------------
#
# - A folder of WFDB recordings becomes a saved classifier in about twelve
#   lines. Each of them is a function of skecg or plain scikit-learn.
# - Split by subject, in the test and in the folds of the search.
# - Read the metrics of each class together with their support. If a class has
#   twenty test beats, one beat more or less is five percent.
#
# More in the guide: :doc:`/guide/pipeline`, :doc:`/guide/subjects`,
# :doc:`/guide/evaluation` and :doc:`/guide/saving`.
