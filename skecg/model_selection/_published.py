"""Splits that papers use, and their faults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import LeaveOneGroupOut

from .._databases import database_of
from ..beats import Beats, take_beats
from ..beats._checks import check_beats
from ..tables import DS1, DS1_FOLDS, DS2, PACED, recording_of, subject_of
from ..utils import count, is_int, listed, warn

__all__ = ["PublishedSplit", "published_split"]


class SubjectFolds(LeaveOneGroupOut):
    """Cross-validate with given folds of subjects."""

    def __init__(self, folds: Sequence[Sequence[str]]) -> None:
        self.folds = folds

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Generate row numbers of the training and test beats of each fold that has beats."""
        return super().split(X, y, self._fold_of(groups))

    def get_n_splits(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> int:
        """Return the number of folds that have beats, or of all if there are no groups."""
        return len(self.folds) if groups is None else len(np.unique(self._fold_of(groups)))

    def _fold_of(self, groups: ArrayLike | None) -> NDArray[np.intp]:
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
                f"{len(unknown)} of the {len(names)} subjects are in no fold: {listed(unknown)}. "
                f"The folds have {listed(number)}. Pass only the training beats, with the "
                "subjects that load_beats gives them."
            )
        folds = np.array([number[name] for name in names.tolist()], dtype=np.intp)
        if len(np.unique(folds)) < 2:
            raise ValueError("The beats are all of one fold: load recordings of more subjects.")
        return folds[which]


@dataclass(frozen=True)
class PublishedSplit:
    """Records of a published split into training and test, made by `published_split`.

    ``print(split)`` lists them, with the source and the faults of the split.

    Attributes
    ----------
    database, name : str
        Database and name of the split.
    train, test : tuple of str
        Names of the training and of the test records.
    excluded : tuple of str
        Records of the database that are in neither.
    exclusion_reason : str
        Reason for it, such as "paced beats".
    folds : tuple of tuples of str
        The training records in folds by subject, to choose settings with.
    source : str
        Paper to cite.
    doi : str
        Its DOI.
    warnings : tuple of str
        Faults of the split.

    See Also
    --------
    published_split : Look one up by its name; has an example.
    """

    database: str
    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    excluded: tuple[str, ...]
    exclusion_reason: str
    folds: tuple[tuple[str, ...], ...]
    source: str
    doi: str
    warnings: tuple[str, ...] = ()

    @property
    def cv(self) -> SubjectFolds:
        """The folds inside the training records, as ``cv=`` of a search or `cross_val_beats`.

        It needs ``groups``, the subject of each beat.
        """
        return SubjectFolds([[self._subject(record) for record in fold] for fold in self.folds])

    @property
    def shared_subjects(self) -> dict[str, tuple[str, ...]]:
        """Subjects in both training and test, and their records."""
        train, test = ({self._subject(r) for r in records} for records in (self.train, self.test))
        return {
            subject: tuple(r for r in self.train + self.test if self._subject(r) == subject)
            for subject in sorted(train & test)
        }

    def disjoint(self) -> "PublishedSplit":
        """Exclude the test records whose subject is in training.

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
            excluded=self.excluded + gone,
            exclusion_reason=f"{self.exclusion_reason}; {listed(gone)}: of a training subject",
            warnings=(),
        )

    def split(self, beats: Beats, *, val_fold: int | None = None) -> tuple[Beats, ...]:
        """Split beats into training and test beats.

        Parameters
        ----------
        beats : Beats
            Beats of the database as `load_beats` returns them.
        val_fold : int, default=None
            Number of the fold of the training records to validate with while training. None
            makes no validation split.

        Returns
        -------
        tuple of Beats
            ``(train, test)``, or ``(train, val, test)`` with a `val_fold`.

        Raises
        ------
        ValueError
            If a split has no beats, or there is no such fold.

        Warns
        -----
        UserWarning
            If a subject is in both training and test, if records of the split are missing from
            the beats, or if there are beats of other records, which are in neither.

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
        held_out = self._held_out(val_fold)
        splits = {"train": tuple(r for r in self.train if r not in held_out)}
        splits |= {"validate": held_out} if held_out else {}
        splits |= {"test": self.test}
        record = self._records_of(beats)
        masks = {name: np.isin(record, list(records)) for name, records in splits.items()}
        for name, mask in masks.items():
            if not mask.any():
                raise ValueError(
                    f"The 'beats' parameter of PublishedSplit.split has no beats to {name} with: "
                    f"none of {self.database} {listed(splits[name])}. It has beats of "
                    f"{listed(dict.fromkeys(beats.meta['record'].tolist()))}."
                )
        self._warn(beats, record)
        return tuple(take_beats(beats, mask) for mask in masks.values())

    def _held_out(self, val_fold: object) -> tuple[str, ...]:
        """Return the records to validate with."""
        if val_fold is None:
            return ()
        n_folds = len(self.folds)
        if not (is_int(val_fold) and 0 <= val_fold < n_folds):
            raise ValueError(
                f"The 'val_fold' parameter of PublishedSplit.split must be None or the number of "
                f"a fold, 0 to {n_folds - 1}. Got {val_fold!r} instead."
            )
        return self.folds[val_fold]

    def _records_of(self, beats: Beats) -> NDArray[np.str_]:
        """Return the name of the database's record of each beat, "" for beats of others.

        An excerpt or a noisy copy is another record.
        """
        owner = "PublishedSplit.split"
        check_beats(beats, "beats", owner, keys=("meta",), columns=("record", "subject"))
        meta = beats.meta
        pairs = meta[["record", "subject"]].drop_duplicates().itertuples(index=False)
        known = {}
        for record, subject in pairs:
            folder, _, name = record.rpartition("/")
            # other databases may have records of the same names, of other people
            same_person = subject == self._subject(name) or ":" not in subject
            hint = folder if ":" not in subject or database_of(folder) else self.database
            is_it = recording_of(name, hint) == f"{self.database}:{name}"
            known[record, subject] = name if is_it and same_person else ""
        keys = zip(meta["record"].tolist(), meta["subject"].tolist(), strict=True)
        return np.array([known[key] for key in keys], dtype=str)

    def _warn(self, beats: Beats, record: NDArray[np.str_]) -> None:
        """Warn of shared subjects, missing records and beats that are in neither split."""
        there = set(record.tolist())
        for subject, records in self.shared_subjects.items():
            if there.issuperset(records):
                text = next((w for w in self.warnings if all(r in w for r in records)), subject)
                warn(text)
        wanted = self.train + self.test
        if missing := [name for name in wanted if name not in there]:
            warn(
                f"{len(missing)} of the {len(wanted)} records of the split are missing from the "
                f"beats: {listed(missing)}. Results cannot be compared with those of papers."
            )
        in_neither = ~np.isin(record, wanted)
        if in_neither.any():
            names = dict.fromkeys(beats.meta["record"][in_neither].tolist())
            excluded = [name for name in self.excluded if name in there]
            reason = f" ({listed(excluded)}: {self.exclusion_reason})" if excluded else ""
            warn(
                f"{count(int(in_neither.sum()), 'beat')} of {count(len(names), 'record')} belong "
                f"to neither split: {listed(names)}{reason}."
            )

    def _subject(self, record: str) -> str:
        return subject_of(record, self.database)

    def __str__(self) -> str:
        excluded = f"{' '.join(self.excluded)} ({self.exclusion_reason})"
        lines = [
            f"Published split of {self.database}: {self.name!r}",
            f"{self.source} https://doi.org/{self.doi}",
            "",
            f"train ({len(self.train)}): {' '.join(self.train)}",
            f"test ({len(self.test)}): {' '.join(self.test)}",
            f"excluded ({len(self.excluded)}): {excluded}",
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
        excluded=PACED,
        exclusion_reason="paced beats",
        folds=DS1_FOLDS,
        source=(
            "de Chazal P, O'Dwyer M, Reilly RB. Automatic classification of heartbeats using ECG "
            "morphology and heartbeat interval features. IEEE Trans Biomed Eng 51(7):1196-1206 "
            "(2004)."
        ),
        doi="10.1109/TBME.2004.827359",
        warnings=(
            "Records 201 (train) and 202 (test) are of one man, so the split tests on a subject "
            "that was trained on. To compare with papers, keep it and state it; for results on "
            "unseen subjects, use published_split('mitdb', 'dechazal').disjoint(), which excludes "
            "202.",
        ),
    ),
}


def published_split(database: str, name: str) -> PublishedSplit:
    """Look up a split of a public database that papers use.

    Use it to compare with papers, and choose settings with its folds of the training records:
    settings that are chosen with the test records are trained on them.

    Parameters
    ----------
    database : {"mitdb"}
        The MIT-BIH Arrhythmia Database.
    name : {"dechazal"}
        The split into DS1 and DS2 by de Chazal et al. [1]_.

    Returns
    -------
    PublishedSplit
        Names of the training and test records, folds of the training records by subject, source
        and faults. Its ``split`` splits beats; its ``cv`` goes into a search.

    Raises
    ------
    ValueError
        If there is no such split. The European ST-T Database (edb) has none: its 90 records are
        of 79 subjects (`skecg.tables.subject_of`); split them with `train_test_subjects` or
        `cross_val_beats`.
    TypeError
        If a parameter is not a string.

    See Also
    --------
    leak_report : Find data that two sets of beats share.
    cross_val_beats : ``cross_val_beats(model, train, cv=split.cv)`` predicts all of DS1.
    skecg.tables.DS1_FOLDS : The folds, and how they were made.

    Notes
    -----
    The split has two faults. Records 201 (train) and 202 (test) are of one man: ``disjoint()``
    excludes 202. And the paper names no records to choose settings with, so papers choose settings
    in their own ways, often with the test records; the folds are not the paper's but skecg's own.

    References
    ----------
    .. [1] de Chazal P, O'Dwyer M, Reilly RB. Automatic classification of heartbeats using ECG
       morphology and heartbeat interval features. IEEE Trans Biomed Eng 51(7):1196-1206 (2004).
       https://doi.org/10.1109/TBME.2004.827359

    Examples
    --------
    >>> from skecg import published_split
    >>> split = published_split("mitdb", "dechazal")
    >>> len(split.train), len(split.test), split.excluded
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
    known = ", ".join(f"published_split({d!r}, {n!r})" for d, n in _SPLITS)
    more = ""
    if database == "edb":
        more = (
            " There is no published split of edb; its 90 records are of 79 subjects "
            "(skecg.tables.subject_of): use train_test_subjects or cross_val_beats."
        )
    raise ValueError(
        f"published_split has no split {name!r} of {database!r}. Available: {known}.{more}"
    )
