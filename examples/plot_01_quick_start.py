"""
From a folder of recordings to a saved classifier
=================================================

How do you get from a folder of annotated recordings to a classifier that you
can trust, draw and save? In twelve lines. This page goes through them one by
one: cut the beats, split by subject, search for the best settings, evaluate,
draw, save. The recordings are **simulated** and the network is small, so that
everything runs in seconds. With real recordings you change the folder and give
the network more units and epochs.
"""

# %%
# A folder of recordings
# ----------------------
#
# Twelve simulated subjects, two minutes each, are written in WFDB format, as
# PhysioNet distributes recordings. Each recording has a header, a signal and a
# file with its annotated beats. If you have such a folder, skip this cell.

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
# :func:`~skecg.load_beats` cuts out their beats, one row for each. A window of
# a quarter of a second on either side of the R peak includes the P wave, which
# distinguishes a supraventricular beat (S) from a normal one (N).

beats = skecg.load_beats(
    skecg.find_records(folder), window=(0.25, 0.25), fs=100
)
counts = beats.meta.groupby(["subject", "symbol"]).size()
counts.unstack(fill_value=0)[beats.target_names].head(4)

# %%
# Each subject has mostly normal beats, as in real recordings, and few of the
# other classes: supraventricular (S), ventricular (V) and fusion beats (F).
# The next picture shows the mean beat of each class and the band that holds
# 90 % of its beats.

_ = skecg.BeatTemplateDisplay.from_labels(
    beats.data, beats.target, layout=beats.layout, fs=beats.fs
)

# %%
# V and F beats are easy to recognize by their shape. S beats are not: they
# look like N beats with another P wave.
#
# Training, validation and test subjects
# --------------------------------------
#
# Beats of one person resemble each other, so each person must be on one side
# only. :func:`~skecg.train_test_subjects` splits by subject:

train, val, test = skecg.train_test_subjects(
    beats, val_size=0.15, test_size=0.25, random_state=0
)
for side, part in {"train": train, "val": val, "test": test}.items():
    n_beats, n_subjects = len(part.target), len(set(part.groups))
    print(f"{side:6s}{n_beats:5d} beats of {n_subjects} subjects")

# %%
# Pipeline and search
# -------------------
#
# The pipeline has five steps: remove noise, add changed copies of rare beats,
# drop some normal beats, normalize, classify. It is a plain imbalanced-learn
# pipeline, so scikit-learn's grid search works on it. Here the search decides
# how long to train, in folds of whole subjects. The validation beats go
# through the same steps, but are never resampled; this needs scikit-learn's
# metadata routing, which the first line switches on.

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
    X_val=val.data,
    y_val=val.target,
)
found = search.cv_results_
for params, score in zip(
    found["params"], found["mean_test_score"], strict=True
):
    print(f"{params}: balanced accuracy {score:.2f}")

# %%
# Three epochs are too few. Eight do better on the subjects that were held out,
# so the search trained the final network, on all training subjects, for eight.
#
# Evaluation on unseen subjects
# -----------------------------
#
# Read the figures of each class. Most beats are normal, so accuracy alone says
# little. Sensitivity (Se) is the share of the beats of a class that were
# found, +P the share of the beats called so that really are of the class.

predicted = search.predict(test.data)
print(skecg.beat_report(test.target, predicted, groups=test.groups))

# %%
# The report warns that three test subjects are few: the true intervals are
# wider than those printed. The confusion matrix shows which classes were taken
# for which:

_ = skecg.ConfusionMatrixDisplay.from_estimator(search, test.data, test.target)

# %%
# Finally, how the training went. The training loss falls from epoch to epoch.
# The validation loss, which is of people whom the network does not train on,
# falls at first and then levels off: more epochs would teach the network more
# about its training beats, and little about new people.

_ = skecg.HistoryDisplay.from_estimators({"LSTM": search})

# %%
# Save, load, use
# ---------------
#
# A model file holds numbers and settings, and no code that could run. It also
# knows how its rows were made, so ``info.extractor`` cuts the beats of a new
# recording in the same way.

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
# What was learned
# ----------------
#
# - A folder of WFDB recordings becomes a saved classifier in about twelve
#   lines. Each of them is a function of skecg or plain scikit-learn.
# - Split by subject, in the test and in the folds of the search.
# - Read the figures of each class together with their support. Where a class
#   has twenty test beats, one beat more or less is five percent.
#
# More in the guide: :doc:`/guide/pipeline`, :doc:`/guide/subjects`,
# :doc:`/guide/evaluation` and :doc:`/guide/saving`.
