"""Overlap of the training and test beats of an evaluation."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..beats import Beats
from ..model_selection import LeakReport, SubjectOverlap, leak_report
from ..utils import count, listed, warn

__all__ = ["Overlap", "compare_splits", "warn_of_seen_subjects", "widest_rows"]

Overlap: TypeAlias = LeakReport | SubjectOverlap


def compare_splits(splits: Mapping[str, Beats]) -> dict[str, LeakReport]:
    """Compare training and validation beats with the test beats."""
    test = splits["test"]
    return {
        name: leak_report(beats, test, names=(name, "test"))
        for name, beats in splits.items()
        if name != "test"
    }


def widest_rows(splits: Mapping[str, Mapping[str, Beats]]) -> Mapping[str, Beats]:
    """Return the splits of the model whose rows depend on the longest stretch of a recording.

    Rows of other models overlap in time only where these do.
    """

    def extent(own: Mapping[str, Beats]) -> tuple[float, float]:
        extractor = own["test"].extractor
        return float(extractor.context or 0), float(sum(extractor.window))

    return max(splits.values(), key=extent)


def warn_of_seen_subjects(overlap: Overlap | None) -> None:
    """Warn if test subjects are in the training data."""
    shared: Sequence[str] = ()
    if isinstance(overlap, SubjectOverlap):
        shared, n_test = overlap.shared, overlap.n_test
    elif overlap is not None:
        shared, n_test = overlap.subjects["subject"].tolist(), overlap.n_subjects[1]
    if shared:
        warn(
            f"{len(shared)} of the {count(n_test, 'test subject')} "
            f"{'is' if len(shared) == 1 else 'are'} in the training data: "
            f"{listed(shared)}. These are not results on unseen subjects; evaluate on others."
        )
