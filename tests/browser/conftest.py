"""A real Chromium before the real server, on a bucket with two cameras, loose, sorted, archived and cold pictures."""

from __future__ import annotations

import os
import shutil
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from demo.frames import Frames
from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, name
from tests.integration.viewer.visitor import NAME, PASSWORD, site_of
from viewer.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.client import Emulator
    from viewer.site import Site

OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}
COLD_DAY = DAY - timedelta(days=10)
UNKNOWN_DAY = DAY - timedelta(days=20)
BUCKET = "cctv-browser"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The viewer's site, whose key may restore."""
    os.environ |= emulator.environment
    emulator.boto3_client().create_bucket(Bucket=BUCKET)
    fill(Bucket(emulator, BUCKET))
    site = site_of(BUCKET, tmp_path_factory.mktemp("viewer"), restore_profile="")
    object.__setattr__(site, "restoring", site.gallery.store)
    return site


@pytest.fixture(scope="session")
def address(site: Site) -> Iterator[str]:
    """Where the viewer is."""
    server = create_server(create_app(site), host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.close()


def fill(bucket: Bucket) -> None:
    frames, now = Frames(), datetime.now(UTC)
    for number in range(60):
        for camera in (CAMERA, "CAM-GATE-002")[: 1 + (number % 3 == 0)]:
            event = ("FACE_SNAP", "MOTION_DETECTION")[number % 2]
            body = frames.take(number, "medium", now, f"{camera} {number}")
            bucket.put(f"{camera}/{DAY}/{name(number * 140, DAY, event)}", body)
    for number in range(4):
        body = frames.take(number, "small", now, f"cold {number}")
        bucket.put(f"{CAMERA}/{COLD_DAY}/{name(number * 900, COLD_DAY)}", body)
    bucket.archive(day=COLD_DAY, storage_class="GLACIER")
    bucket.put(f"{CAMERA}/{UNKNOWN_DAY}/{name(1, UNKNOWN_DAY)}", frames.take(1, "small", now, "unknown"))
    bucket.archive(day=UNKNOWN_DAY)
    bucket.client.delete_object(Bucket=bucket.name, Key=f"{CAMERA}/archive/{UNKNOWN_DAY}.index.json")
    hostile = "\"><img src=x onerror=document.title='owned'>.jpg"
    bucket.put(f"<b onclick=alert(1)>CAM/{DAY}/{hostile}", frames.take(1, "small", now, "hostile"))


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of."""
    return []


@pytest.fixture(params=list(WIDTHS))
def page(request: pytest.FixtureRequest, chromium: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """A browser window on the login page; a script that was refused or an error in the console fails the test."""
    width, height = WIDTHS[request.param]
    scheme = "dark" if request.param == "phone" else "light"
    context = chromium.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        has_touch=request.param == "phone",
        accept_downloads=True,
    )
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/login")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def inside(page: Page) -> Page:
    """Logged in, at the overview."""
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    return page
