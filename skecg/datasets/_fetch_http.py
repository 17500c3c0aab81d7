"""Download files over HTTP: resumed, tried again, no longer than they may be, and politely."""

import email.utils
import os
import re
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from .. import __version__
from ..utils import printable

__all__ = ["Client", "FetchFailure", "Stopped", "downloader"]

_TIMEOUT = (15.0, 60.0)  # s to connect, and without a byte
_CHUNK = 2**16  # bytes
_SLOWEST = 100.0  # bytes/s on average, after _PATIENCE
_PATIENCE = 60.0  # s
_LONGEST_WAIT = 60.0  # s between two tries of one file
_LONGEST_ASKED = 300.0  # s that a server may ask to wait
_REDIRECTS = 5
_TEMPORARY = (408, 425, 429, 500, 502, 503, 504)
_OF_ALL_FILES = (401, 403, 429, 503)  # others may concern only the file that was asked for
_CONTENT_RANGE = re.compile(r"bytes (?P<first>\d+)-\d+/(\d+|\*)")
_WHOLE_LENGTH = re.compile(r"bytes \*/(?P<length>\d+)")


class FetchFailure(Exception):
    """A file could not be fetched.

    Parameters
    ----------
    reason : str
        The cause, for the user.
    stops : bool, default=False
        Whether other files would fail as well.
    wrong : bool, default=False
        Whether the bytes that came are not those of the published sum.
    """

    def __init__(self, reason: str, *, stops: bool = False, wrong: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.stops, self.wrong = reason, stops, wrong


class Stopped(Exception):
    """The download of other files has failed or was interrupted."""


class _TryAgain(Exception):
    """A try failed in a way that may pass; ``wait`` are seconds that the server asks for."""

    def __init__(self, reason: str, wait: float | None = None, *, stops: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.wait, self.stops = reason, wait, stops


class _Session(requests.Session):
    """A session that is never led from an encrypted to an open connection."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return the address that a response leads to, or None."""
        target = super().get_redirect_target(resp)
        if target and (resp.url or "").startswith("https:"):
            if not urljoin(resp.url, target).startswith("https:"):
                raise FetchFailure(
                    f"the server leads from https to {printable(target)}", stops=True
                )
        return target


class Client:
    """Download files, from several threads.

    Parameters
    ----------
    n_retries : int
        Tries of one file after the first.
    delay : float
        Seconds before the second try; twice as long before each one after it.
    most_bytes : int
        Size that no file exceeds.
    """

    def __init__(self, *, n_retries: int, delay: float, most_bytes: int) -> None:
        self.n_retries, self.delay, self.most_bytes = n_retries, delay, most_bytes
        self.stop = threading.Event()
        self._not_before = 0.0  # on the monotonic clock: all threads wait until then
        self._local = threading.local()

    def download(self, url: str, part: Path, most_bytes: int | None = None) -> None:
        """Download a file to ``part``, whose bytes are its first ones if there are any."""
        most_bytes = self.most_bytes if most_bytes is None else most_bytes
        for tries in range(self.n_retries + 1):
            self._pause(self._not_before - time.monotonic())
            try:
                return self._append(url, part, most_bytes)
            except _TryAgain as problem:
                if tries == self.n_retries:
                    times = f", in {tries + 1} tries" if tries else ""
                    raise FetchFailure(
                        f"{problem.reason}{times}", stops=problem.stops
                    ) from problem
                if problem.wait is not None:
                    self._not_before = max(self._not_before, time.monotonic() + problem.wait)
                else:
                    self._pause(min(self.delay * 2**tries, _LONGEST_WAIT))
        raise AssertionError("unreachable")

    def _pause(self, seconds: float) -> None:
        """Wait, unless the work is stopped."""
        if seconds > 0:
            _wait(self.stop, seconds)
        if self.stop.is_set():
            raise Stopped

    @property
    def _session(self) -> requests.Session:
        """The session of this thread, which keeps its connection open."""
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _Session()
            session.max_redirects = _REDIRECTS
            session.headers["User-Agent"] = f"skecg/{__version__}"
            # bytes as they are in the file, of which the sums are
            session.headers["Accept-Encoding"] = "identity"
        return session

    def _append(self, url: str, part: Path, most_bytes: int) -> None:
        """Try once to get the rest of a file."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        try:
            with self._session.get(
                url, headers=headers, stream=True, timeout=_TIMEOUT
            ) as response:
                if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                    return self._at_end(response, part, have)
                _check_status(response, self.delay)
                start = _first_byte(response)
                if start not in (0, have):
                    part.unlink(missing_ok=True)
                    raise _TryAgain(
                        "the server sent another part of the file than the one asked for"
                    )
                self._write(response, part, start, most_bytes)
        except requests.TooManyRedirects:
            raise FetchFailure(f"more than {_REDIRECTS} redirects") from None
        except ValueError as error:  # of a redirect, such as to another scheme
            raise FetchFailure(f"the address cannot be used: {printable(str(error))}") from None
        except requests.RequestException as error:
            unreachable = isinstance(error, requests.ConnectionError)
            raise _TryAgain(_cause(error), stops=unreachable) from error

    def _at_end(self, response: requests.Response, part: Path, have: int) -> None:
        """Accept a part that is the whole file, or begin anew."""
        found = _WHOLE_LENGTH.fullmatch(response.headers.get("Content-Range", ""))
        if found is None or int(found["length"]) != have:
            part.unlink()
            raise _TryAgain("the file on the server is shorter than the part of it here", 0.0)

    def _write(self, response: requests.Response, part: Path, start: int, most_bytes: int) -> None:
        """Write the body of a response behind the first bytes, while it has the right size."""
        length = response.headers.get("Content-Length", "")
        encoded = response.headers.get("Content-Encoding", "identity") != "identity"
        whole = start + int(length) if length.isdecimal() and not encoded else None
        size = start
        if (whole or 0) > most_bytes:
            raise FetchFailure(f"it has {whole:,} bytes; at most {most_bytes:,} are fetched")
        begin = time.monotonic()
        # urllib3 would raise at the end of a body that is short, and drop the last bytes of it
        response.raw.enforce_content_length = False
        with part.open("ab" if start else "wb") as file:
            for chunk in response.iter_content(_CHUNK):
                if self.stop.is_set():
                    raise Stopped
                size += len(chunk)
                if size > most_bytes:
                    raise FetchFailure(f"it has more than {most_bytes:,} bytes")
                file.write(chunk)
                seconds = time.monotonic() - begin
                if seconds > _PATIENCE and size - start < _SLOWEST * seconds:
                    raise _TryAgain(f"fewer than {_SLOWEST:g} bytes came per second")
        if whole is not None and size < whole:
            raise _TryAgain(f"the connection ended after {size:,} of {whole:,} bytes")


def downloader(client: Client, part: Path) -> Callable[..., None]:
    """Return a function by which `pooch` downloads a file that was begun in ``part``."""

    def download(url: str, output_file: str, pooch: Any) -> None:
        client.download(url, part)
        os.replace(part, output_file)

    return download


def _wait(stop: threading.Event, seconds: float) -> None:
    """Wait for some seconds or until the event."""
    stop.wait(seconds)


def _check_status(response: requests.Response, delay: float) -> None:
    """Raise unless the response has a file."""
    code = response.status_code
    if code in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        return
    reason = f"HTTP status {code} ({printable(response.reason or 'no reason given')})"
    if code in _TEMPORARY:
        wait = _retry_after(response.headers.get("Retry-After"))
        if wait is not None and wait > _LONGEST_ASKED:
            raise FetchFailure(f"{reason}; the server asks to wait {wait:.0f} s", stops=True)
        if wait is None and code == HTTPStatus.TOO_MANY_REQUESTS:
            wait = 4 * delay  # for all threads
        raise _TryAgain(reason, wait, stops=code in _OF_ALL_FILES)
    raise FetchFailure(reason, stops=code in _OF_ALL_FILES)


def _retry_after(value: str | None) -> float | None:
    """Return the seconds that a header Retry-After asks for: a number or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, date.timestamp() - time.time())


def _first_byte(response: requests.Response) -> int:
    """Return the position in the file of the first byte of a response."""
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return 0
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    return int(found["first"]) if found else -1


def _cause(error: BaseException) -> str:
    """Return the innermost cause of an error of requests in a few words."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    one: BaseException | None = error
    seen: list[BaseException] = []
    while one is not None:
        if isinstance(one, OSError) and one.strerror:
            return f"no connection ({one.strerror})"
        seen.append(one)
        inner = [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
        inside = (e for e in inner if isinstance(e, BaseException) and e not in seen)
        one = next(inside, None)
    return "the connection ended early"
