"""
A search on a Dask cluster
==========================

Searches, cross-validation and loading run in parallel with joblib, and joblib
can pass its tasks to a Dask cluster of many machines. The point: **one line
moves a search from your laptop to a cluster**, and the scores are exactly the
same. It needs Dask, which the extra ``distributed`` installs
(:doc:`/install`). The recordings are **simulated**.
"""

# %%
# A search on this machine
# ------------------------
#
# First without a cluster: eight subjects, six candidates, three folds of whole
# subjects, which makes eighteen fits.

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
local = search.cv_results_["mean_test_score"]

# %%
# The same on a cluster
# ---------------------
#
# Here two workers in this process represent a cluster. For a real cluster,
# pass the address of its scheduler to the client, such as
# ``Client("tcp://10.0.0.1:8786")``, and install skecg on every worker. Nothing
# else changes.

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
on_cluster = search.cv_results_["mean_test_score"]

print("the same scores:", np.array_equal(local, on_cluster))

# %%
# The tasks of the workers
# ------------------------
#
# Dask records the times of each task. Each bar is a task; the two colours only
# distinguish neighbours. There may be fewer bars than fits, as joblib can put
# several short fits into one task.

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
# Both workers were busy. Such short fits gain nothing from a cluster; long
# ones do.
#
# What was learned
# ----------------
#
# - ``with joblib.parallel_config("dask"):`` around ``fit`` is sufficient. It
#   works for ``cross_validate``, :func:`~skecg.cross_val_beats` and
#   :func:`~skecg.load_beats` as well.
# - Groups and validation rows are passed with the tasks, and with a fixed
#   ``random_state`` scores do not depend on the worker of a task.
# - Networks use no more cores than the threads of their worker, so set several
#   threads per worker only if it has cores for them.
#
# More: the `guide of joblib
# <https://joblib.readthedocs.io/en/stable/parallel.html>`_.
