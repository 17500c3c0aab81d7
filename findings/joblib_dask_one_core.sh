#!/usr/bin/env bash
# joblib 1.6.0 with distributed 2026.8.0: while a Dask cluster has one worker of one thread, the work of
# `joblib.parallel_config("dask")` does not go to the cluster. All tasks run in the process that called
# joblib, without a warning: a laptop that submits to a larger machine computes, and takes the memory,
# itself. With two workers, all tasks run there. skecg's own calls, and `skecg.parallel_on_dask`, always
# run on the cluster (skecg/utils/_dask.py).
#
# Usage: findings/joblib_dask_one_core.sh
# Makes a temporary environment with pinned packages of PyPI. Exits 1 if the behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet joblib==1.6.0 distributed==2026.8.0 dask==2026.8.0

cat >"$work/try.py" <<'PYTHON'
import os
import sys
from importlib.metadata import version

import joblib
from distributed import Client, LocalCluster


def worker(number):
    return os.getpid()


if __name__ == "__main__":
    print(", ".join(f"{name} {version(name)}" for name in ("joblib", "distributed")))
    seen = []
    for n_workers in (1, 2):
        with (
            LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster),
            joblib.parallel_config("dask"),
        ):
            ran_in = set(joblib.Parallel(n_jobs=-1)(joblib.delayed(worker)(i) for i in range(8)))
        seen.append("caller" if ran_in == {os.getpid()} else f"{len(ran_in)} workers")
    if seen == ["caller", "2 workers"]:
        print(f"as described: with one worker, all tasks ran in the {seen[0]}; with two, in {seen[1]}")
        sys.exit(0)
    print(f"changed: {seen}")
    sys.exit(1)
PYTHON
cd "$work"
"$work/venv/bin/python" "$work/try.py"
