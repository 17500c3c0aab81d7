"""
Rhythms that the training set lacks
===================================

A classifier that has never seen atrial fibrillation takes its early beats for
supraventricular ectopic ones (S). :func:`~skecg.retime_record` makes such
recordings out of the beats of others: it cuts beats out and lays them down at
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
    ("av_block", "second-degree AV block, Wenckebach", 0, 26),
    ("supraventricular_ectopy", "supraventricular ectopy", 3, 5),
    ("supraventricular_tachycardia", "supraventricular tachycardia", 2, 49),
    ("ventricular_ectopy", "ventricular ectopy, trigeminy", 2, 16),
    ("sinus_rate_steps", "steps of the sinus rate", 2, 42),
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
                2.05,
                symbol,
                color=colors[symbol],
                ha="center",
                va="bottom",
                fontsize="small",
            )
    ax.set_title(title, loc="left", fontsize="medium", pad=14)
    ax.set(xlim=(0, 8), ylim=(-0.9, 2))
    ax.spines[["top", "right"]].set_visible(False)
fig.supylabel("Amplitude (mV)", fontsize="medium")
_ = axes[-1].set_xlabel("Time (s)")

# %%
# In fibrillation and flutter the P waves are gone and f waves or flutter waves
# are there. In the block some P waves are not conducted, and the intervals
# shorten before each pause. S beats made of normal ones have another P wave.
#
# All kinds:

for kind, meaning in skecg.tables.RHYTHMS.items():
    print(f"{kind}\n    {meaning}")

# %%
# Two forests
# -----------
#
# Nobody among these fourteen subjects has fibrillation or flutter. Ten of them
# are in the training set. A second forest is trained with their beats and 20
# re-timed recordings made of them.

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
retimed = list(
    skecg.retime_records(train, 20, kinds=kinds, duration=120, random_state=0)
)

# %%
# The result
# ----------
#
# Both predict the four other subjects: their own recordings, and fibrillation
# and flutter made of them. Real tests need real recordings of these rhythms;
# re-timed ones belong in the training set. Here, where everything is
# simulated, they show the effect.

from sklearn.ensemble import RandomForestClassifier

extractor = skecg.BeatExtractor(window=(0.28, 0.28), fs=125, context=120)
tests = {
    "own recordings": test,
    "fibrillation": [
        skecg.retime_record(record, "atrial_fibrillation", random_state=i)
        for i, record in enumerate(test)
    ],
    "flutter": [
        skecg.retime_record(record, "atrial_flutter", random_state=i)
        for i, record in enumerate(test)
    ],
}
tests = {
    name: skecg.load_beats(of, extractor=extractor)
    for name, of in tests.items()
}
results = []
for name, of in (
    ("recordings", train),
    ("with re-timed ones", [*train, *retimed]),
):
    beats = skecg.load_beats(of, extractor=extractor)
    forest = RandomForestClassifier(100, random_state=0, n_jobs=2)
    forest.fit(beats.data, beats.target)
    for test_name, rows in tests.items():
        predicted = forest.predict(rows.data)
        is_s = rows.target == "S"
        results.append(
            {
                "test": test_name,
                "trained on": name,
                "S found": np.mean(predicted[is_s] == "S"),
                "N called S": np.mean(predicted[rows.target == "N"] == "S"),
            }
        )
        print(results[-1])
