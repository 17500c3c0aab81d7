"""Fetch databases of PhysioNet."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from ..utils import SWITCH, Rule, check_value, count, in_range, is_int, listed, write_text
from ._fetch_errors import DownloadError, by_hand, describe_failures
from ._fetch_files import FileFetcher, in_words, wrong_or_missing
from ._fetch_http import Client, FetchFailure
from ._fetch_known import Database, base_url, database_folder, find_database
from ._fetch_sums import (
    SUMS_FILE,
    choose_records,
    files_named_by,
    files_of,
    parse_sums,
    record_names,
)

__all__ = [
    "fetch_database",
    "fetch_edb",
    "fetch_incartdb",
    "fetch_ltafdb",
    "fetch_mitdb",
    "fetch_nstdb",
    "fetch_svdb",
]

Records = str | os.PathLike[str] | Sequence[str] | None
Folder = str | os.PathLike[str] | None

_MOST_JOBS = 8


class FetchOptions(TypedDict, total=False):
    """Parameters of `fetch_database` besides the slug."""

    records: Records
    data_home: Folder
    mirror: str | None
    version: str | None
    n_jobs: int
    n_retries: int
    delay: float
    download_if_missing: bool
    verbose: int


_RULES = {
    "n_jobs": Rule(
        lambda v: is_int(v) and (v > 0 or v == -1),
        f"a positive int or -1, which is {_MOST_JOBS}, the most that are used",
    ),
    "n_retries": Rule(lambda v: is_int(v) and v >= 0, "an int of at least 0"),
    "delay": in_range(least=0),
    "download_if_missing": SWITCH,
}


def fetch_database(
    slug: str,
    *,
    records: Records = None,
    data_home: Folder = None,
    mirror: str | None = None,
    version: str | None = None,
    n_jobs: int = 4,
    n_retries: int = 3,
    delay: float = 1.0,
    download_if_missing: bool = True,
    verbose: int = 0,
) -> Path:
    """Fetch a database of PhysioNet, or some of its records, and return its folder.

    Files that are there already are compared with the published SHA-256 sums and fetched again if
    they differ; an interrupted download goes on where it ended. No file has its own name before
    all of its bytes are there and checked.

    Parameters
    ----------
    slug : str
        Name of the database, as in ``https://physionet.org/content/edb/``: ``"edb"``,
        ``"mitdb"``, ``"svdb"``, ``"nstdb"``, ``"incartdb"``, ``"ltafdb"``, ``"afdb"``,
        ``"qtdb"``, or with `version` any other.
    records : str, path-like or sequence of str, default=None
        Records whose files are fetched: names, one name, a set in `skecg.tables.RECORD_SETS` such
        as ``"mitdb:DS1"``, or the path of a text file with one name per line. None is all, except
        those in folders of excerpts and earlier editions: ``x_mitdb`` of mitdb, ``old`` of nstdb
        and afdb.
    data_home : path-like, default=None
        Folder for all databases. None is that in the environment variable ``SKECG_DATA``, or else
        ``~/skecg_data``.
    mirror : str, default=None
        Place to fetch from: ``"physionet"``, ``"s3"`` for PhysioNet's bucket of open data at
        Amazon, or an address below which files are at ``SLUG/VERSION/FILE``. None is that in the
        environment variable ``SKECG_MIRROR``, or else ``"physionet"``.
    version : str, default=None
        Version of the database. None is the one that skecg knows.
    n_jobs : int, default=4
        Files that are downloaded at the same time, at most 8; -1 is 8.
    n_retries : int, default=3
        Tries of one file after the first.
    delay : float, default=1.0
        Seconds before the second try of a file, twice as long before each one after it. If the
        server names a time, it is kept.
    download_if_missing : bool, default=True
        Whether files that are missing or wrong are fetched; if False, they are an error.
    verbose : int, default=0
        1 or more shows a progress bar on standard error.

    Returns
    -------
    pathlib.Path
        The folder of this version, ``data_home/slug/version``. It may contain other records, of
        an earlier call: `skecg.select_records` selects among those that `skecg.find_records`
        finds.

    Raises
    ------
    DownloadError
        If not all files could be fetched, or are there. It is an OSError.
    ValueError
        If a parameter is invalid, or a record is not one of the database.

    See Also
    --------
    skecg.find_records : List the recordings of the folder.
    skecg.simulate_records : Simulate recordings, which needs no download.

    Notes
    -----
    The sums are those in ``SHA256SUMS.txt`` of the version, which is kept in the folder: if all
    files are there, nothing is requested. Their SHA-256 is computed at every call, about a second
    for half a gigabyte. Files are fetched by `pooch`, whose sessions of `requests` follow the
    environment variables of proxies.

    Examples
    --------
    A download of two records, which is not run here::

        folder = skecg.fetch_database("mitdb", records=["100", "101"])
        beats = skecg.load_beats(skecg.find_records(folder))

    A name that is not one of a database is refused:

    >>> from skecg import fetch_database
    >>> fetch_database("my database")
    Traceback (most recent call last):
    ValueError: The 'slug' parameter of fetch_database must be a name as in the address ...
    """
    database, version = find_database(slug, version)
    values = {
        "n_jobs": n_jobs,
        "n_retries": n_retries,
        "delay": delay,
        "download_if_missing": download_if_missing,
    }
    for name, value in values.items():
        check_value(value, _RULES[name], name, "fetch_database")
    n_jobs = min(n_jobs if n_jobs > 0 else _MOST_JOBS, _MOST_JOBS)
    folder = database_folder(slug, version, data_home)
    url = f"{base_url(mirror)}/{slug}/{version}"
    client = Client(n_retries=n_retries, delay=delay, most_bytes=database.most_bytes)
    files = FileFetcher(url, folder, client, n_jobs)
    names = record_names(slug, records)
    work = _Work(slug, version, database, files, names, verbose)
    if download_if_missing:
        work.fetch()
    else:
        work.check()
    return folder


class _Work:
    """The files of a database that are wanted, and their sums."""

    def __init__(
        self,
        slug: str,
        version: str,
        database: Database,
        files: FileFetcher,
        names: Sequence[str] | None,
        verbose: int,
    ) -> None:
        self.slug, self.version, self.database = slug, version, database
        self.files, self.names, self.verbose = files, names, verbose
        self.folder = files.folder

    def check(self) -> None:
        """Raise unless all files are there."""
        sums = self._sums_here()
        if sums is None:
            raise self._not_complete(f"there is no list of its files '{SUMS_FILE}'")
        wanted = self._wanted(sums)
        wanted |= self._named(wanted, sums)
        if missing := wrong_or_missing(self.folder, sums, wanted, self.files.n_jobs):
            raise self._not_complete(
                f"{count(len(missing), 'file')} of {len(wanted):,} "
                f"{'is' if len(missing) == 1 else 'are'} missing or wrong "
                f"({listed(missing, 5)})"
            )

    def fetch(self) -> None:
        """Fetch the files that are missing or wrong."""
        sums = self._sums_here()
        fresh = sums is None
        if sums is None:
            sums = self._fetch_sums()
        while failures := self._fetch_files(sums):
            # perhaps it is the list here that is wrong
            if not fresh and any(failure.wrong for failure in failures.values()):
                newer, fresh = self._fetch_sums(), True
                if newer != sums:
                    sums = newer
                    continue
            raise self._incomplete(failures, sums)

    def _fetch_files(self, sums: Mapping[str, str]) -> dict[str, FetchFailure]:
        """Fetch the wanted files and those that their headers name; return the failures."""
        wanted = self._wanted(sums)
        done: set[str] = set()
        while wanted > done:
            pending = wrong_or_missing(self.folder, sums, wanted - done, self.files.n_jobs)
            if pending:
                text = f"Fetching {self.slug}"
                try:
                    failures = self.files.fetch(sums, pending, text, self.verbose)
                except FetchFailure as failure:  # of the folder
                    return {"": failure}
                if failures:
                    return failures
            done |= wanted
            wanted |= self._named(wanted, sums)
        return {}

    def _wanted(self, sums: Mapping[str, str]) -> set[str]:
        """Return the files that are wanted, as far as the list tells."""
        excluded = self.database.excluded
        if self.names is None:
            return {name for name in sums if name.partition("/")[0] not in excluded}
        return files_of(choose_records(self.names, sums, excluded), sums)

    def _named(self, wanted: Collection[str], sums: Mapping[str, str]) -> set[str]:
        """Return the files that the headers of chosen records name."""
        if self.names is None:
            return set()
        headers = [name for name in wanted if name.endswith(".hea")]
        return files_named_by(self.folder, headers, sums)

    def _sums_here(self) -> dict[str, str] | None:
        """Return the sums in the folder; None where there is no list, or it cannot be used."""
        try:
            text = (self.folder / SUMS_FILE).read_text(encoding="utf-8-sig", errors="replace")
            return parse_sums(text)
        except (OSError, ValueError):
            return None

    def _fetch_sums(self) -> dict[str, str]:
        """Fetch the list of the files and keep it in the folder."""
        name = SUMS_FILE
        try:
            text = self.files.fetch_text(SUMS_FILE)
            sums = parse_sums(text)
            write_text(self.folder / SUMS_FILE, text)
        except ValueError as error:
            failure = FetchFailure(f"it is not a list of SHA-256 sums: {error}")
        except OSError as error:
            name, failure = "", FetchFailure(in_words(error, self.folder))
        except FetchFailure as error:
            name, failure = "" if isinstance(error.__cause__, OSError) else SUMS_FILE, error
        else:
            return sums
        raise self._incomplete({name: failure}) from failure

    def _incomplete(
        self, failures: Mapping[str, FetchFailure], sums: Mapping[str, str] | None = None
    ) -> DownloadError:
        """Make the error about files that could not be fetched."""
        wanted = None if sums is None else self._wanted(sums)
        missing = wrong_or_missing(self.folder, sums or {}, wanted or (), self.files.n_jobs)
        return DownloadError(
            describe_failures(
                self.slug,
                self.version,
                self.folder,
                self.files.url,
                failures,
                None if wanted is None else len(wanted),
                len(missing),
            )
        )

    def _not_complete(self, lack: str) -> DownloadError:
        """Make the error about files that are not there and may not be fetched."""
        return DownloadError(
            f"{self.slug} {self.version} is not complete: {lack} in '{self.folder}', and "
            "download_if_missing is False. Fetch it without that, or by hand. "
            + by_hand(self.slug, self.version, self.folder)
        )


def fetch_edb(**options: Unpack[FetchOptions]) -> Path:
    """Fetch the European ST-T Database (edb), and return its folder.

    Ninety two-hour recordings of 79 people, two leads, 250 Hz, half a gigabyte. Page:
    :doc:`/databases/edb`.

    Parameters
    ----------
    **options
        Parameters of `fetch_database` besides the name of the database, such as ``records``,
        ``data_home`` or ``mirror``.

    Returns
    -------
    pathlib.Path
        Folder of the database, for `skecg.find_records`.

    Raises
    ------
    DownloadError
        If not all files could be fetched, or are there.

    See Also
    --------
    fetch_database : Fetch any database of PhysioNet; it describes the parameters.

    Examples
    --------
    A download, which is not run here::

        beats = skecg.load_beats(skecg.find_records(skecg.fetch_edb(records=["e0103", "e0104"])))
    """
    return fetch_database("edb", **options)


def fetch_incartdb(**options: Unpack[FetchOptions]) -> Path:
    """Fetch the St Petersburg INCART Arrhythmia Database (incartdb), and return its folder.

    75 half-hour recordings of 32 people, twelve leads, 257 Hz, 0.9 gigabytes. Page:
    :doc:`/databases/incartdb`.

    Parameters
    ----------
    **options
        Parameters of `fetch_database` besides the name of the database, such as ``records``,
        ``data_home`` or ``mirror``.

    Returns
    -------
    pathlib.Path
        Folder of the database, for `skecg.find_records`.

    Raises
    ------
    DownloadError
        If not all files could be fetched, or are there.

    See Also
    --------
    fetch_database : Fetch any database of PhysioNet; it describes the parameters.

    Examples
    --------
    A download, which is not run here::

        beats = skecg.load_beats(skecg.find_records(skecg.fetch_incartdb(records=["I01"])))
    """
    return fetch_database("incartdb", **options)


def fetch_ltafdb(**options: Unpack[FetchOptions]) -> Path:
    """Fetch the Long Term AF Database (ltafdb), and return its folder.

    84 recordings of 6 to 26 hours, two leads, 128 Hz, about three gigabytes. Page:
    :doc:`/databases/ltafdb`.

    Parameters
    ----------
    **options
        Parameters of `fetch_database` besides the name of the database, such as ``records``,
        ``data_home`` or ``mirror``.

    Returns
    -------
    pathlib.Path
        Folder of the database, for `skecg.find_records`.

    Raises
    ------
    DownloadError
        If not all files could be fetched, or are there.

    See Also
    --------
    fetch_database : Fetch any database of PhysioNet; it describes the parameters.

    Examples
    --------
    A download, which is not run here::

        beats = skecg.load_beats(skecg.find_records(skecg.fetch_ltafdb(records=["00"])))
    """
    return fetch_database("ltafdb", **options)


def fetch_mitdb(**options: Unpack[FetchOptions]) -> Path:
    """Fetch the MIT-BIH Arrhythmia Database (mitdb), and return its folder.

    48 half-hour recordings of 47 people, two leads, 360 Hz, a tenth of a gigabyte, without the
    excerpts of themselves in the folder ``x_mitdb``. Page: :doc:`/databases/mitdb`.

    Parameters
    ----------
    **options
        Parameters of `fetch_database` besides the name of the database, such as ``records``,
        ``data_home`` or ``mirror``.

    Returns
    -------
    pathlib.Path
        Folder of the database, for `skecg.find_records`.

    Raises
    ------
    DownloadError
        If not all files could be fetched, or are there.

    See Also
    --------
    fetch_database : Fetch any database of PhysioNet; it describes the parameters.

    Examples
    --------
    A download, which is not run here::

        beats = skecg.load_beats(skecg.find_records(skecg.fetch_mitdb(records="mitdb:DS1")))
    """
    return fetch_database("mitdb", **options)


def fetch_nstdb(**options: Unpack[FetchOptions]) -> Path:
    """Fetch the MIT-BIH Noise Stress Test Database (nstdb), and return its folder.

    Three recordings of noise and twelve noisy copies of two records of mitdb, without those of
    the first edition in the folder ``old``. Page: :doc:`/databases/nstdb`.

    Parameters
    ----------
    **options
        Parameters of `fetch_database` besides the name of the database, such as ``records``,
        ``data_home`` or ``mirror``.

    Returns
    -------
    pathlib.Path
        Folder of the database, for `skecg.find_records`.

    Raises
    ------
    DownloadError
        If not all files could be fetched, or are there.

    See Also
    --------
    fetch_database : Fetch any database of PhysioNet; it describes the parameters.

    Examples
    --------
    A download, which is not run here::

        beats = skecg.load_beats(skecg.find_records(skecg.fetch_nstdb()))
    """
    return fetch_database("nstdb", **options)


def fetch_svdb(**options: Unpack[FetchOptions]) -> Path:
    """Fetch the MIT-BIH Supraventricular Arrhythmia Database (svdb), and return its folder.

    78 half-hour recordings, two leads, 128 Hz, 60 megabytes. Page: :doc:`/databases/svdb`.

    Parameters
    ----------
    **options
        Parameters of `fetch_database` besides the name of the database, such as ``records``,
        ``data_home`` or ``mirror``.

    Returns
    -------
    pathlib.Path
        Folder of the database, for `skecg.find_records`.

    Raises
    ------
    DownloadError
        If not all files could be fetched, or are there.

    See Also
    --------
    fetch_database : Fetch any database of PhysioNet; it describes the parameters.

    Examples
    --------
    A download, which is not run here::

        beats = skecg.load_beats(skecg.find_records(skecg.fetch_svdb(mirror="s3")))
    """
    return fetch_database("svdb", **options)
