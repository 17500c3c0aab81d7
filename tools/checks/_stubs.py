"""Public names as the stub files of the package list them."""

import ast

from ._files import ROOT, Text, paths

TOP = "skecg/__init__.pyi"


def listed(path: str) -> list[str]:
    """Return the names in ``__all__`` of a stub or of a module."""
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return ast.literal_eval(node.value)
    return []


def subpackages() -> list[str]:
    """Return the subpackages that have a stub, private ones excluded."""
    return [path.split("/")[1] for path in paths("skecg/[a-z]*/__init__.pyi")]


def modules() -> list[str]:
    """Return the public modules next to the subpackages, such as ``layout``."""
    return [path.split("/")[1].removesuffix(".py") for path in paths("skecg/[a-z]*.py")]


def top_names() -> dict[str, int]:
    """Return what ``skecg/__init__.pyi`` makes public, modules excluded, with its line there."""
    names: dict[str, int] = {}
    for node in ast.parse(Text(TOP).text).body:
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue  # `from . import layout`, `__version__: str`
        found = [alias.name for alias in node.names]
        if found == ["*"]:
            found = listed(f"skecg/{node.module}/__init__.pyi")
        names |= dict.fromkeys(found, node.lineno)
    return names
