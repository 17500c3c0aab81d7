from ._summary import HolterSummary, holter_summary

__all__ = ["HolterSummary", "holter_summary"]
