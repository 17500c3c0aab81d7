"""
Rhythms that the training set lacks
===================================

A classifier that was trained without atrial fibrillation predicts its early
beats as supraventricular ectopic ones (S). :func:`~skecg.retime_record` makes
such recordings out of the beats of others: it cuts beats out and adds them at
new intervals, with the atrial activity of the new rhythm. The point: **a
rhythm that is in the training set causes fewer false alarms**. The recordings
are **simulated**.
"""

# %%
# One person, seven rhythms
# -------------------------
#
# The source is sinus rhythm with some ventricular beats (V). Each recording
# made of it has its beats in another rhythm, and belongs to the same subject.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

import skecg

sns.set_palette("colorblind")
colors = {"N": "0.45", "S": "C1", "V": "C2"}
source = skecg.simulate_record(
    300,
    ventricular=0.05,
    supraventricular=0,
    fusion=0,
    motion=0.01,
    muscle=0.01,
    random_state=13,
)
# kind, title, random_state, first second of the strip
strips = (
    (None, "source: sinus rhythm", 0, 38),
    ("atrial_fibrillation", "atrial fibrillation", 4, 42),
    ("atrial_flutter", "atrial flutter, changing block", 0, 28),
    ("av_block", "second-degree AV block, Wenckebach", 4, 99),
    ("supraventricular_ectopy", "supraventricular ectopy", 3, 5),
    ("supraventricular_tachycardia", "supraventricular tachycardia", 2, 49),
    ("ventricular_ectopy", "ventricular ectopy, trigeminy", 2, 16),
    ("sinus_rate_steps", "step of the sinus rate", 8, 54),
)
made = {None: source}
for kind, _, seed, _ in strips[1:]:
    made[kind] = skecg.retime_record(
        source, kind, duration=120, random_state=seed
    )

fig, axes = plt.subplots(
    len(strips),
    1,
    figsize=(8, 9.5),
    sharex=True,
    sharey=True,
    layout="constrained",
)
for ax, (kind, title, _, start) in zip(axes, strips, strict=True):
    record = made[kind]
    time = np.arange(record.n_samples) / record.fs - start
    ax.plot(time, record.signal[:, 0], color="0.15", lw=0.9)
    for sample, symbol in zip(record.sample, record.symbol, strict=True):
        if 0.1 < time[sample] < 7.9:
            ax.text(
                time[sample],
                2.15,
                symbol,
                color=colors[symbol],
                ha="center",
                va="bottom",
                fontsize="small",
            )
    ax.set_title(title, loc="left", fontsize="medium", pad=14)
    ax.set(xlim=(0, 8), ylim=(-0.9, 2.1))
    ax.spines[["top", "right"]].set_visible(False)
fig.supylabel("Amplitude (mV)", fontsize="medium")
_ = axes[-1].set_xlabel("Time (s)")

# %%
# In fibrillation and flutter the P waves are gone and f waves or flutter waves
# are there. In the block every fourth P wave is not conducted (at 2.9 and
# 6.4 s); before it the PR interval grows. S beats made of normal ones have
# another P wave.
#
# All kinds:

for kind, meaning in skecg.tables.RHYTHMS.items():
    print(f"{kind}\n    {meaning}")

# %%
# Two training sets
# -----------------
#
# None of fourteen subjects has fibrillation or flutter. Ten of them are the
# training set. A second training set also has 20 re-timed recordings made of
# these ten, so nothing of the other four subjects is in it.

records = skecg.simulate_records(
    14,
    duration=180,
    fs=125,
    supraventricular=0.1,
    ventricular=0.05,
    fusion=0,
    random_state=5,
)
train, test = records[:10], records[10:]
kinds = ("atrial_fibrillation", "atrial_flutter", "supraventricular_ectopy")
retimed = skecg.retime_records(
    train, 20, kinds=kinds, duration=120, random_state=0
)
extractor = skecg.BeatExtractor(window=(0.28, 0.28), fs=125, context=120)
plain = skecg.load_beats(train, extractor=extractor)
more = skecg.load_beats([*train, *retimed], extractor=extractor)
print(f"{len(plain)} beats; {len(more)} with re-timed recordings")

# %%
# False alarms
# ------------
#
# A random forest is trained on each set. Both predict the four other subjects:
# their recordings, and fibrillation and flutter made of these. Re-timed
# recordings prove nothing about real ones and belong in training sets. They
# serve as a test here because everything is simulated anyway.

from sklearn.ensemble import RandomForestClassifier

tests = {"own recordings": test} | {
    kind.replace("_", " "): [
        skecg.retime_record(record, kind, random_state=i)
        for i, record in enumerate(test)
    ]
    for kind in kinds[:2]
}
shares = []
for name, beats in (("recordings only", plain), ("with re-timed", more)):
    forest = RandomForestClassifier(100, random_state=0)
    forest.fit(beats.data, beats.target)
    for rhythm, of in tests.items():
        rows = skecg.load_beats(of, extractor=extractor)
        called = forest.predict(rows.data) == "S"
        for label, title in (("N", "N called S"), ("S", "S found")):
            if np.any(rows.target == label):
                share = 100 * called[rows.target == label].mean()
                shares.append((title, rhythm, name, share))
table = pd.DataFrame(shares, columns=["beats", "test", "trained on", "%"])

fig, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
sns.barplot(
    table[table["beats"] == "N called S"],
    x="%",
    y="test",
    hue="trained on",
    palette=["0.6", "C0"],
    ax=ax,
)
for bars in ax.containers:
    ax.bar_label(bars, fmt="%.1f", padding=3, fontsize="small")
ax.set(xlabel="Normal beats called S (%)", ylabel="")
ax.spines[["top", "right"]].set_visible(False)
ax.margins(x=0.1)
ax.legend(title="trained on", frameon=False, loc="upper right")
table.pivot(index=["beats", "test"], columns="trained on", values="%").round(1)

# %%
# What was learned
# ----------------
#
# - Intervals without order look like ectopic beats to a classifier that has
#   not seen them. With re-timed recordings in the training set nearly all of
#   these false alarms are gone. S beats of the subjects' own recordings are
#   still found, a few of them excepted.
# - Re-timed recordings belong to the subject of their source. Make them of the
#   training recordings of each fold, never before a split.
# - Each habit of the rhythm that is missing can cause new false alarms:
#   include all kinds, not only the one that you want to find.
# - The beats are real, but f waves, intervals and pauses between beats are
#   models. Measure the gain on real recordings.
#
# More: :doc:`/guide/pipeline`, :func:`~skecg.retime_record`.
