from ._page import holter_page
from ._summary import HolterSummary, holter_summary

__all__ = ["HolterSummary", "holter_page", "holter_summary"]
