"""The databases that can be fetched by name, and the places that they are fetched from."""

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ..utils import listed

__all__ = ["DATABASES", "MIRRORS", "Database", "base_url", "database_folder", "find_database"]


_MOST_BYTES = 10**8  # of a file of a database that is known; the largest have 50 million
_MOST_BYTES_OF_OTHERS = 2**33


class Database(NamedTuple):
    """A database of PhysioNet."""

    title: str
    version: str
    megabytes: int  # about, of the files that are fetched
    excluded: tuple[str, ...] = ()  # folders that are fetched only by name of a record
    most_bytes: int = _MOST_BYTES


#: Databases by the name in their address, https://physionet.org/content/SLUG/VERSION/. The sizes
#: are those of the signals. Excluded: ``x_mitdb``, excerpts of mitdb's own records, and
#: ``mitdbdir``, a text on it; ``old``, an earlier edition of records or annotations.
DATABASES = {
    "edb": Database("European ST-T Database", "1.0.0", 500),
    "mitdb": Database("MIT-BIH Arrhythmia Database", "1.0.0", 100, ("x_mitdb", "mitdbdir")),
    "svdb": Database("MIT-BIH Supraventricular Arrhythmia Database", "1.0.0", 60),
    "nstdb": Database("MIT-BIH Noise Stress Test Database", "1.0.0", 30, ("old",)),
    "incartdb": Database("St Petersburg INCART 12-lead Arrhythmia Database", "1.0.0", 850),
    "ltafdb": Database("Long Term AF Database", "1.0.0", 3000),
    "afdb": Database("MIT-BIH Atrial Fibrillation Database", "1.0.0", 650, ("old",)),
    "qtdb": Database("QT Database", "1.0.0", 80),
}

#: Places to fetch from, by name. A file is at PLACE/SLUG/VERSION/FILE.
MIRRORS = {
    "physionet": "https://physionet.org/files",
    "s3": "https://physionet-open.s3.amazonaws.com",
}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def find_database(slug: str, version: str | None) -> tuple[Database, str]:
    """Return a database and the version to fetch, or raise for invalid names."""
    for value, name in ((slug, "slug"), (version, "version")):
        if value is None and name == "version":
            continue
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise ValueError(
                f"The '{name}' parameter of fetch_database must be a name as in the address "
                f"https://physionet.org/content/SLUG/VERSION/. Got {value!r} instead."
            )
    database = DATABASES.get(slug)
    if database is None:
        if version is None:
            raise ValueError(
                f"The version of '{slug}' is not known to skecg: pass it as 'version'; "
                f"https://physionet.org/content/{slug}/ shows it. Known are {listed(DATABASES)}."
            )
        database = Database(slug, version, 0, most_bytes=_MOST_BYTES_OF_OTHERS)
    return database, version or database.version


def database_folder(slug: str, version: str, data_home: str | os.PathLike[str] | None) -> Path:
    """Return the folder of one version of a database."""
    home = data_home or os.environ.get("SKECG_DATA") or Path("~", "skecg_data")
    return Path(home).expanduser().absolute() / slug / version


def base_url(mirror: str | None) -> str:
    """Return the address below which the databases are, without a slash at its end."""
    mirror = mirror or os.environ.get("SKECG_MIRROR") or "physionet"
    url = MIRRORS.get(mirror, mirror).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            f"A mirror must be an address that begins with https:// or http://, or one of "
            f"{listed(MIRRORS)}. Got {mirror!r} instead."
        )
    if parts.scheme == "http" and f".{parts.hostname}".endswith(".physionet.org"):
        return f"https{url.removeprefix('http')}"
    return url
