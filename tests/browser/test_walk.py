"""The walk of the worst morning: from the login to the picture, by keyboard and by thumb."""

from __future__ import annotations

import hashlib
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import BUCKET, COLD_DAY
from tests.integration.viewer.bucket import CAMERA, DAY, name
from tests.integration.viewer.visitor import NAME, PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator

DAY_PAGE = f"/day?date={DAY}&camera={CAMERA}"


def press_until(page: Page, key: str, focused: str, most: int = 60) -> None:
    """Press ``key`` until what has the focus matches the selector."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", focused):
            return
    pytest.fail(f"{focused} was not reached with {key}")


def test_from_the_login_to_a_picture_by_keyboard_alone(page: Page) -> None:
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cameras", exact=True)).to_be_visible()
    press_until(page, "Tab", f'.cover[href*="{CAMERA}"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("24 February 2022")
    press_until(page, "Tab", ".grid a")
    page.keyboard.press("Enter")
    expect(page.locator("#stage.loaded")).to_be_visible()
    first = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(re.escape(name(140, DAY, "MOTION_DETECTION"))))
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(first)
    page.keyboard.press("Escape")
    page.wait_for_url("**/day?*")


def test_a_swipe_turns_the_page(inside: Page) -> None:
    inside.goto(DAY_PAGE)
    inside.locator(".grid a").first.click()
    expect(inside.locator("#stage.loaded")).to_be_visible()
    before = inside.url
    inside.evaluate(
        """() => {
          const stage = document.getElementById("stage");
          const at = (x) => [new Touch({identifier: 1, target: stage, clientX: x, clientY: 300})];
          stage.dispatchEvent(new TouchEvent("touchstart", {touches: at(300), changedTouches: at(300)}));
          stage.dispatchEvent(new TouchEvent("touchend", {touches: [], changedTouches: at(120)}));
        }"""
    )
    inside.wait_for_url(lambda url: url != before)
    expect(inside.locator("#stage.loaded")).to_be_visible()


def test_nothing_moves_when_a_picture_comes_late(inside: Page) -> None:
    inside.goto(DAY_PAGE)
    address = inside.locator(".grid a").nth(5).get_attribute("href")
    inside.add_init_script(
        """window.moved = 0;
        new PerformanceObserver(list => list.getEntries().forEach(each => window.moved += each.value))
            .observe({type: "layout-shift", buffered: true});"""
    )

    def late(route: Route) -> None:
        inside.wait_for_timeout(300)
        route.continue_()

    inside.route(re.compile("/(thumbnail|original)"), late)
    inside.goto(str(address), wait_until="load")
    expect(inside.locator("#stage.loaded")).to_be_visible()
    inside.wait_for_timeout(200)
    assert inside.evaluate("window.moved") < 0.1


def test_filters_by_event_hour_and_camera(inside: Page) -> None:
    inside.goto(DAY_PAGE)
    expect(inside.locator("[aria-live]")).to_have_text("60 pictures")
    inside.get_by_label("Events").get_by_text("Face snap").click()
    expect(inside.locator("[aria-live]")).to_contain_text("30 pictures of Face snap")
    inside.locator(":is(.hours, .by-hour) a:visible").first.click()
    expect(inside.locator("[aria-live]")).to_contain_text("00:00 to 01:00")
    assert all("Face snap" in text for text in inside.locator(".grid .caption").all_inner_texts())
    inside.get_by_text("whole day").click()
    inside.get_by_text("Cameras: 1 of 3").click()
    inside.get_by_label("CAM-GATE-002").check()
    inside.get_by_role("button", name="Show").click()
    expect(inside.locator(".lane")).to_have_count(2)


def test_lanes_leave_room_for_the_pictures_and_keep_their_counts_whole(inside: Page) -> None:
    inside.goto(f"/day?date={DAY}")
    assert inside.viewport_size
    for lane in inside.locator(".lane").all():
        lane.locator("bdi").evaluate("node => { node.textContent = 'CAM-BACK-GARDEN-WITH-A-LONG-NAME-004'; }")
        lane.locator(".faint").evaluate("node => { node.textContent = '133'; }")
        assert lane.locator(".faint").evaluate("node => node.getBoundingClientRect().height") < 30
    inside.goto(f"/day?date={DAY}")
    if inside.viewport_size["width"] < 640:
        heights = inside.locator(".lane").evaluate_all(
            "nodes => nodes.map(node => node.getBoundingClientRect().height)"
        )
        assert len(heights) == 3
        assert max(heights) < 56


def test_thumbnails_load_and_nothing_is_wider_than_the_screen(inside: Page) -> None:
    paths = ("/", DAY_PAGE, f"/day?date={DAY}", f"/camera?camera={CAMERA}", "/export")
    for path in (*paths, f"/restore?camera={CAMERA}&date={COLD_DAY}"):
        inside.goto(path)
        inside.wait_for_load_state("networkidle")
        width = inside.evaluate("document.documentElement.scrollWidth")
        assert inside.viewport_size
        assert width <= inside.viewport_size["width"], path
    inside.goto(DAY_PAGE)
    shown = inside.locator(".grid img").first
    expect(shown).to_be_visible()
    inside.wait_for_function("document.querySelector('.grid img').naturalWidth === 400")


def test_a_cold_day_is_restored_from_its_page(inside: Page, emulator: Emulator) -> None:
    emulator.set(restore_heads=30)
    inside.goto(f"/day?date={COLD_DAY}&camera={CAMERA}")
    inside.locator(".notice.cold a").click()
    ongoing = inside.get_by_role("heading", name="S3 is restoring the day")
    if not ongoing.is_visible():  # the other width came first
        expect(inside.locator(".tier")).to_have_count(3)
        inside.get_by_role("button", name="Restore", exact=False).first.click()
    expect(ongoing).to_be_visible()


def test_an_export_is_looked_at_and_downloaded(inside: Page, emulator: Emulator, tmp_path: Path) -> None:
    inside.goto(DAY_PAGE)
    inside.get_by_role("link", name="Export…").click()
    expect(inside.get_by_role("heading", level=2)).to_contain_text("60 pictures")
    with inside.expect_download() as waiting:
        inside.get_by_role("button", name="Download the zip").click()
    waiting.value.save_as(tmp_path / "evidence.zip")
    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:
        assert archive.testzip() is None
        sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
        stored = emulator.boto3_client().get_object(Bucket=BUCKET, Key=f"{CAMERA}/{DAY}/{name(0, DAY, 'FACE_SNAP')}")
        assert sums[f"{CAMERA}/{DAY}/{name(0, DAY, 'FACE_SNAP')}"] == hashlib.sha256(stored["Body"].read()).hexdigest()


def test_a_hostile_name_stays_text(inside: Page) -> None:
    inside.goto(f"/day?date={DAY}")
    inside.locator(".grid a", has_text="<b onclick").first.click()
    expect(inside.locator("#stage.loaded")).to_be_visible()
    expect(inside.locator(".details")).to_contain_text("onerror=document.title")
    assert "owned" not in inside.title()
    assert inside.locator("b").count() == 0


def test_the_pages_work_without_scripts(inside: Page) -> None:
    assert inside.context.browser
    context = inside.context.browser.new_context(
        base_url=inside.url, java_script_enabled=False, storage_state=inside.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(DAY_PAGE)
    plain.locator(".grid a").nth(1).click()
    plain.get_by_label("Next picture").click()
    expect(plain.get_by_text("3 of 60")).to_be_visible()
    expect(plain.locator("img.original")).to_be_visible()
    context.close()
