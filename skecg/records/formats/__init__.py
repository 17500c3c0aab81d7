"""File formats of recordings: the only place that knows them.

A format is one module with an entry, a `Format`, and its name in `FORMATS`. The rest of the
package finds, reads and writes recordings through the functions here.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
