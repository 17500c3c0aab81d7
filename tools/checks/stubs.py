"""The stub of skecg, which editors read, names what the package makes public."""

from collections.abc import Iterator

import skecg

from ._files import Problem, Text
from ._stubs import TOP, listed, modules, subpackages, top_names

NOT_AT_THE_TOP = {"cli", "utils"}  # subpackages: the shell command, and helpers of the package
OF_A_MODULE = {
    # for the package itself
    "annotated": {"NO_BEAT", "PREFIX", "QUALITY_COLUMNS", "REVIEWED", "UNUSABLE"},
    "layout": {"check_layout"},  # for estimators of other packages
    "predictions": {"as_predictions", "check_same_beats"},  # for the package itself
}


def problems() -> Iterator[Problem]:
    """Yield names that only one of stub and package has."""
    stub, package = Text(TOP), Text("skecg/__init__.py")
    named = top_names()
    public = set(skecg.__all__) - {"__version__"}
    for name in sorted(public - set(named)):
        yield stub.problem(f"'{name}' is public and not in the stub")
    for name in sorted(set(named) - public):
        yield stub.problem(f"'{name}' is in the stub and not public", named[name])
    for name in sorted(set(subpackages()) - NOT_AT_THE_TOP - set(skecg._SUBPACKAGES)):
        yield package.problem(f"subpackage '{name}' is missing in _SUBPACKAGES", "_SUBPACKAGES")
    for module in sorted(set(modules()) - {"tables"}):
        own = set(listed(f"skecg/{module}.py")) - OF_A_MODULE.get(module, set())
        for name in sorted(own - public):
            yield package.problem(f"'{name}' of skecg/{module}.py is not public", "_PUBLIC")
