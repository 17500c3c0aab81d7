"""Pages as a reader sees them: headless Chromium, spoken to over a pipe.

Nothing is installed for it: Chromium's own protocol (the one of its developer tools) takes JSON
messages, each ended by a zero byte, on the file descriptors 3 and 4. One browser looks at any
number of pages, so that a site of hundreds is looked at in a minute or two.
"""

import base64
import fcntl
import json
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
WHY_NOT = f"needs Chromium: none of {', '.join(NAMES)} is on the path"
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--disable-extensions --disable-default-apps --hide-scrollbars --remote-debugging-pipe"
).split()
LAPTOP, PHONE = 1366, 390
VIEWS = [(width, scheme) for width in (LAPTOP, PHONE) for scheme in ("light", "dark")]
PATIENCE = 30.0  # seconds for one answer
EMPTY = frozenset(  # elements without an end, as HTML has them
    "area base br col embed hr img input link meta source track wbr".split()
)

# What is asked of a page once it has loaded. Lazy pictures are asked for, so that all are judged.
LOOK = """(async () => {
  const images = [...document.images];
  for (const image of images) image.loading = "eager";
  await Promise.all(images.map(image => image.complete || Promise.race([
    new Promise(done => { image.onload = image.onerror = done; }),
    new Promise(done => setTimeout(done, 5000)),
  ])));
  const shown = image => image.getClientRects().length > 0;
  const root = document.documentElement;
  const width = root.clientWidth;
  const inBox = element => {  // what scrolls or is cut off inside a box of its own moves no page
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible")  // but the page's own text must fit
        return !box.matches(".bd-article-container");
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !inBox(element);
  });
  const body = getComputedStyle(document.body);
  const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") +
    (e.getAttribute("class") ? "." + e.getAttribute("class").trim().split(/\\s+/).join(".") : "");
  return {
    width, scroll: Math.max(root.scrollWidth, document.body.scrollWidth),
    wide: wide.slice(0, 5).map(name),
    broken: images.filter(i => shown(i) && !i.naturalWidth).map(i => i.currentSrc || i.outerHTML),
    ink: body.color, paper: body.backgroundColor,
    rootPaper: getComputedStyle(root).backgroundColor,
    title: document.title,
  };
})()"""


# until a page knows of its new colour scheme
TWO_FRAMES = """new Promise(
  done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))
)"""


class Look(NamedTuple):
    """What a page is like at one width and in one colour scheme."""

    width: int
    scroll: int  # what there is to see in width; more than width scrolls sideways
    wide: list  # what reaches beyond the right edge
    broken: list  # pictures that did not load
    problems: list  # errors in the console, requests that failed
    requests: list  # addresses other than the page's own and data in it
    ink: tuple  # colour of the text, 0 to 255
    paper: tuple  # colour behind it
    title: str

    @property
    def contrast(self) -> float:
        """Contrast of text and paper: 1 to 21; 4.5 is what WCAG asks of text."""
        bright, dark = sorted((_luminance(self.ink), _luminance(self.paper)), reverse=True)
        return (bright + 0.05) / (dark + 0.05)

    @property
    def scheme(self) -> str:
        """Whether the text is brighter than the paper."""
        return "dark" if _luminance(self.ink) > _luminance(self.paper) else "light"

    def faults(self) -> list[str]:
        """Everything that a reader would stumble over, in words."""
        faults = [*self.problems, *(f"picture did not load: {one[:120]}" for one in self.broken)]
        if self.scroll > self.width:
            faults.append(f"scrolls sideways: {self.scroll} > {self.width} ({self.wide})")
        elif self.wide:
            faults.append(f"is cut off at the right: {self.wide}")
        if self.contrast < 4.5:
            faults.append(f"text {self.ink} on {self.paper}: contrast {self.contrast:.1f}")
        return faults


class Browser:
    """A headless Chromium with one page; made by `browser`."""

    def __init__(self, process: subprocess.Popen, commands: int, answers: int):
        self._process, self._commands, self._answers = process, commands, answers
        self._rest, self._number, self._session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        found = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = found["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def call(self, method: str, **params):
        """Send a command and wait for its answer; events meanwhile go to `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            found = self._read()
            if found.get("id") == self._number:
                if "error" in found:
                    raise RuntimeError(f"{method}: {found['error']}")
                return found["result"]
            self.events.append(found)

    def evaluate(self, expression: str):
        """Run JavaScript in the page and return its value."""
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"])
        return found["result"].get("value")

    def show(self, page, width: int = LAPTOP, scheme: str = "light", *, height: int = 800) -> Look:
        """Open a page (path or address) and say what it is like."""
        address = Path(page).absolute().as_uri() if "://" not in str(page) else str(page)
        phone = width < 600
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        self.media(scheme)
        self.events.clear()
        found = self.call("Page.navigate", url=address)
        if "errorText" in found:
            raise FileNotFoundError(f"{address}: {found['errorText']}")
        self._wait_for_load(found["loaderId"])
        return self._look(address)

    def recolor(self, scheme: str) -> Look:
        """Change the colour scheme of the page that is shown, and say what it is like then."""
        self.media(scheme)
        self.evaluate(TWO_FRAMES)
        return self._look(self.evaluate("location.href"))

    def _look(self, address: str) -> Look:
        """Say what the page that is shown is like."""
        found = self.evaluate(LOOK)
        papers = [_color(found[name]) for name in ("paper", "rootPaper")]
        paper = next((rgb for *rgb, alpha in papers if alpha), [255, 255, 255])
        return Look(
            width=found["width"],
            scroll=found["scroll"],
            wide=found["wide"],
            broken=found["broken"],
            problems=_problems(self.events),
            requests=_requests(self.events, address),
            ink=tuple(_color(found["ink"])[:3]),
            paper=tuple(paper),
            title=found["title"],
        )

    def media(self, scheme: str = "light", kind: str = "screen") -> None:
        """Set colour scheme, and screen or print."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=kind, features=features)

    def picture(self, path, *, whole: bool = True) -> None:
        """Write a screenshot of what is shown, by default of the whole page."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(found["data"]))

    def pdf(self, path) -> None:
        """Write what is shown as it would be printed on A4, without backgrounds."""
        self.media(kind="print")
        found = self.call(
            "Page.printToPDF", printBackground=False, paperWidth=8.27, paperHeight=11.69
        )
        Path(path).write_bytes(base64.b64decode(found["data"]))

    def _wait_for_load(self, loader: str) -> None:
        """Wait until the page and all in it have loaded."""
        end = time.monotonic() + PATIENCE
        while not any(
            event.get("method") == "Page.lifecycleEvent"
            and (event["params"]["loaderId"], event["params"]["name"]) == (loader, "load")
            for event in self.events
        ):
            if time.monotonic() > end:
                raise TimeoutError("the page did not load")
            self.events.append(self._read())

    def _read(self) -> dict:
        """Return the next message."""
        while b"\0" not in self._rest:
            if not select.select([self._answers], [], [], PATIENCE)[0]:
                raise TimeoutError("Chromium does not answer")
            part = os.read(self._answers, 2**16)
            if not part:
                raise RuntimeError("Chromium has ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@contextmanager
def browser():
    """Start Chromium with a profile of its own, and end it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        to_read, commands = _pipe()
        answers, to_write = _pipe()
        command = [PROGRAM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        # the shell puts the pipes where Chromium looks for them
        script = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        process = subprocess.Popen(
            ["bash", "-c", script, "chromium", *command],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        try:
            yield Browser(process, commands, answers)
        finally:
            os.close(commands)  # Chromium ends with its pipe
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(answers)


def _pipe() -> tuple[int, int]:
    """Make a pipe whose ends are not among the descriptors that Chromium wants."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high


def _problems(events: list[dict]) -> list[str]:
    """Errors in the console, exceptions, and requests that failed."""
    problems = []
    for event in events:
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "assert"):
                words = [str(a.get("value", a.get("description", ""))) for a in params["args"]]
                problems.append(f"console: {' '.join(words)}")
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                text = details.get("exception", {}).get("description", details["text"])
                problems.append(f"script: {text}")
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                entry = params["entry"]
                problems.append(f"log: {entry['text']} ({entry.get('url', '')})")
            case "Network.loadingFailed" if not params.get("canceled"):
                problems.append(f"request: {params['errorText']}")
    return problems


def _requests(events: list[dict], address: str) -> list[str]:
    """Addresses that were asked for beside the page itself."""
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event.get("method") == "Network.requestWillBeSent"
    ]
    return [url for url in asked if not url.startswith(("data:", address))]


def _color(text: str) -> list[float]:
    """Red, green and blue from 0 to 255, and opacity, of a colour as browsers write it."""
    numbers = [float(n) for n in re.findall(r"[\d.]+", text)]
    if text.startswith("color("):  # color(srgb 0.1 0.2 0.3): 0 to 1
        numbers[:3] = [255 * n for n in numbers[:3]]
    return [*numbers, 1.0][:4]


def _luminance(rgb: tuple) -> float:
    """Relative luminance, as WCAG defines it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class Page(HTMLParser):
    """The elements of a page, with what is wrong about them; no browser is needed."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.loads, self.elements = [], [], [], []
        self.faults, self._open, self.words = [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{name}> is not closed" for name in self._open]
        twice = sorted({one for one in self.ids if self.ids.count(one) > 1})
        self.faults += [f"id {one!r} is there twice" for one in twice]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        """Note an element and what it loads or links."""
        given = dict(attrs)
        self.elements.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "img" and "alt" not in given:
            self.faults.append(f"a picture without alt: {given.get('src', '')[:80]}")
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        for name in ("src", "data", "poster", "background"):
            if given.get(name):
                self.loads.append(given[name])
        # "a.png, b.png 2.00x": addresses and for which screens they are
        self.loads += [one.split()[0] for one in given.get("srcset", "").split(",") if one.strip()]
        if tag in ("link", "image", "use"):
            self.loads += [given[n] for n in ("href", "xlink:href") if given.get(n)]
        if "style" in given:
            self.loads += re.findall(r"url\(['\"]?([^)'\"]+)", given["style"])
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        """Note an element that ends where it begins, as those of SVG do."""
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Compare an end with what is open."""
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> ends {self._open[-1:] or 'nothing'}, {self.getpos()}")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Keep the words, and what styles load."""
        if self._open and self._open[-1] == "style":
            self.loads += re.findall(r"url\(['\"]?([^)'\"]+)", data)
        elif self._open and self._open[-1] != "script":
            self.words.append(data)

    @property
    def text(self) -> str:
        """What a reader reads, with single blanks."""
        return " ".join(" ".join(self.words).split())


def broken_links(pages: dict[Path, Page]) -> list[str]:
    """Links between these pages, and files that they load, that lead nowhere."""
    broken = []
    for path, page in pages.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("data:"):
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                broken.append(f"{path.name}: {link}")
            elif parts.fragment and target in pages:
                if unquote(parts.fragment) not in pages[target].ids:
                    broken.append(f"{path.name}: {link} (no such place)")
    return broken
