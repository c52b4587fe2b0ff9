"""Headless Chromium over the DevTools protocol: enough to open a page and look at it.

Messages are JSON ended by a zero byte on two pipes (descriptors 3 and 4 of the browser), so
nothing listens on a port and no client library is needed.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
MISSING = "Debian's `chromium` is not installed"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--remote-debugging-pipe",
)  # fmt: skip


class Browser:
    """One browser process.  Use `browser()`, which ends it."""

    def __init__(self, process: subprocess.Popen, read: int, write: int) -> None:
        self.process, self._read, self._write = process, read, write
        self._buffer, self._last = b"", 0
        self.events: list[dict] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict:
        """Send one command and return its result.  Raises RuntimeError if it is refused."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next(60)
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self, seconds: float) -> dict:
        end = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                raise TimeoutError(f"the browser said nothing for {seconds:g} s")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser ended")
            self._buffer += chunk
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(
        self, path: Path, width: int, height: int = 900, ready: str = "true", dark: bool = False
    ) -> "Page":
        """Open a local file in a new tab of the given size and wait until `ready` is true."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        page.call("Page.navigate", url=path.resolve().as_uri())
        page.wait(f"document.readyState === 'complete' && ({ready})")
        return page


class Page:
    """One tab."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser, self._target, self._session = browser, target, session

    def call(self, method: str, **params: Any) -> dict:
        return self._browser.call(method, self._session, **params)

    def resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=width < 640,
        )  # fmt: skip

    def js(self, expression: str) -> Any:
        """Value of a JavaScript expression.  Raises RuntimeError if it throws."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def wait(self, expression: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not self.js(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}")
            time.sleep(0.05)

    def _events(self, method: str) -> Iterator[dict]:
        for event in self._browser.events:
            if event.get("sessionId") == self._session and event["method"] == method:
                yield event["params"]

    def problems(self) -> list[str]:
        """Everything the console shows as an error or a warning, and uncaught exceptions."""
        bad = {"error", "warning", "assert"}
        logged = [e["entry"] for e in self._events("Log.entryAdded")]
        said = [e for e in self._events("Runtime.consoleAPICalled") if e["type"] in bad]
        thrown = list(self._events("Runtime.exceptionThrown"))
        return [
            *(e["text"] for e in logged if e["level"] in bad),
            *(json.dumps(e) for e in said + thrown),
        ]

    def requests(self) -> list[str]:
        """Addresses of all requests, the page itself first; `data:` and `blob:` are no network."""
        sent = [e["request"]["url"] for e in self._events("Network.requestWillBeSent")]
        return [url for url in sent if not url.startswith(("data:", "blob:"))]

    def screenshot(self, path: Path, top: int = 0, height: int | None = None) -> None:
        """Picture of the page from `top`, its full width; the window if `height` is not given."""
        options: dict[str, Any] = {"format": "png"}
        if height is not None:
            width = self.js("document.documentElement.clientWidth")
            clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
            options |= {"clip": clip, "captureBeyondViewport": True}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **options)["data"]))

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with an empty profile; ended and cleaned up afterwards."""
    assert CHROMIUM, MISSING
    to_browser, write = os.pipe()
    read, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # bash, because descriptors must arrive as 3 and 4 whatever their numbers are here
        moved = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        command = ["bash", "-c", moved, "bash", CHROMIUM, *FLAGS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            command, pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield Browser(process, read, write)
        finally:
            os.close(write)
            os.close(read)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
