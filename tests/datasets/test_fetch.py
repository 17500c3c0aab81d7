"""Databases are fetched whole and right from a server that fails in many ways, or not at all."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest
import requests

import skecg
from skecg.datasets import _fetch_http
from skecg.datasets._fetch_http import FetchFailure, _retry_after, _Session
from skecg.datasets._fetch_known import DATABASES, base_url, database_folder
from skecg.datasets._fetch_sums import parse_sums
from tests._server import Body, Status, serving, sha256

NEEDS_PERMISSIONS = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0,
    reason="the superuser may read and write every file, and Windows has other permissions",
)
PLACE = "mitdb/1.0.0"


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The files of a made-up mitdb: two records, an excerpt, and a page."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("100", "101"):
        record = skecg.simulate_record(duration=10, random_state=int(name), name=name)
        skecg.write_record(record, folder)
    (folder / "x_mitdb").mkdir()
    skecg.write_record(skecg.simulate_record(duration=10, name="x_108"), folder / "x_mitdb")
    (folder / "100.xws").write_text("view of 100")
    (folder / "RECORDS").write_text("100\n101\n")
    (folder / "ANNOTATORS").write_text("atr\treference annotations\n")
    (folder / "mitdbdir").mkdir()
    (folder / "mitdbdir" / "intro.htm").write_text("<html>")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def running():
    """A server for all tests."""
    with serving() as server:
        yield server


@pytest.fixture
def server(running, files, monkeypatch):
    """The server with the made-up mitdb only; proxies are not asked."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "SKECG_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    running.reset()
    running.publish(PLACE, files)
    return running


@pytest.fixture
def fetch(server, tmp_path):
    """A function that fetches the made-up mitdb into a folder of its own, without waiting."""

    def fetch(**settings):
        defaults = {"data_home": tmp_path, "mirror": server.url, "delay": 0, "n_jobs": 1}
        return skecg.fetch_mitdb(**{**defaults, **settings})

    return fetch


def at(name):
    return f"/{PLACE}/{name}"


def contents(folder):
    """Return the files of a folder by name, without those that are hidden."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def assert_nothing_wrong(folder, files):
    """Raise unless every file has the bytes that were published under its name."""
    for name, content in contents(folder).items():
        if name != "SHA256SUMS.txt":
            assert content == files[name], name


def of_100(files):
    """Return the files of record 100."""
    return {name: content for name, content in files.items() if name.startswith("100.")}


def own(files):
    """Return the files that are fetched without naming records."""
    return {name: c for name, c in files.items() if not name.startswith(("x_", "mitdbdir"))}


# What is fetched


def test_database_is_fetched_and_read(fetch, server, files, tmp_path):
    folder = fetch()
    assert folder == tmp_path / "mitdb" / "1.0.0"
    found = contents(folder)
    del found["SHA256SUMS.txt"]
    assert found == own(files)
    assert server.agents == {f"skecg/{skecg.__version__}"}
    assert not (folder / ".part").exists()
    assert [path.name for path in skecg.find_records(folder)] == ["100", "101"]
    assert set(skecg.load_beats(skecg.find_records(folder)).records) == {"100", "101"}


def test_truncated_file_of_consistent_length(fetch, server, files):
    server.plans[at("100.dat")] = [Body(files["100.dat"][:-100])]
    assert contents(fetch())["100.dat"] == files["100.dat"]


def test_empty_file(fetch, server):
    server.publish(PLACE, {"empty.txt": b""})
    assert contents(fetch())["empty.txt"] == b""


@pytest.mark.parametrize(
    ("slug", "record", "subject"),
    [
        ("mitdb", "202", "mitdb:201"),
        ("edb", "e0126", "edb:e0123"),
        ("svdb", "800", "svdb:800"),
        ("nstdb", "118e24", "mitdb:118"),
        ("ltafdb", "100", "ltafdb:100"),
        ("qtdb", "sel803", "svdb:803"),
    ],
)
def test_folders_name_their_databases(tmp_path, slug, record, subject):
    folder = database_folder(slug, "1.0.0", tmp_path)
    assert skecg.tables.subject_of(record, folder) == subject


def test_second_call_requests_nothing(fetch, server):
    fetch()
    before = len(server.requests)
    fetch()
    fetch(download_if_missing=False)
    assert len(server.requests) == before


@pytest.mark.parametrize(
    ("records", "names"),
    [
        (["100"], {"100.hea", "100.dat", "100.atr", "100.xws"}),
        ("100", {"100.hea", "100.dat", "100.atr", "100.xws"}),
        (["mitdb/100"], {"100.hea", "100.dat", "100.atr", "100.xws"}),
        (["x_108"], {"x_mitdb/x_108.hea", "x_mitdb/x_108.dat", "x_mitdb/x_108.atr"}),
        (["x_mitdb/x_108"], {"x_mitdb/x_108.hea", "x_mitdb/x_108.dat", "x_mitdb/x_108.atr"}),
    ],
)
def test_only_files_of_records(fetch, server, records, names):
    assert set(contents(fetch(records=records))) == {*names, "SHA256SUMS.txt"}
    assert len(server.requests) == len(names) + 1


def test_records_of_a_file(fetch, tmp_path):
    listed = tmp_path / "names.txt"
    listed.write_text("# one\n101\n")
    assert "100.hea" not in contents(fetch(records=listed))


def test_excerpts_have_the_subject_of_their_source(fetch):
    folder = fetch(records=["x_108"])
    (path,) = skecg.find_records(folder)
    assert skecg.tables.subject_of(path.name, path.parent) == "mitdb:108"


def test_set_of_records(fetch, server, files):
    ds1 = {f"{name}.hea": b"not a header" for name in skecg.tables.DS1}
    server.publish(PLACE, {**ds1, "100.hea": b"of DS2"})
    assert set(contents(fetch(records="MITDB:ds1"))) == {*ds1, "SHA256SUMS.txt"}


def test_files_that_headers_name(fetch, server):
    """A recording in two segments, the second of whose signal has a name of its own."""
    server.publish(
        PLACE,
        {
            "long.hea": b"long/2 1 250 20\nfirst 10\nsecond 10\n",
            "first.hea": b"first 1 250 10\nfirst.dat 16 200 16 0 0 0 0 I\n",
            "first.dat": bytes(20),
            "second.hea": b"second 1 250 10\nsignal2.dat 16 200 16 0 0 0 0 I\n",
            "signal2.dat": bytes(20),
            "other.hea": b"other 0 250 0\n",
        },
    )
    expected = {"long.hea", "first.hea", "first.dat", "second.hea", "signal2.dat"}
    assert set(contents(fetch(records=["long"]))) == {*expected, "SHA256SUMS.txt"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"records": ["999"]}, "has no record 999. It has 3 records"),
        ({"records": []}, "must be names of records"),
        ({"records": [1]}, "must be names of records"),
        ({"records": 1}, "must be names of records"),
        ({"records": "no-such-file"}, "has no record no-such-file"),
        ({"records": Path("no-such-file")}, "cannot read the record names"),
        ({"n_jobs": 0}, "'n_jobs' parameter of fetch_database must be a positive int"),
        ({"n_retries": -1}, "'n_retries' parameter"),
        ({"delay": -1}, "'delay' parameter"),
        ({"download_if_missing": "no"}, "must be True or False"),
        ({"mirror": "ftp://there"}, "A mirror must be an address"),
        ({"version": "../1"}, "'version' parameter"),
    ],
)
def test_invalid_parameters(fetch, settings, message):
    with pytest.raises(ValueError, match=message):
        fetch(**settings)


def test_set_of_another_database(server, tmp_path):
    with pytest.raises(ValueError, match="another database than 'edb'"):
        skecg.fetch_edb(records="mitdb:DS1", mirror=server.url, data_home=tmp_path)


def test_name_of_two_records(fetch, server):
    server.publish(PLACE, {"a/1.hea": b"", "b/1.hea": b""})
    with pytest.raises(ValueError, match="is the name of 2 records: a/1, b/1"):
        fetch(records=["1"])


@pytest.mark.parametrize("slug", ["edb", "svdb", "nstdb", "incartdb", "ltafdb"])
def test_each_database_has_its_function(server, files, tmp_path, slug):
    server.publish(f"{slug}/1.0.0", {"RECORDS": b"100\n", "old/RECORDS": b"100\n"})
    function = getattr(skecg, f"fetch_{slug}")
    folder = function(data_home=tmp_path, mirror=server.url, delay=0)
    assert folder == tmp_path / slug / "1.0.0"
    assert (folder / "old").exists() == (slug != "nstdb")


def test_other_database_with_its_version(server, tmp_path):
    server.publish("myecg/2.1", {"RECORDS": b"100\n"})
    with pytest.raises(ValueError, match="The version of 'myecg' is not known"):
        skecg.fetch_database("myecg", data_home=tmp_path, mirror=server.url)
    folder = skecg.fetch_database("myecg", version="2.1", data_home=tmp_path, mirror=server.url)
    assert (folder / "RECORDS").read_bytes() == b"100\n"


# Where from and where to


def test_places_by_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SKECG_DATA", str(tmp_path))
    monkeypatch.setenv("SKECG_MIRROR", "https://mirror.example/data/")
    assert database_folder("edb", "1.0.0", None) == tmp_path / "edb" / "1.0.0"
    assert base_url(None) == "https://mirror.example/data"
    monkeypatch.delenv("SKECG_DATA")
    monkeypatch.delenv("SKECG_MIRROR")
    assert database_folder("edb", "1.0.0", None) == Path.home() / "skecg_data" / "edb" / "1.0.0"
    assert base_url(None) == "https://physionet.org/files"


@pytest.mark.parametrize(
    ("mirror", "url"),
    [
        ("s3", "https://physionet-open.s3.amazonaws.com"),
        ("http://physionet.org/files", "https://physionet.org/files"),
        ("http://www.physionet.org/files/", "https://www.physionet.org/files"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1:80/x"),
    ],
)
def test_mirrors(mirror, url):
    assert base_url(mirror) == url


def test_redirect_is_followed(fetch, server, files):
    server.files["/elsewhere"] = files["100.dat"]
    server.plans[at("100.dat")] = Status(302, {"Location": f"{server.url}/elsewhere"})
    assert contents(fetch())["100.dat"] == files["100.dat"]


def test_endless_redirects_end(fetch, server, files):
    server.plans[at("100.dat")] = Status(302, {"Location": at("100.dat")})
    with pytest.raises(skecg.DownloadError, match="more than 5 redirects"):
        fetch()
    assert server.count("100.dat") == 6


def test_redirect_to_another_scheme_is_refused(fetch, server):
    server.plans[at("100.dat")] = Status(302, {"Location": "file:///etc/passwd"})
    with pytest.raises(skecg.DownloadError, match="the address cannot be used"):
        fetch()
    assert server.count("100.dat") == 1


def test_redirect_from_https_to_http_is_refused():
    response = requests.Response()
    response.url, response.status_code = "https://physionet.org/files/a", 302
    response.headers["Location"] = "http://physionet.org/files/a"
    with pytest.raises(FetchFailure, match="leads from https to http:"):
        _Session().get_redirect_target(response)


# Servers and connections that fail


@pytest.mark.parametrize(
    ("plan", "requests"),
    [
        ([], [None]),
        ([Status(500), Status(500)], [None] * 3),
        ([Status(502), Status(504)], [None] * 3),
        ([Status(503)], [None] * 2),
        ([Status(429, {"Retry-After": "0"})], [None] * 2),
        ([Status(429)], [None] * 2),
        ([Body(b"wrong bytes")], [None] * 2),
        ([Body(b"")], [None] * 2),
        ([Status(206, {"Content-Range": "bytes 7-7/9"})], [None] * 2),
        ([Status(206, {"Content-Range": "nonsense"})], [None] * 2),
        (["slow"], [None]),
        (["no-range"], [None]),
        (["drop"], [None, "half"]),
        (["drop", "drop"], [None, "half", "three quarters"]),
        (["drop", "no-range"], [None, "half"]),
        (["drop", "wrong-range"], [None, "half", None]),
        (["drop", Status(416)], [None, "half", None]),
        (["drop", Status(500)], [None, "half", "half"]),
    ],
)
def test_file_arrives_in_spite_of(fetch, server, files, plan, requests):
    server.plans[at("100.dat")] = plan
    folder = fetch(records=["100"])
    assert contents(folder)["100.dat"] == files["100.dat"]
    length = len(files["100.dat"])
    half = length // 2
    ranges = {
        None: None,
        "half": f"bytes={half}-",
        "three quarters": f"bytes={half + (length - half) // 2}-",
    }
    asked = [asked for path, asked in server.requests if path == at("100.dat")]
    assert asked == [ranges[one] for one in requests]
    assert server.count() == len(of_100(files)) + len(requests)  # with the list, less this file


@pytest.mark.parametrize(
    ("plan", "message", "n_requests"),
    [
        (Status(404), r"HTTP status 404 \(Not Found\)\.", 1),
        (Status(410), r"HTTP status 410 \(Gone\)\.", 1),
        (Status(403), r"403 \(Forbidden\)\. .* The database may be restricted", 1),
        (Status(500), r"500 \(Internal Server Error\), in 4 tries\.", 4),
        (Status(503), r"503 \(Service Unavailable\), in 4 tries\.", 4),
        (Status(429, {"Retry-After": "0"}), r"429 \(Too Many Requests\), in 4 tries\.", 4),
        (Status(429, {"Retry-After": "7200"}), "the server asks to wait 7200 s", 1),
        (Body(b"wrong"), "not those of the published SHA-256 sum, in 2 downloads", 2),
    ],
)
def test_file_that_does_not_arrive(fetch, server, files, plan, message, n_requests):
    server.plans[at("100.dat")] = plan
    with pytest.raises(skecg.DownloadError, match=message) as caught:
        fetch(records=["100"])
    folder = Path(caught.value.args[0].partition("-P '")[2].partition("'")[0])
    assert f"{server.url}{at('100.dat')}" in str(caught.value)
    assert "calling again goes on" in str(caught.value)
    assert "wget" in str(caught.value)
    assert server.count("100.dat") == n_requests
    assert "100.dat" not in contents(folder)
    assert_nothing_wrong(folder, files)
    server.plans.clear()
    sums = server.files[at("SHA256SUMS.txt")]
    assert contents(fetch(records=["100"])) == {**of_100(files), "SHA256SUMS.txt": sums}


def test_other_files_arrive_if_one_does_not(fetch, server, files, tmp_path):
    server.plans[at("100.dat")] = Status(404)
    with pytest.raises(skecg.DownloadError, match=f"{len(own(files)) - 2} of {len(own(files))}"):
        fetch()
    assert set(contents(tmp_path / PLACE)) == {*own(files), "SHA256SUMS.txt"} - {
        "100.dat",
        "100.hea",
    }
    assert [path.name for path in skecg.find_records(tmp_path)] == ["101"]


def test_few_requests_of_a_server_that_has_nothing(fetch, server, files):
    for name in files:
        server.plans[at(name)] = Status(404)
    with pytest.raises(skecg.DownloadError, match="and 4 other files: HTTP status 404"):
        fetch()
    assert server.count() == 1 + 5


def test_few_requests_of_a_server_that_is_busy(fetch, server, files):
    for name in files:
        server.plans[at(name)] = Status(503)
    with pytest.raises(skecg.DownloadError, match="HTTP status 503"):
        fetch()
    assert server.count() == 1 + 4


def test_list_that_does_not_arrive(fetch, server):
    server.plans[at("SHA256SUMS.txt")] = Status(404)
    with pytest.raises(skecg.DownloadError, match=r"SHA256SUMS.txt: HTTP status 404") as caught:
        fetch()
    assert "By hand" in str(caught.value)
    assert server.count() == 1


def test_page_in_place_of_the_list(fetch, server):
    server.plans[at("SHA256SUMS.txt")] = Body(b"<html>Log in</html>")
    with pytest.raises(skecg.DownloadError, match="not a list of SHA-256 sums: line 1"):
        fetch()


def test_interrupted_list_begins_anew(fetch, server):
    server.plans[at("SHA256SUMS.txt")] = ["drop", "drop", "drop", "drop"]
    with pytest.raises(
        skecg.DownloadError, match=r"the connection ended after [\d,]+ of [\d,]+ bytes, in 4 tries"
    ):
        fetch()
    fetch()
    assert server.requests[4] == (at("SHA256SUMS.txt"), None)


def test_no_server(tmp_path, server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(skecg.DownloadError, match=r"no connection \(Connection refused\)"):
            skecg.fetch_edb(data_home=tmp_path, mirror=mirror, delay=0)
    assert isinstance(skecg.DownloadError(), OSError)


def test_server_that_stays_silent(fetch, server, monkeypatch):
    monkeypatch.setattr(_fetch_http, "_TIMEOUT", (1.0, 0.05))
    server.plans[at("SHA256SUMS.txt")] = "slow"
    with pytest.raises(skecg.DownloadError, match="no answer in time, in 2 tries"):
        fetch(n_retries=1)


def test_server_that_is_too_slow(fetch, server, monkeypatch):
    monkeypatch.setattr(_fetch_http, "_PATIENCE", 0.01)
    monkeypatch.setattr(_fetch_http, "_SLOWEST", 10_000.0)
    monkeypatch.setattr(_fetch_http, "_CHUNK", 1)
    server.plans[at("SHA256SUMS.txt")] = "trickle"
    with pytest.raises(skecg.DownloadError, match="fewer than 10000 bytes came per second"):
        fetch(n_retries=0)


def test_messages_of_a_server_do_not_reach_the_terminal_as_they_are(fetch, server):
    server.plans[at("100.dat")] = Status(404, {}, "\x1b[31mred")
    with pytest.raises(skecg.DownloadError, match=r"404 \(\\x1b\[31mred\)"):
        fetch(records=["100"])


@pytest.mark.parametrize("place", ["http://[bad", "http://.a..b/", "http://\xff\xfe/"])
def test_redirect_to_no_address(fetch, server, place):
    server.plans[at("100.dat")] = Status(302, {"Location": place})
    with pytest.raises(skecg.DownloadError, match="the address cannot be used"):
        fetch(records=["100"])


def test_file_without_end_is_given_up(fetch, server, files, monkeypatch):
    monkeypatch.setitem(DATABASES, "mitdb", DATABASES["mitdb"]._replace(most_bytes=200_000))
    server.plans[at("100.dat")] = "endless"
    with pytest.raises(skecg.DownloadError, match="more than 200,000 bytes"):
        fetch()


def test_file_that_is_too_long_is_not_begun(fetch, server, files, monkeypatch):
    monkeypatch.setitem(DATABASES, "mitdb", DATABASES["mitdb"]._replace(most_bytes=1_000))
    with pytest.raises(skecg.DownloadError, match="bytes; at most 1,000 are fetched"):
        fetch(records=["100"])


# Waiting


@pytest.fixture
def waits(monkeypatch):
    """The seconds that would have been waited."""
    waits = []
    clock = {"now": 0.0}

    def wait(stop, seconds):
        waits.append(round(seconds, 3))
        clock["now"] += seconds

    monkeypatch.setattr(_fetch_http, "_wait", wait)
    monkeypatch.setattr(_fetch_http.time, "monotonic", lambda: clock["now"])
    return waits


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ([Status(500), Status(500), Status(500)], [1, 2, 4]),
        ([Status(429, {"Retry-After": "7"})], [7]),
        ([Status(503, {"Retry-After": "30"}), Status(500)], [30, 2]),
        ([Status(429)], [4]),
        ([Status(500, {"Retry-After": "nonsense"})], [1]),
    ],
)
def test_waits_before_next_try(fetch, server, waits, plan, expected):
    server.plans[at("100.dat")] = plan
    fetch(records=["100"], delay=1)
    assert waits == expected


def test_time_to_wait_may_be_a_date(monkeypatch):
    monkeypatch.setattr(_fetch_http.time, "time", lambda: 0.0)
    assert _retry_after("Thu, 01 Jan 1970 00:01:00 GMT") == 60
    assert _retry_after("Wed, 31 Dec 1969 00:00:00 GMT") == 0
    assert _retry_after("soon") is None


@pytest.mark.parametrize(("n_jobs", "most"), [(1, 1), (2, 2), (-1, 8), (99, 8)])
def test_few_connections_at_a_time(fetch, server, n_jobs, most):
    server.publish(PLACE, {f"{n}.dat": b"%d" % n for n in range(20)})
    server.patience = 0.005
    fetch(n_jobs=n_jobs)
    assert server.most_active <= most
    assert (server.most_active > 1) == (most > 1)


# Files that are there already


@pytest.mark.parametrize("found", [b"", b"corrupt", None, "longer"])
def test_wrong_file_is_fetched_again(fetch, server, files, found):
    folder = fetch(records=["100"])
    right = files["100.dat"]
    (folder / "100.dat").write_bytes(
        right[:-1] if found is None else right + b"\0" if found == "longer" else found
    )
    server.requests.clear()
    fetch(records=["100"])
    assert contents(folder)["100.dat"] == right
    assert server.requests == [(at("100.dat"), None)]


def test_wrong_file_is_gone_if_it_cannot_be_fetched(fetch, server, files):
    """An old file next to a wrong sum is never left for someone to read."""
    folder = fetch()
    (folder / "100.dat").write_bytes(b"corrupt")
    server.plans[at("100.dat")] = Body(b"wrong as well")
    with pytest.raises(skecg.DownloadError):
        fetch()
    assert "100.dat" not in contents(folder)


def test_missing_files_are_an_error_if_none_may_be_fetched(fetch, server, tmp_path):
    with pytest.raises(skecg.DownloadError, match="there is no list of its files"):
        fetch(download_if_missing=False)
    folder = fetch()
    (folder / "100.dat").write_bytes(b"corrupt")
    before = len(server.requests)
    with pytest.raises(skecg.DownloadError, match=r"1 file of .* missing or wrong \(100.dat\)"):
        fetch(download_if_missing=False)
    assert len(server.requests) == before
    assert (folder / "100.dat").read_bytes() == b"corrupt"
    fetch(download_if_missing=False, records=["101"])


def test_part_of_an_earlier_call_is_continued(fetch, server, files):
    server.plans[at("100.dat")] = ["drop"]
    with pytest.raises(skecg.DownloadError):
        fetch(n_retries=0)
    fetch()
    half = len(files["100.dat"]) // 2
    assert (at("100.dat"), f"bytes={half}-") in server.requests


@pytest.mark.parametrize("n_bytes", [7, "whole", "more"])
def test_part_with_wrong_bytes_is_replaced(fetch, server, files, tmp_path, n_bytes):
    right = files["100.dat"]
    part = tmp_path / PLACE / ".part" / "100.dat.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes({"whole": len(right), "more": len(right) + 5}.get(n_bytes, n_bytes)))
    assert contents(fetch(records=["100"]))["100.dat"] == right


def test_list_that_is_wrong_is_replaced(fetch, server, files):
    folder = fetch()
    sums = folder / "SHA256SUMS.txt"
    sums.write_text(sums.read_text().replace(sha256(files["100.dat"]), sha256(b"other")))
    fetch()
    assert sums.read_bytes() == server.files[at("SHA256SUMS.txt")]
    assert contents(folder)["100.dat"] == files["100.dat"]


def test_list_that_is_wrong_of_all_files_is_replaced(fetch, server, files):
    folder = fetch()
    (folder / "SHA256SUMS.txt").write_text(
        "".join(f"{sha256(name.encode())}  {name}\n" for name in files)
    )
    assert set(own(files)) < set(contents(fetch()))
    assert_nothing_wrong(folder, files)


def test_files_put_there_by_hand_are_used(fetch, server, files, tmp_path):
    for name, content in {**files, "SHA256SUMS.txt": server.files[at("SHA256SUMS.txt")]}.items():
        path = tmp_path / PLACE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    fetch()
    assert server.requests == []


def test_folder_in_place_of_a_file(fetch, tmp_path):
    (tmp_path / PLACE / "100.dat").mkdir(parents=True)
    with pytest.raises(skecg.DownloadError, match=r"1.0.0: cannot write .*100\.dat' \(Is a d"):
        fetch()


@NEEDS_PERMISSIONS
def test_file_that_cannot_be_read(fetch, files):
    folder = fetch()
    (folder / "100.dat").chmod(0)
    assert contents(fetch())["100.dat"] == files["100.dat"]


@NEEDS_PERMISSIONS
def test_complete_database_in_a_folder_that_is_read_only(fetch, tmp_path):
    folder = fetch()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert fetch() == folder
    finally:
        folder.chmod(stat.S_IRWXU)


def test_folder_that_cannot_be_written(fetch, tmp_path):
    (tmp_path / "mitdb").write_text("a file")
    with pytest.raises(skecg.DownloadError, match=r"cannot write .*mitdb.*By hand"):
        fetch()


def test_full_disk_names_the_file(fetch, server, monkeypatch, files):
    def full(*args):
        raise OSError(28, "No space left on device", "100.dat")

    monkeypatch.setattr("skecg.datasets._fetch_files.os.replace", full)
    with pytest.raises(skecg.DownloadError, match="No space left on device"):
        fetch(n_jobs=2)


def test_two_at_once_share_the_work(fetch, server, files):
    server.patience = 0.005
    done: list[Path] = []
    threads = [threading.Thread(target=lambda: done.append(fetch())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 3
    found = contents(done[0])
    assert found.pop("SHA256SUMS.txt")
    assert found == own(files)
    assert server.count(".dat") == 2  # each once


def test_two_at_once_without_locks(fetch, server, files, monkeypatch):
    monkeypatch.setattr("skecg.datasets._fetch_lock.try_lock", lambda file: None)
    server.patience = 0.002
    folders: list[Path] = []
    threads = [threading.Thread(target=lambda: folders.append(fetch())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folders) == 2
    assert_nothing_wrong(folders[0], files)
    assert not list(folders[0].glob(".part*"))


@pytest.mark.skipif(os.name == "nt", reason="locks of other systems")
def test_file_system_without_locks(fetch, monkeypatch):
    def flock(*args):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", flock)
    assert len(skecg.find_records(fetch())) == 2


def test_interrupted_call_keeps_what_is_complete(fetch, server, files, monkeypatch, tmp_path):
    real = _fetch_http.Client.download

    def download(self, url, part, *args):
        if url.endswith("101.dat"):
            raise KeyboardInterrupt
        real(self, url, part, *args)

    monkeypatch.setattr(_fetch_http.Client, "download", download)
    with pytest.raises(KeyboardInterrupt):
        fetch()
    monkeypatch.undo()
    assert_nothing_wrong(tmp_path / PLACE, files)
    assert "101.hea" not in contents(tmp_path / PLACE)  # headers come last


def test_progress_and_silence(fetch, capfd):
    fetch()
    assert capfd.readouterr() == ("", "")


# Names that lead elsewhere


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/passwd",
        "a//b",
        "a/./b",
        "..\\evil",
        "C:evil",
        "C:\\evil",
        "nul",
        "a/CON.dat",
        "com1.txt",
        "trailing.",
        ".part/100.dat",
        "bell\a",
        "a?b",
    ],
)
def test_names_outside_the_folder_are_refused(fetch, server, tmp_path, name):
    content = b"evil"
    server.files[at("SHA256SUMS.txt")] = f"{sha256(content)}  {name}\n".encode()
    with pytest.raises(skecg.DownloadError, match="not a file in the folder"):
        fetch()
    assert server.count() == 1
    assert contents(tmp_path / PLACE) == {}


def test_sums_of_any_usual_form():
    a, b = sha256(b"a"), sha256(b"b").upper()
    assert parse_sums(f"{a}  x\r\n\n{b} *./d/y z\n") == {"x": a, "d/y z": b.lower()}
    for text in ("", "\n", "abc  x", f"{a} x"):
        with pytest.raises(ValueError, match=r"line 1|names no file"):
            parse_sums(text)


def test_names_with_special_characters(fetch, server):
    server.publish(PLACE, {"notes.txt": b"x"})
    server.files[at("a%20b%23c.txt")] = b"y"
    server.files[at("SHA256SUMS.txt")] = f"{sha256(b'y')}  a b#c.txt\n".encode()
    assert contents(fetch())["a b#c.txt"] == b"y"
