"""Splits that papers use, with what is wrong with them."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import LeaveOneGroupOut

from ..beats._checks import check_beats
from ..tables import DS1, DS1_FOLDS, DS2, PACED, recording_of, subject_of
from ..utils import listed

if TYPE_CHECKING:
    from sklearn.utils import Bunch

__all__ = ["PublishedSplit", "published_split"]


class SubjectFolds(LeaveOneGroupOut):
    """Cross-validate with given folds of subjects."""

    def __init__(self, folds: Sequence[Sequence[str]]) -> None:
        self.folds = folds

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
        """Generate row numbers of the training and test beats of each fold that has beats."""
        return super().split(X, y, self._fold_of(groups))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds that have beats, or of all if there are no groups."""
        return len(self.folds) if groups is None else len(np.unique(self._fold_of(groups)))

    def _fold_of(self, groups: Any) -> np.ndarray:
        """Return the number of the fold of each row."""
        if groups is None:
            raise ValueError(
                "The 'groups' parameter should not be None: folds of subjects need the subject of "
                "each row, as in search.fit(train.data, train.target, groups=train.groups)."
            )
        names, which = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
        number = {subject: i for i, fold in enumerate(self.folds) for subject in fold}
        if unknown := [name for name in names.tolist() if name not in number]:
            raise ValueError(
                f"The folds do not have {len(unknown)} of the {len(names)} subjects: "
                f"{listed(unknown)}. They are of {listed(number)}. Take the training beats "
                "alone, with the subjects that load_beats gives them."
            )
        folds = np.array([number[name] for name in names.tolist()], dtype=np.intp)
        if len(np.unique(folds)) < 2:
            raise ValueError("The beats are all of one fold: load recordings of more subjects.")
        return folds[which]


@dataclass(frozen=True)
class PublishedSplit:
    """Records to train, to validate and to test with, made by `published_split`.

    ``print(split)`` says what it is and what to mind.

    Attributes
    ----------
    database, name : str
        What `published_split` was asked for.
    train, test : tuple of str
        Names of the records.
    left_out : tuple of str
        Records of the database that are in neither, see `reason_left_out`.
    reason_left_out : str
        Why.
    folds : tuple of tuples of str
        The training records in folds by subject, to choose settings with.
    source : str
        Paper to cite.
    doi : str
        Its DOI.
    warnings : tuple of str
        What is wrong with the split.

    See Also
    --------
    published_split : Make one by its name.
    """

    database: str
    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    left_out: tuple[str, ...]
    reason_left_out: str
    folds: tuple[tuple[str, ...], ...]
    source: str
    doi: str
    warnings: tuple[str, ...] = ()

    @property
    def cv(self) -> SubjectFolds:
        """The folds inside the training records, as ``cv=`` of a search or `cross_val_beats`.

        It goes by ``groups``, the subject of each beat, so those must reach it.
        """
        return SubjectFolds([[self._subject(record) for record in fold] for fold in self.folds])

    @property
    def shared_subjects(self) -> dict[str, tuple[str, ...]]:
        """Subjects on both sides, and their records."""
        sides = [{self._subject(r) for r in records} for records in (self.train, self.test)]
        return {
            subject: tuple(r for r in self.train + self.test if self._subject(r) == subject)
            for subject in sorted(sides[0] & sides[1])
        }

    def disjoint(self) -> "PublishedSplit":
        """Leave those test records out whose subject is in training.

        Returns
        -------
        PublishedSplit
            The same split with fewer test records, and without the warning.

        Examples
        --------
        >>> from skecg import published_split
        >>> split = published_split("mitdb", "dechazal").disjoint()
        >>> len(split.test), "202" in split.test, split.shared_subjects
        (21, False, {})
        """
        shared = {record for records in self.shared_subjects.values() for record in records}
        gone = tuple(record for record in self.test if record in shared)
        if not gone:
            return self
        return replace(
            self,
            test=tuple(record for record in self.test if record not in shared),
            left_out=self.left_out + gone,
            reason_left_out=f"{self.reason_left_out}; {listed(gone)}: of a training subject",
            warnings=(),
        )

    def split(self, beats: "Bunch", *, val_fold: int | None = None) -> "tuple[Bunch, ...]":
        """Cut beats into training and test beats.

        Parameters
        ----------
        beats : Bunch
            Beats of the database as `load_beats` returns them.
        val_fold : int, default=None
            Number of the fold of the training records to validate with while training. None
            makes no validation side.

        Returns
        -------
        tuple of Bunch
            ``(train, test)``, or ``(train, val, test)`` with a `val_fold`.

        Raises
        ------
        ValueError
            If a side has no beats, or there is no such fold.

        Warns
        -----
        UserWarning
            If a subject is on both sides, if records of the split are missing from the beats,
            or if there are beats of other records, which are on no side.

        Examples
        --------
        >>> from skecg import ECGRecord, load_beats, published_split
        >>> import numpy as np, warnings
        >>> records = [ECGRecord(np.sin(np.arange(999.0)), 360, sample=[500], symbol=["N"],
        ...                      name=name) for name in ("100", "101")]
        >>> with warnings.catch_warnings(action="ignore"):  # 42 records are missing
        ...     train, test = published_split("mitdb", "dechazal").split(load_beats(records))
        >>> train.groups, test.groups
        (array(['mitdb:101'], dtype='<U9'), array(['mitdb:100'], dtype='<U9'))
        """
        from ..beats import take_beats

        held_out = self._held_out(val_fold)
        sides = {"train": [r for r in self.train if r not in held_out]}
        sides |= {"val": held_out} if held_out else {}
        sides |= {"test": self.test}
        record = self._records_of(beats)
        masks = {name: np.isin(record, list(records)) for name, records in sides.items()}
        for name, mask in masks.items():
            if not mask.any():
                raise ValueError(
                    f"The 'beats' parameter of PublishedSplit.split has no beats to {name} with: "
                    f"none of {self.database} {listed(sides[name])}. It has beats of "
                    f"{listed(dict.fromkeys(beats.meta['record'].tolist()))}."
                )
        self._warn(beats, record)
        return tuple(take_beats(beats, mask) for mask in masks.values())

    def _held_out(self, val_fold: Any) -> tuple[str, ...]:
        """Records to validate with."""
        if val_fold is None:
            return ()
        n_folds = len(self.folds)
        whole = isinstance(val_fold, int | np.integer) and not isinstance(val_fold, bool)
        if not (whole and 0 <= val_fold < n_folds):
            raise ValueError(
                f"The 'val_fold' parameter of PublishedSplit.split must be None or the number of "
                f"a fold, 0 to {n_folds - 1}. Got {val_fold!r} instead."
            )
        return self.folds[val_fold]

    def _records_of(self, beats: Any) -> np.ndarray:
        """Name of the database's record for each beat, "" of others.

        An excerpt or a noisy copy is not the record.
        """
        owner = "PublishedSplit.split"
        check_beats(beats, "beats", owner, keys=("meta",), columns=("record", "subject"))
        meta = beats.meta
        pairs = meta[["record", "subject"]].drop_duplicates().itertuples(index=False)
        known = {}
        for record, subject in pairs:
            folder, _, name = record.rpartition("/")
            is_it = recording_of(name, folder) == f"{self.database}:{name}"
            # people of other databases may have records of the same names
            same_person = subject == self._subject(name) or ":" not in subject
            known[record, subject] = name if is_it and same_person else ""
        keys = zip(meta["record"].tolist(), meta["subject"].tolist(), strict=True)
        return np.array([known[key] for key in keys], dtype=str)

    def _warn(self, beats: Any, record: np.ndarray) -> None:
        """Say what is wrong with the sides."""
        there = set(record.tolist())
        for subject, records in self.shared_subjects.items():
            if there.issuperset(records):
                text = next((w for w in self.warnings if all(r in w for r in records)), subject)
                warnings.warn(text, UserWarning, stacklevel=3)
        wanted = self.train + self.test
        if missing := [name for name in wanted if name not in there]:
            warnings.warn(
                f"{len(missing)} of the {len(wanted)} records of the split are missing from the "
                f"beats: {listed(missing)}. The figures cannot be held against those of papers.",
                UserWarning,
                stacklevel=3,
            )
        on_no_side = ~np.isin(record, wanted)
        if on_no_side.any():
            names = dict.fromkeys(beats.meta["record"][on_no_side].tolist())
            paced = [name for name in self.left_out if name in there]
            why = f" ({listed(paced)}: {self.reason_left_out})" if paced else ""
            warnings.warn(
                f"{on_no_side.sum():,} beats of {len(names)} records are on no side of the split: "
                f"{listed(names)}{why}.",
                UserWarning,
                stacklevel=3,
            )

    def _subject(self, record: str) -> str:
        return subject_of(record, self.database)

    def __str__(self) -> str:
        lines = [
            f"Published split of {self.database}: {self.name!r}",
            f"{self.source} https://doi.org/{self.doi}",
            "",
            f"train ({len(self.train)}): {' '.join(self.train)}",
            f"test ({len(self.test)}): {' '.join(self.test)}",
            f"left out ({len(self.left_out)}): {' '.join(self.left_out)} ({self.reason_left_out})",
            "folds inside train, by subject (skecg's own, not the paper's):",
            *(f"  {number}: {' '.join(fold)}" for number, fold in enumerate(self.folds)),
            *(f"warning: {text}" for text in self.warnings),
        ]
        return "\n".join(lines)


_SPLITS = {
    ("mitdb", "dechazal"): PublishedSplit(
        database="mitdb",
        name="dechazal",
        train=DS1,
        test=DS2,
        left_out=PACED,
        reason_left_out="paced beats",
        folds=DS1_FOLDS,
        source=(
            "de Chazal P, O'Dwyer M, Reilly RB. Automatic classification of heartbeats using ECG "
            "morphology and heartbeat interval features. IEEE Trans Biomed Eng 51(7):1196-1206 "
            "(2004)."
        ),
        doi="10.1109/TBME.2004.827359",
        warnings=(
            "Records 201 (train) and 202 (test) are of one man, so the split tests on a subject "
            "that was trained. To compare with papers, keep it and say so; for figures of unseen "
            "subjects take published_split('mitdb', 'dechazal').disjoint(), which leaves 202 out.",
        ),
    ),
}


def published_split(database: str, name: str) -> PublishedSplit:
    """Look up a split of a public database that papers use.

    Take it to compare with papers, and choose settings by its folds inside the training
    records: whoever chooses them by the test records has trained on them.

    Parameters
    ----------
    database : {"mitdb"}
        The MIT-BIH Arrhythmia Database.
    name : {"dechazal"}
        The split into DS1 and DS2 by de Chazal et al. [1]_.

    Returns
    -------
    PublishedSplit
        Names of the records on each side, the source, what to mind, and folds by subject inside
        the training records. ``split`` cuts beats; ``cv`` goes into a search.

    Raises
    ------
    ValueError
        If there is no such split. The European ST-T Database (edb) has none: its records are
        of 79 subjects, which `skecg.tables.subject_of` knows and `train_test_subjects` and
        `cross_val_beats` keep apart.

    See Also
    --------
    leak_report : What two sets of beats share.
    cross_val_beats : ``cross_val_beats(model, train, cv=split.cv)`` predicts all of DS1.
    skecg.tables.DS1_FOLDS : The folds, and how they were made.

    Notes
    -----
    The split has two faults. Records 201 (train) and 202 (test) are of one man: ``disjoint()``
    leaves 202 out. And the paper names no records to choose settings with, so papers choose
    them in their own ways, often by the test records; the folds here are not the paper's but
    skecg's own.

    References
    ----------
    .. [1] de Chazal P, O'Dwyer M, Reilly RB. Automatic classification of heartbeats using ECG
       morphology and heartbeat interval features. IEEE Trans Biomed Eng 51(7):1196-1206 (2004).
       https://doi.org/10.1109/TBME.2004.827359

    Examples
    --------
    >>> from skecg import published_split
    >>> split = published_split("mitdb", "dechazal")
    >>> len(split.train), len(split.test), split.left_out
    (22, 22, ('102', '104', '107', '217'))
    >>> split.folds[0], split.shared_subjects
    (('101', '112', '115', '208', '220'), {'mitdb:201': ('201', '202')})
    """
    for parameter, value in (("database", database), ("name", name)):
        if not isinstance(value, str):
            raise TypeError(
                f"The '{parameter}' parameter of published_split must be a string. "
                f"Got {value!r} instead."
            )
    if (database, name) in _SPLITS:
        return _SPLITS[database, name]
    there = ", ".join(f"published_split({d!r}, {n!r})" for d, n in _SPLITS)
    more = ""
    if database == "edb":
        more = (
            " Papers on edb share no split; its 90 records are of 79 subjects "
            "(skecg.tables.subject_of), which train_test_subjects and cross_val_beats keep apart."
        )
    raise ValueError(
        f"published_split knows no split {name!r} of {database!r}. There is {there}.{more}"
    )
