"""
A search on a Dask cluster
==========================

Searches, cross-validation and loading run in parallel by joblib, and joblib
can hand its tasks to a Dask cluster. The point: **one line moves a search from
your laptop to a cluster**, and the scores are the same to the last bit. It
needs the extra: ``pip install "skecg[distributed]"``. Recordings are
**simulated**.
"""

# %%
# A search on this machine
# ------------------------
#
# Eight subjects, six candidates, three folds of whole subjects.

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.svm import SVC

import skecg

sns.set_palette("colorblind")
beats = skecg.load_simulated(
    8, duration=60, random_state=0, window=(0.25, 0.1)
)
pipe = skecg.make_beat_pipeline(
    SVC(class_weight="balanced", random_state=0), layout=beats.layout
)
grid = {
    "classifier__gamma": [0.003, 0.01, 0.03],
    "normalizer__scale": ["zscore", "robust"],
}
search = GridSearchCV(
    pipe,
    grid,
    cv=StratifiedGroupKFold(3),
    scoring=skecg.BeatScorer("macro_f1"),
    refit=False,
)
search.fit(beats.data, beats.target, groups=beats.groups)
alone = search.cv_results_["mean_test_score"]

# %%
# The same on a cluster
# ---------------------
#
# Two workers in this very process stand in for a cluster. On a real one, the
# client gets the address of its scheduler, ``Client("tcp://10.0.0.1:8786")``,
# and every worker needs skecg in its environment. Nothing else changes.

import joblib
from distributed import Client, LocalCluster, get_task_stream

cluster = LocalCluster(
    n_workers=2,
    threads_per_worker=1,
    processes=False,
    dashboard_address=None,
)
with cluster, Client(cluster) as client:
    with get_task_stream(client) as stream, joblib.parallel_config("dask"):
        search.fit(beats.data, beats.target, groups=beats.groups)
    tasks = list(stream.data)
together = search.cv_results_["mean_test_score"]

print("the same scores:", np.array_equal(alone, together))

# %%
# Who did what
# ------------
#
# Dask notes when each task ran. Joblib joins short fits into batches; here,
# eighteen fits of some hundredths of a second on two workers, one bar a batch:

runs = pd.DataFrame(
    [
        {
            "worker": task["worker"],
            "start": part["start"],
            "stop": part["stop"],
        }
        for task in tasks
        for part in task["startstops"]
        if part["action"] == "compute"
    ]
)
runs[["start", "stop"]] -= runs.start.min()
runs = runs.sort_values("start")
workers = sorted(runs.worker.unique())
fig, ax = plt.subplots(figsize=(8, 1.9), layout="constrained")
for place, worker in enumerate(workers):
    own = runs[runs.worker == worker]
    ax.barh(
        np.full(len(own), place),
        own.stop - own.start,
        left=own.start,
        color=[f"C{i % 2}" for i in range(len(own))],
    )
ax.set_yticks(
    range(len(workers)), [f"worker {i}" for i in range(len(workers))]
)
_ = ax.set_xlabel("Time (s)")

# %%
# What was learned
# ----------------
#
# - ``with joblib.parallel_config("dask"):`` around ``fit`` is all. The same
#   holds for ``cross_validate``, :func:`~skecg.cross_val_beats` and
#   :func:`~skecg.load_beats`.
# - Groups and validation rows travel with the tasks, and random states make
#   the scores the same wherever a task runs.
# - Networks keep to their worker's share of the cores, so give a worker
#   threads of its own only if it has cores for them.
