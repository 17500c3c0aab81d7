"""The error about a database that cannot be fetched."""

from collections.abc import Mapping
from pathlib import Path

from ..utils import count
from ._fetch_http import FetchFailure
from ._fetch_known import MIRRORS

__all__ = ["DownloadError", "by_hand", "describe_failures"]


class DownloadError(OSError):
    """A database could not be fetched, or not all of it.

    The message gives the address, the cause, the files that are there, and how to put the others
    there by hand. Files that are there are whole and checked, and calling again goes on.

    Examples
    --------
    >>> import tempfile
    >>> from skecg import DownloadError, fetch_edb
    >>> try:
    ...     fetch_edb(data_home=tempfile.mkdtemp(), download_if_missing=False)
    ... except DownloadError as error:
    ...     print(str(error).partition(":")[0])
    edb 1.0.0 is not complete
    """


def describe_failures(
    slug: str,
    version: str,
    folder: Path,
    url: str,
    failures: Mapping[str, FetchFailure],
    n_files: int | None,
    n_missing: int,
) -> str:
    """Write the message about files that could not be fetched.

    Parameters
    ----------
    slug, version : str
        The database.
    folder : pathlib.Path
        Its folder.
    url : str
        Address of the version.
    failures : mapping of str to FetchFailure
        The causes by the name of the file; that of the folder itself by "".
    n_files : int or None
        Files that were wanted; None where their list could not be fetched.
    n_missing : int
        Number of them that are not there.
    """
    # the cause that ended the work, if there is one, explains the others
    name, failure = max(failures.items(), key=lambda one: one[1].stops)
    others = f" and {count(len(failures) - 1, 'other file')}" if len(failures) > 1 else ""
    where = f"{url}/{name}{others}: " if name else ""
    parts = [f"Cannot fetch {slug} {version}: {where}{failure.reason}."]
    if n_files is not None:
        there = n_files - n_missing
        parts.append(
            f"{there:,} of {count(n_files, 'file')} {'is' if n_files == 1 else 'are'} in "
            f"'{folder}', whole and checked: calling again goes on from there."
        )
    if "HTTP status 401" in failure.reason or "HTTP status 403" in failure.reason:
        parts.append(
            f"The database may be restricted: https://physionet.org/content/{slug}/{version}/ "
            "says who may use it."
        )
    return " ".join([*parts, by_hand(slug, version, folder)])


def by_hand(slug: str, version: str, folder: Path) -> str:
    """Say how to put the files of a database into its folder without skecg."""
    place = f"{MIRRORS['physionet']}/{slug}/{version}/"
    return (
        f"By hand: put the files of https://physionet.org/content/{slug}/{version}/ and its "
        f"SHA256SUMS.txt into '{folder}', for example by: wget -r -N -c -np -nH --cut-dirs=3 "
        f"-R 'index.html*' -P '{folder}' {place}"
    )
