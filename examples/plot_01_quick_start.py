"""
From a folder of recordings to a saved classifier
=================================================

Twelve lines take a folder of annotated recordings to a bidirectional LSTM that
has been searched for its best dropout, judged on subjects whom training never
saw, drawn and saved. Here they run on **simulated** recordings and with a
small network that reads two samples at a time, so that the whole takes
seconds; on real ones only the folder and the settings of the network change.
"""

# %%
# A folder of recordings
# ----------------------
#
# Twelve simulated subjects, two minutes each, are written as WFDB files: the
# format of PhysioNet, with a header, a signal and the annotated beats of each
# recording. If you have such a folder, skip this cell.

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
# :func:`~skecg.find_records` lists the recordings, :func:`~skecg.load_beats`
# cuts their beats, one row each. The window of a quarter of a second before
# and after the R peak also holds the P wave, which tells a supraventricular
# beat (S) from a normal one (N). Every beat knows its class, its subject and
# its place in its recording.

beats = skecg.load_beats(
    skecg.find_records(folder), window=(0.25, 0.25), fs=100
)
counts = beats.meta.groupby(["subject", "symbol"]).size()
counts.unstack(fill_value=0)[beats.target_names].head(4)

# %%
# Normal beats are by far the most frequent, as in real recordings. The means
# of the classes over all subjects, with the band that holds 90 % of the beats,
# show what there is to tell apart:

_ = skecg.BeatDisplay.from_beats(
    beats.data, beats.target, layout=beats.layout, fs=beats.fs
)

# %%
# Training, validation and test subjects
# --------------------------------------
#
# Beats of one person resemble each other, so nobody may be on two sides.

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
# The pipeline denoises, makes changed copies of the rare beats, takes fewer of
# the normal ones, normalizes and classifies. It is a plain imbalanced-learn
# pipeline, so scikit-learn's search works on it, in folds of whole subjects.
# The validation beats pass through the same steps as the training beats, but
# are not resampled; for this, metadata routing is switched on.

import sklearn
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

sklearn.set_config(enable_metadata_routing=True)
network = skecg.LSTMClassifier(
    units=(12,),
    samples_per_step=2,
    epochs=4,
    learning_rate=8e-3,
    random_state=0,
)
pipe = skecg.make_beat_pipeline(
    network, layout=beats.layout, transform_input=["X_val"]
)
search = GridSearchCV(
    pipe,
    {"classifier__dropout": [0.2, 0.4]},
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

# %%
# Evaluation on unseen subjects
# -----------------------------
#
# Read the figures of each class: on data that are mostly normal, accuracy says
# little.

predicted = search.predict(test.data)
print(skecg.beat_report(test.target, predicted, groups=test.groups))

# %%

_ = skecg.ConfusionMatrixDisplay.from_estimator(search, test.data, test.target)

# %%
# Training and validation loss fall together. Were the validation loss to rise
# while the other falls, the network would be learning its training beats by
# heart.

_ = skecg.HistoryDisplay.from_estimators({"LSTM": search})

# %%
# Save, load, use
# ---------------
#
# A model file holds data and nothing that could run. It also knows how its
# rows were made, so beats of a recording that comes later are cut in the same
# way.

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
# - A folder of WFDB recordings becomes a saved classifier in twelve lines, and
#   each of them is either a function of skecg or plain scikit-learn.
# - Subjects, not beats, are split, in the test as in the folds of the search.
# - Of the classes with few beats the test holds so few that one beat more or
#   less moves the figures by percents: read the support beside them.
