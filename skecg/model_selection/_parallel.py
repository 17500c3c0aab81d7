"""The context of searches on a Dask cluster."""

from typing import Any

import joblib

__all__ = ["parallel_on_dask"]


def parallel_on_dask(client: Any = None, **settings: Any) -> joblib.parallel_config:
    """Return a context in which joblib, and with it scikit-learn, uses a Dask cluster.

    It is ``joblib.parallel_config("dask")`` with some differences, for joblib up to 1.6: large
    arguments such as ``X`` are sent again if the only worker that has them dies; a task that kills
    each of its workers, or a cluster that has lost all of them, is an error; and no task runs in
    this process, as it does in joblib while the cluster has one core. Results are the same.

    Parameters
    ----------
    client : distributed.Client, default=None
        Client of the cluster. None is the one that is active.
    **settings
        Of joblib's backend for Dask: ``wait_for_workers_timeout`` (s; 10 by default; after three
        times as long without any worker a task fails), ``scatter``, and arguments of
        ``Client.submit``.

    Returns
    -------
    joblib.parallel_config
        A context manager.

    Raises
    ------
    ImportError
        If distributed is not installed: ``pip install "skecg[distributed]"``.
    ValueError
        If there is no client.

    See Also
    --------
    load_beats, cross_val_beats : Use it by themselves inside ``joblib.parallel_config("dask")``.

    Notes
    -----
    Inside the context, a task that kills each of its workers raises ``distributed.KilledWorker``
    or a RuntimeError, with the parameters of the fit in a note (:doc:`/guide/clusters`).

    Examples
    --------
    A search on a cluster, which is not run here::

        client = distributed.Client("tcp://10.0.0.1:8786")
        with skecg.parallel_on_dask(client):
            search.fit(beats.data, beats.target, groups=beats.groups)
    """
    from ..utils._dask import ReportingDaskBackend

    return joblib.parallel_config(ReportingDaskBackend(client=client, **settings))
