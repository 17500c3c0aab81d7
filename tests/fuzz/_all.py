"""All targets, by name."""

from ._models import MODELS
from ._records import RECORDS
from ._tables import TABLES

__all__ = ["TARGETS"]

TARGETS = {target.name: target for target in (*RECORDS, *TABLES, *MODELS)}
