"""Linear algebra in one thread.

The matrices of a recording are small: threads that share one wait for each other longer than
they compute, above all next to other work. In one thread, results do not depend on the number
of cores, either.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["blas_in_one_thread"]

_lock = threading.Lock()
_inside = 0  # threads in the context; the first sets the limit, the last removes it
_limits: Any = None


@contextmanager
def blas_in_one_thread() -> Iterator[None]:
    """Keep the linear algebra of NumPy to one thread; several threads may be in it."""
    global _inside, _limits
    with _lock:
        _inside += 1
        if _inside == 1:
            _limits = _controller().limit(limits=1, user_api="blas")
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _limits is not None:
                _limits.restore_original_limits()


@cache
def _controller() -> Any:
    """Find the libraries of linear algebra loaded so far, once: looking takes half a ms."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
