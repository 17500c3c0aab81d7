"""Bring the files of a database into a folder, each one whole and checked or not at all.

`pooch` compares each file with its sum before it moves it. It neither resumes a download nor keeps
the time that a server asks for, it repeats requests of files that do not exist, and it leaves a
wrong file in place while it cannot fetch a right one: that is done here and in `_fetch_http`.
"""

import logging
import os
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pooch

from ..utils import progress, warn
from ._fetch_http import Client, FetchFailure, Stopped, downloader
from ._fetch_lock import lock_when_free
from ._fetch_sums import without_ending

__all__ = ["FileFetcher", "in_words", "wrong_or_missing"]

_PARTS = ".part"  # folder of files that are not complete, in that of the database
_LOCK = ".lock"
_DOWNLOADS = 2  # of a file whose bytes are not those of its sum
_MOST_FAILURES = 5  # files that fail before the others are given up
_THREADS = "skecg-fetch"
_MOST_BYTES_OF_TEXT = 2**24


def wrong_or_missing(
    folder: Path, sums: Mapping[str, str], names: Collection[str], n_jobs: int
) -> list[str]:
    """Return the files that are not in the folder, or not with the bytes of their sums."""
    ordered = sorted(names)
    with ThreadPoolExecutor(n_jobs) as pool:
        right = list(pool.map(lambda name: _is_right(folder / name, sums[name]), ordered))
    return [name for name, is_right in zip(ordered, right, strict=True) if not is_right]


def _is_right(path: Path, sha256: str) -> bool:
    """Tell whether a file is there, can be read, and has the bytes of its sum."""
    try:
        return path.is_file() and pooch.file_hash(str(path), alg="sha256") == sha256
    except OSError:
        return False


class FileFetcher:
    """Fetch files of one version of a database into its folder.

    Parameters
    ----------
    url : str
        Address of the version, without a slash at its end.
    folder : pathlib.Path
        Folder for the files. A file is in it under its own name only when all of its bytes are
        there and have the published sum; until then it is in the folder ``.part`` in it, from
        where a later call goes on.
    client : Client
        Downloads one file.
    n_jobs : int
        Files that are downloaded at the same time.
    """

    def __init__(self, url: str, folder: Path, client: Client, n_jobs: int) -> None:
        self.url, self.folder, self.client, self.n_jobs = url, folder, client, n_jobs

    def fetch_text(self, name: str) -> str:
        """Fetch a small file whose sum is not known; its part is not kept."""
        with self._working() as parts:
            part = parts / name
            part.unlink(missing_ok=True)
            try:
                self.client.download(f"{self.url}/{name}", part, _MOST_BYTES_OF_TEXT)
                return part.read_text(encoding="utf-8-sig", errors="replace")
            finally:
                part.unlink(missing_ok=True)

    def fetch(
        self, sums: Mapping[str, str], names: Collection[str], text: str, verbose: int
    ) -> dict[str, FetchFailure]:
        """Fetch the files that are missing or wrong.

        Returns
        -------
        dict of str to FetchFailure
            The files that could not be fetched.
        """
        with self._working() as parts:
            # another process may have fetched some while this one waited
            pending = wrong_or_missing(self.folder, sums, names, self.n_jobs)
            for name in pending:  # so that no wrong one is read
                (self.folder / name).unlink(missing_ok=True)
            urls = {name: f"{self.url}/{quote(name)}" for name in pending}
            registry = {name: f"sha256:{sums[name]}" for name in pending}
            store = pooch.Pooch(path=parts, base_url=f"{self.url}/", registry=registry, urls=urls)
            failures = self._fetch_all(store, pending, text, verbose)
            if not failures:
                shutil.rmtree(parts, ignore_errors=True)
            return failures

    @contextmanager
    def _working(self) -> Iterator[Path]:
        """Be the only process that fetches into the folder."""
        self.client.stop.clear()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with lock_when_free(self.folder / _LOCK, self._say_that_it_waits) as is_locked:
                # without locks each process has parts of its own, and goes on with no other's
                own = "" if is_locked else f"-{os.getpid()}-{threading.get_ident()}"
                parts = self.folder / f"{_PARTS}{own}"
                parts.mkdir(exist_ok=True)
                try:
                    yield parts
                finally:
                    if not is_locked:
                        shutil.rmtree(parts, ignore_errors=True)
        except OSError as error:
            raise FetchFailure(in_words(error, self.folder), stops=True) from error

    def _say_that_it_waits(self) -> None:
        """Warn once that another process works in the folder."""
        warn(f"Another process or thread is fetching into '{self.folder}': waiting for it.")

    def _fetch_all(
        self, store: pooch.Pooch, names: Collection[str], text: str, verbose: int
    ) -> dict[str, FetchFailure]:
        """Fetch files, some at the same time, until all are there or going on is futile.

        The header of a record comes last, and only if all else came: a record that
        `find_records` lists is complete.
        """
        failures: dict[str, FetchFailure] = {}
        records: dict[str, list[str]] = {}
        for name in sorted(names, key=lambda name: (name.endswith(".hea"), name)):
            records.setdefault(without_ending(name), []).append(name)

        def fetch(record: list[str]) -> None:
            for name in record:
                if name.endswith(".hea") and any(other in failures for other in record):
                    continue
                try:
                    self._fetch_one(store, name)
                except FetchFailure as failure:
                    failures[name] = failure
                    if failure.stops or len(failures) >= _MOST_FAILURES:
                        self.client.stop.set()

        with ThreadPoolExecutor(self.n_jobs, thread_name_prefix=_THREADS) as pool:
            futures = [pool.submit(fetch, records[record]) for record in sorted(records)]
            try:
                for future in progress(futures, text, verbose=verbose):
                    try:
                        future.result()
                    except Stopped:
                        pool.shutdown(wait=False, cancel_futures=True)
                    except CancelledError:
                        pass
            except BaseException:  # such as Ctrl-C
                self.client.stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return failures

    def _fetch_one(self, store: pooch.Pooch, name: str) -> None:
        """Fetch one file: `pooch` checks its sum before it is moved to its place."""
        if self.client.stop.is_set():
            raise Stopped
        part = Path(store.path, f"{name}.part")
        target = self.folder / name
        try:
            for folder in (part.parent, target.parent):
                folder.mkdir(parents=True, exist_ok=True)
            for tries in range(_DOWNLOADS):
                try:
                    checked = store.fetch(name, downloader=downloader(self.client, part))
                except ValueError as error:  # of pooch: the sum is another
                    if tries + 1 < _DOWNLOADS:
                        continue
                    reason = "its bytes are not those of the published SHA-256 sum"
                    raise FetchFailure(
                        f"{reason}, in {_DOWNLOADS} downloads", wrong=True
                    ) from error
                os.replace(checked, target)
                return
        except OSError as error:
            raise FetchFailure(in_words(error, target), stops=True) from error


def _is_of_others(line: logging.LogRecord) -> bool:
    """Tell whether a line of `pooch`, which prints one for each file, is on another's download."""
    return not (line.threadName or "").startswith(_THREADS)


pooch.get_logger().addFilter(_is_of_others)


def in_words(error: OSError, path: Path) -> str:
    """Describe an error of the file system when this file or folder was written."""
    return f"cannot write '{error.filename or path}' ({error.strerror or error})"
