"""Models as files that hold data only: parameters as JSON, arrays as npz, no pickle.

A file is a zip with two members. ``model.json`` holds the format version, the versions of the
packages, the constructor parameters of each estimator (see ``skecg.persistence._spec``), its
fitted attributes and, if they were given, information on the training beats. ``arrays.npz`` holds
the arrays that the JSON refers to. Networks are rebuilt by their builder functions and take the
stored weights; nothing in a file is ever run or imported.

From the bytes up: ``_archive`` (the zip), ``_arrays`` (its arrays), ``_known`` (the classes and
functions that a file may name), ``_spec`` (constructor parameters), ``_state`` (fitted
attributes), ``_checks`` (of fitted attributes), ``_model`` (estimators, and those inside them),
``_save`` and ``_load``. Tables of beats are in ``_beats``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
