"""What the training data of a model file and test beats share: subjects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..utils import count, listed

__all__ = ["SubjectOverlap"]


@dataclass(frozen=True)
class SubjectOverlap:
    """Subjects that a saved model was trained on, among those of test beats.

    A model file names its training subjects and holds no beats, so that only subjects can be
    compared; `leak_report` compares beats.

    Attributes
    ----------
    shared : tuple of str
        Test subjects in the training data.
    n_test, n_train : int
        Number of test and of training subjects; no training subjects are known where it is 0.
    found : bool or None
        Whether there are shared subjects. None if the training subjects are unknown.
    """

    shared: tuple[str, ...]
    n_test: int
    n_train: int

    @classmethod
    def between(cls, train: Sequence[str] | None, test: Sequence[str]) -> "SubjectOverlap":
        """Compare the subjects of a model file with those of test beats."""
        shared = sorted(set(test) & set(train or ()))
        return cls(tuple(shared), len(set(test)), len(set(train or ())))

    @property
    def found(self) -> bool | None:
        """Whether there are shared subjects, None if it is unknown."""
        return bool(self.shared) if self.n_train else None

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-able data."""
        return {
            "found": self.found,
            "n_subjects": {"train": self.n_train, "test": self.n_test},
            "subjects": list(self.shared),
        }

    def __str__(self) -> str:
        here = f"the {count(self.n_test, 'test subject')}"
        if not self.n_train:
            return f"The model file does not name its training subjects; {here} may be among them."
        if not self.shared:
            return (
                f"The model was trained on none of {here}, but on "
                f"{count(self.n_train, 'other subject')}."
            )
        return (
            f"The model was trained on {len(self.shared)} of {here} "
            f"({self.n_train:,} training subjects in all): {listed(self.shared)}."
        )
