from ._leak_report import LeakReport, leak_report
from ._subject_overlap import SubjectOverlap

__all__ = [
    "LeakReport",
    "SubjectOverlap",
    "leak_report",
]
