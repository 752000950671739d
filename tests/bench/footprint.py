"""``python -m tests.bench.footprint``: the viewer's memory, at rest and after a day of 100,000 pictures.

The process that the role starts, with its own configuration; the day once as pictures, once as an archive.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path

import yaml

from tests.chaos.relay import free_port
from tests.integration.viewer.visitor import HASH, NAME, PASSWORD

from .archives import archived
from .contests import CAMERA, DAY
from .report import PAGE, put, setting
from .site import BUCKET, ROOT, Site, names

COUNT = 100_000


class Browser:
    """Somebody who is logged in."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def knock(self) -> str:
        """Wait for the server; return its login page."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError):
                return self.open("/login")
            time.sleep(0.1)
        sys.exit("the viewer does not answer")

    def log_in(self) -> None:
        """Log in, which leads to the overview."""
        token = re.search(r'name="form_token" value="([^"]+)"', self.knock())
        assert token
        form = {"name": NAME, "password": PASSWORD, "form_token": token[1]}
        self.open("/login", urllib.parse.urlencode(form).encode())

    def open(self, path: str, data: bytes | None = None) -> str:
        """Return a page."""
        with self._opener.open(f"{self._address}{path}", data, timeout=300) as reply:
            return str(reply.read(), "utf-8")


def megabytes(pid: int, name: str) -> float:
    """Return a figure of /proc/PID/status: ``VmRSS`` is what it has now, ``VmHWM`` the most it ever had."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1000


def measure(site: Site, what: str) -> str:
    """Return a row: the viewer before anybody came, and after each hour of the day was looked at."""
    port = free_port()
    configuration = site.out / "viewer.yml"
    values = {"bucket": BUCKET, "users": {NAME: HASH}, "cache_folder": str(site.out / "cache"), "port": port}
    configuration.write_text(yaml.safe_dump(values | {"timezone": "UTC"}))
    environment = site.environment | {"PYTHONPATH": f"{ROOT}:{ROOT}/module_utils"}
    with subprocess.Popen([sys.executable, "-m", "viewer", str(configuration)], env=environment) as viewer:
        try:
            browser = Browser(f"http://127.0.0.1:{port}")
            browser.knock()
            rest = megabytes(viewer.pid, "VmRSS")
            day = f"/day?date={DAY}&camera={CAMERA}"
            began = time.monotonic()
            browser.log_in()
            assert "100,000" in browser.open(day)
            seconds = time.monotonic() - began
            for hour in range(24):
                browser.open(f"{day}&hour={hour}")
            after, most = megabytes(viewer.pid, "VmRSS"), megabytes(viewer.pid, "VmHWM")
        finally:
            viewer.terminate()
    return f"| {what} | {rest:.0f} MB | {seconds:.1f} s | {after:.0f} MB | {most:.0f} MB |"


def main() -> None:
    """Run."""
    rows = [
        "| a day of 100,000 | at rest | overview and day first opened in | after all its hours | at most |",
        "|" + " --- |" * 5,
    ]
    work = Path(tempfile.mkdtemp(prefix="cctv-footprint-"))
    with Site(work) as site:
        site.clear()
        site.fill([f"{CAMERA}/{DAY}/{name}" for name in names(COUNT)], "small")
        rows.append(measure(site, "as pictures"))
        print(rows[-1], flush=True)
        site.clear()
        archived(COUNT, "small")(site)
        rows.append(measure(site, "in an archive"))
        print(rows[-1], flush=True)
    shutil.rmtree(work)
    put(PAGE, "footprint", "\n".join((setting(), "", *rows)))


if __name__ == "__main__":
    main()
