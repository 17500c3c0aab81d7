"""Checks of source and documentation text: run them with ``python -m tools.checks``.

A check is a module of this folder with a docstring and a function ``problems`` that yields a
`Problem` for each place to mend. Checks read files; what code does is tested in ``tests/``.
"""
