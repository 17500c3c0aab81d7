"""Advice for messages about files that are cut off."""

__all__ = ["FETCH"]

FETCH = "Was the download complete? Fetch the file again."
