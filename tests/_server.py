"""A local HTTP server with a small made-up database, which can be told to fail."""

import hashlib
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

HALF = 0.5


class Status(NamedTuple):
    """Answer with an HTTP status and headers."""

    code: int
    headers: dict = {}  # noqa: RUF012 - never changed
    reason: str | None = None


class Body(NamedTuple):
    """Answer with these bytes in place of the file's."""

    content: bytes


class Server:
    """Files by path, a plan of answers by path, and a log of the requests.

    A plan is a list of answers that are used up one by one; then the file is served. Answers:
    "drop" (half of the bytes, then the connection ends), "no-range" (whole, whatever was asked),
    "wrong-range" (206 from another byte), "endless" (no length, and more bytes than anyone wants),
    "slow" (waits before it answers), "trickle" (a byte now and then), a `Status` or a `Body`. A
    plan may also be one answer, which is given always.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.url = ""
        self.reset()

    def reset(self):
        """Forget all files, plans and requests."""
        self.files = {}
        self.plans = defaultdict(list)
        self.requests = []  # (path, Range header or None)
        self.agents = set()
        self.active = self.most_active = 0
        self.patience = 0.0  # s before each answer, to see how many come at the same time

    def publish(self, place, files):
        """Serve files below a place, with the list of their sums."""
        sums = "".join(f"{sha256(content)}  {name}\n" for name, content in files.items())
        for name, content in {**files, "SHA256SUMS.txt": sums.encode()}.items():
            self.files[f"/{place}/{name}"] = content

    def count(self, ending=""):
        """Count the requests of paths with this ending."""
        return sum(path.endswith(ending) for path, _ in self.requests)

    def next_answer(self, path):
        """Return the next answer of the plan of a path; None is the file."""
        plan = self.plans.get(path, [])
        if not isinstance(plan, list):
            return plan
        return plan.pop(0) if plan else None


def sha256(content):
    """Return the SHA-256 of bytes as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answer as the plan says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer takes 40 ms

    def do_GET(self):
        server = self.server.state
        with server.lock:
            server.requests.append((self.path, self.headers.get("Range")))
            server.agents.add(self.headers.get("User-Agent"))
            server.active += 1
            server.most_active = max(server.most_active, server.active)
            answer = server.next_answer(self.path)
        try:
            time.sleep(server.patience)
            self.answer(answer, server.files.get(self.path))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with server.lock:
                server.active -= 1

    def answer(self, answer, content):
        if isinstance(answer, Status) or content is None:
            status = answer if isinstance(answer, Status) else Status(404)
            return self.head(status.code, 0, status.headers, status.reason)
        if answer == "slow":
            time.sleep(0.3)
        if isinstance(answer, Body):
            self.head(200, len(answer.content))
            return self.wfile.write(answer.content)
        if answer == "endless":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            for _ in range(10_000):
                self.wfile.write(bytes(10_000))
            return None
        start = self.start(answer, len(content))
        if start > 0 and start >= len(content):
            return self.head(416, 0, {"Content-Range": f"bytes */{len(content)}"})
        code, headers = 200, {}
        if start:
            code = 206
            first = start - 1 if answer == "wrong-range" else start
            place = f"bytes {first}-{len(content) - 1}/{len(content)}"
            headers = {"Content-Range": place}
        rest = content[start:]
        self.head(code, len(rest), headers)
        if answer == "trickle":
            for n in range(20):
                self.wfile.write(rest[n : n + 1])
                time.sleep(0.01)
            self.close_connection = True
            return None
        if answer == "drop":
            rest = rest[: int(len(rest) * HALF)]
            self.close_connection = True
        return self.wfile.write(rest)

    def start(self, answer, length):
        asked = self.headers.get("Range")
        if asked is None or answer == "no-range":
            return 0
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def head(self, code, length, headers=None, reason=None):
        self.send_response(code, reason)
        for name, value in {"Content-Length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format, *args):
        pass


@contextmanager
def serving():
    """Serve on a free port of the loopback interface."""
    state = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.state = state
    state.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
