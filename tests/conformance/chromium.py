"""A headless Chromium, driven over a pipe by its DevTools protocol: no port, no library.

Messages are JSON, each ended by a zero byte; the browser reads descriptor 3 and writes 4.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60.0
"""In which an answer comes, on a machine that does other things."""


def program() -> str | None:
    """The browser of this machine, if it has one."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class Browser:
    """One page of one browser; ``complaints`` are errors of its console, of whatever kind."""

    def __init__(self, writing: int, reading: int) -> None:
        self._writing, self._reading = writing, reading
        self._buffer = b""
        self._last = 0
        self._session = ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        """Addresses that the page asked for."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to one command."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._last:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            is_there, _, _ = select.select([self._reading], [], [], max(end - time.monotonic(), 0))
            assert is_there, "the browser does not answer"
            part = os.read(self._reading, 1 << 20)
            assert part, "the browser has ended"
            self._buffer += part
        first, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, said: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.complaints.append(str(said["exceptionDetails"]))
        elif method == "Log.entryAdded" and said["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(said["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and said["type"] in {"error", "warning"}:
            self.complaints.append(str(said["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])

    def open(self, path: Path, width: int, height: int = 900) -> None:
        """Show a file in a window of some pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.ask("Page.navigate", url=path.absolute().as_uri())
        self.until("document.readyState === 'complete'")

    def until(self, script: str) -> None:
        """Wait for what an event is about to bring; it is a failure if it does not come."""
        end = time.monotonic() + SECONDS
        while not self.run(script):
            assert time.monotonic() < end, script
            time.sleep(0.02)

    def run(self, script: str) -> Any:
        """What an expression of JavaScript comes to."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """Press and let go of one key."""
        code = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}.get(key, ord(key[0].upper()))
        about = {"key": key, "windowsVirtualKeyCode": code}
        self.ask(
            "Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {})
        )
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def click(self, selector: str) -> None:
        """Click into the middle of an element with a real mouse."""
        place = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2]})()"
        )
        where = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        self.ask("Input.dispatchMouseEvent", type="mousePressed", **where)
        self.ask("Input.dispatchMouseEvent", type="mouseReleased", **where)

    def nodes(self) -> list[dict[str, Any]]:
        """The accessibility tree, as a screen reader has it."""
        found: list[dict[str, Any]] = self.ask("Accessibility.getFullAXTree")["nodes"]
        return found

    def picture(self, path: Path) -> None:
        """Keep what is seen, as a PNG or, small enough for documents, as a JPEG."""
        how: dict[str, Any] = {"format": "png"}
        if path.suffix == ".jpg":
            how = {"format": "jpeg", "quality": 70}
        made = self.ask("Page.captureScreenshot", **how)
        path.write_bytes(base64.b64decode(made["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser that is gone afterwards; ``folder`` is for what it keeps."""
    found = program()
    assert found is not None
    ours, theirs = os.pipe(), os.pipe()
    # Whatever the descriptors are called here, the browser finds them as 3 and 4.
    shell = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
    arguments = [
        *("bash", "-c", shell, "bash", str(ours[0]), str(theirs[1]), found),
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
        *("--no-first-run", "--disable-extensions", "--disable-dev-shm-usage"),
        *("--hide-scrollbars", f"--user-data-dir={folder / 'profile'}", "about:blank"),
    ]
    process = subprocess.Popen(
        arguments,
        pass_fds=(ours[0], theirs[1]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(ours[0])
    os.close(theirs[1])
    try:
        yield Browser(ours[1], theirs[0])
    finally:
        os.close(ours[1])
        os.close(theirs[0])
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
