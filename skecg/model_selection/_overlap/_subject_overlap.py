"""Overlap of test beats with the training data of a model file: subjects only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...utils import count, listed

__all__ = ["SubjectOverlap"]


@dataclass(frozen=True)
class SubjectOverlap:
    """Test subjects that a saved model was trained on.

    A model file names its training subjects and holds no beats, so only subjects can be compared;
    `leak_report` compares beats.

    Attributes
    ----------
    shared : tuple of str
        Test subjects in the training data, sorted.
    n_test, n_train : int
        Number of test subjects, and of training subjects (0 if these are unknown).
    found : bool or None
        Whether there are shared subjects. None if the training subjects are unknown.

    See Also
    --------
    leak_report : Compare training and test beats.
    evaluate : Compare the test subjects with those of a model file.

    Examples
    --------
    >>> from skecg import SubjectOverlap
    >>> overlap = SubjectOverlap.between(["mitdb:101", "mitdb:106"], ["mitdb:106", "mitdb:234"])
    >>> overlap.found, overlap.shared
    (True, ('mitdb:106',))
    >>> print(overlap)
    The model was trained on 1 of the 2 test subjects (2 training subjects in all): mitdb:106.
    """

    shared: tuple[str, ...]
    n_test: int
    n_train: int

    @classmethod
    def between(cls, train: Iterable[str] | None, test: Iterable[str]) -> "SubjectOverlap":
        """Compare training with test subjects.

        Parameters
        ----------
        train : iterable of str or None
            Training subjects, as ``info.subjects`` of ``load(path, return_info=True)``. None if
            they are unknown.
        test : iterable of str
            Test subjects.

        Returns
        -------
        SubjectOverlap
            The comparison.
        """
        theirs, ours = set(train or ()), set(test)
        return cls(tuple(sorted(theirs & ours)), len(ours), len(theirs))

    @property
    def found(self) -> bool | None:
        """Whether there are shared subjects, None if it is unknown."""
        return bool(self.shared) if self.n_train else None

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-able data: found, n_subjects and subjects."""
        return {
            "found": self.found,
            "n_subjects": {"train": self.n_train, "test": self.n_test},
            "subjects": list(self.shared),
        }

    def __str__(self) -> str:
        test_subjects = f"the {count(self.n_test, 'test subject')}"
        if not self.n_train:
            return (
                f"The model file does not name its training subjects; {test_subjects} may be "
                "among them."
            )
        if not self.shared:
            return (
                f"The model was trained on none of {test_subjects}, but on "
                f"{count(self.n_train, 'other subject')}."
            )
        return (
            f"The model was trained on {len(self.shared)} of {test_subjects} "
            f"({count(self.n_train, 'training subject')} in all): {listed(self.shared)}."
        )
