#!/usr/bin/env bash
# physionet 0.2.0, PhysioNet's own package, takes any file of the right name for the beginning of the
# download. Where an older and shorter edition of a file is in the folder, `physionet.download` asks the
# server for the bytes behind its end, appends them, finds the wrong SHA-256, deletes the file and fails,
# although the server is all right; the same call then succeeds. skecg fetches by pooch: unfinished
# files have names of their own, and a wrong file is fetched anew (skecg/datasets/_fetch_files.py).
#
# Usage: findings/physionet_resume.sh
# Makes a temporary environment with pinned packages of PyPI, and runs them against a server on
# loopback. Exits 1 if the behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet physionet==0.2.0 requests==2.32.5 boto3==1.40.0

cat >"$work/try.py" <<'PYTHON'
import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import physionet

print(", ".join(f"{name} {version(name)}" for name in ("physionet", "requests")))
content = bytes(range(256)) * 40  # of the edition that is published
older = b"first edition\n" * 100  # 1,400 bytes
sums = f"{hashlib.sha256(content).hexdigest()}  a.dat\n".encode()
versions = [dict(slug="made", title="", version="1.0.0", abstract="", citation="")]
asked = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.endswith("/versions/"):
            return self.give(200, json.dumps(versions).encode())
        if self.path.endswith("SHA256SUMS.txt"):
            return self.give(200, sums)
        asked.append(self.headers.get("Range"))
        if asked[-1] is None:
            return self.give(200, content)
        first = int(asked[-1].removeprefix("bytes=").rstrip("-"))
        place = f"bytes {first}-{len(content) - 1}/{len(content)}"
        return self.give(206, content[first:], {"Content-Range": place})

    def give(self, code, body, headers=None):
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
folder = Path(sys.argv[1])
file = folder / "made-1.0.0" / "a.dat"
file.parent.mkdir(parents=True)
file.write_bytes(older)
seen = []
for _ in range(2):
    try:
        physionet.download(
            "made",
            version="1.0.0",
            output_dir=str(folder),
            source="physionet",
            base_url=f"http://127.0.0.1:{server.server_port}",
        )
        seen.append("downloaded")
    except Exception as error:
        seen.append(f"{type(error).__name__}, the file is {'there' if file.exists() else 'gone'}")
right = file.exists() and file.read_bytes() == content
if seen == ["DownloadError, the file is gone", "downloaded"] and asked == ["bytes=1400-", None] and right:
    print(f"as described: {seen[0]} (asked for {asked[0]}); called again: {seen[1]}")
    sys.exit(0)
print(f"changed: {seen}, asked {asked}, right bytes: {right}")
sys.exit(1)
PYTHON
"$work/venv/bin/python" "$work/try.py" "$work/data" 2>"$work/errors" || { cat "$work/errors"; exit 1; }
