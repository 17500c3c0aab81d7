"""Classify heartbeats in ECG recordings with scikit-learn pipelines and recurrent networks.

A folder of WFDB records goes in; trained, evaluated and saved classifiers come out.
Every public name can be reached as ``skecg.name``; submodules load when first used.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ = [*__all__, "__version__"]
