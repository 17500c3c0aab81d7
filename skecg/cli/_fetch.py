"""``skecg fetch``: fetch databases of PhysioNet, also those named in place of a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from . import _options as o
from ._terminal import Terminal, session


@dataclass(frozen=True)
class FetchOptions:
    """Options of ``skecg fetch``."""

    databases: Annotated[
        list[str],
        typer.Argument(
            metavar="DATABASE",
            help="Names of databases: edb, mitdb, svdb, nstdb, incartdb, ltafdb, afdb, qtdb; with "
            "--version any other of PhysioNet, as in https://physionet.org/content/NAME/VERSION/.",
            autocompletion=lambda: list(_known()),
        ),
    ]
    records: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|SET|NAMES",
            help=f"Fetch only these records: a file of names, one per line, a set ({o.SETS}), or "
            "names separated by commas.",
        ),
    ] = None
    data_home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for all databases.",
            show_default="SKECG_DATA, or ~/skecg_data",
        ),
    ] = None
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Place to fetch from: physionet, s3 (PhysioNet's bucket at Amazon), or an "
            "address with NAME/VERSION/FILE below it.",
            show_default="SKECG_MIRROR, or physionet",
        ),
    ] = None
    version: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Version.", show_default="the one known to skecg"),
    ] = None
    jobs: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=8, help="Files that are fetched at the same time."),
    ] = 4
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False


@o.takes(FetchOptions)
def fetch(options: FetchOptions) -> None:
    """Fetch databases of PhysioNet, or some of their records, and print their folders.

    Every file is compared with the published SHA-256 sum; a wrong one is fetched again, and an
    interrupted download goes on when the command is repeated. A fetched database can be named in
    place of its folder: [bold]skecg train edb --out results[/bold]; train, evaluate, info and
    compare fetch one that is not there.
    """
    with session(options) as terminal:
        for slug in options.databases:
            _fetch(terminal, slug, options)


def _fetch(terminal: Terminal, slug: str, options: FetchOptions) -> None:
    """Fetch one database and print its folder."""
    from ..datasets import fetch_database
    from ..datasets._fetch_known import find_database

    database, version = find_database(slug, options.version)
    if database.megabytes and options.records is None:
        terminal.note(f"{database.title} {version}, {_size(database.megabytes)}")
    folder = fetch_database(
        slug,
        records=_record_names(options.records),
        data_home=options.data_home,
        mirror=options.mirror,
        version=version,
        n_jobs=options.jobs,
        verbose=int(terminal.shows_progress),
    )
    if terminal.quiet:
        return
    print(folder)


def folders_of(
    terminal: Terminal, folders: Sequence[Path], records: Path | None = None
) -> list[Path]:
    """Return folders as they are, and those of databases that are named in place of one.

    A folder that has the name of a database takes precedence. Of a database only the
    files of ``records`` are fetched, if it is the only one named.
    """
    wanted = None if records is None or len(folders) > 1 else str(records)
    return [
        _fetched(terminal, str(folder), wanted) if _is_database(folder) else folder
        for folder in folders
    ]


def _is_database(folder: Path) -> bool:
    """Tell whether this is the name of a database, and not of something in this folder."""
    return str(folder) in _known() and not folder.exists()


def _fetched(terminal: Terminal, slug: str, records: str | None) -> Path:
    """Return the folder of a database, and fetch its missing files."""
    from ..datasets import DownloadError, fetch_database
    from ..datasets._fetch_known import base_url, database_folder, find_database

    try:
        return fetch_database(slug, records=records, download_if_missing=False)
    except DownloadError:  # not complete
        database, version = find_database(slug, None)
        part = f", records {records}" if records else f", {_size(database.megabytes)}"
        terminal.note(
            f"'{slug}' is no folder here: fetching the {database.title} {version}{part}, from "
            f"{base_url(None)} into '{database_folder(slug, version, None)}'"
        )
        verbose = int(terminal.shows_progress)
        return fetch_database(slug, records=records, verbose=verbose)


def _record_names(text: str | None) -> str | list[str] | None:
    """Parse the name of a set or a file, or names separated by commas."""
    from ..tables import RECORD_SETS

    if text is None or text.casefold() in map(str.casefold, RECORD_SETS) or Path(text).is_file():
        return text
    return [name.strip() for name in text.split(",") if name.strip()]


def _known() -> tuple[str, ...]:
    """Return the names of the databases that skecg knows."""
    from ..datasets._fetch_known import DATABASES

    return tuple(DATABASES)


def _size(megabytes: int) -> str:
    """Write about how much a database has."""
    return f"about {megabytes} MB" if megabytes < 1000 else f"about {megabytes / 1000:g} GB"
