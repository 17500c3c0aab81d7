"""Models as files that hold data only: parameters as JSON, arrays as npz, no pickle.

A file is a zip with two members. ``model.json`` holds the format version, the versions of the
packages, the constructor parameters of each estimator (see ``skecg.persistence._spec``), its fitted
attributes and, where they were given, how the rows were made. ``arrays.npz`` holds the arrays
that the JSON refers to. Networks are rebuilt by their builder functions and take the stored
weights; nothing in a file is ever run or imported.

From the bytes up: ``_archive`` (the zip), ``_arrays`` (its arrays), ``_state`` (fitted
attributes), ``_model`` (estimators, and those inside them), ``_checks`` (what a file may claim),
``_save`` and ``_load``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
