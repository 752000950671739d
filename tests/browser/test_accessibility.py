"""axe-core looks at every page, in light and dark and in both widths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import COLD_DAY, UNKNOWN_DAY
from tests.integration.viewer.bucket import CAMERA, DAY, name

if TYPE_CHECKING:
    from tests.emulator.client import Emulator
    from viewer.site import Site

PICTURE = f"/picture?camera={CAMERA}&date={DAY}&place=sorted&name={name(0, DAY, 'FACE_SNAP')}"
PAGES = {
    "overview": "/",
    "day": f"/day?date={DAY}&camera={CAMERA}",
    "cameras side by side": f"/day?date={DAY}",
    "hour": f"/day?date={DAY}&camera={CAMERA}&hour=1&event=FACE_SNAP",
    "empty day": f"/day?date=2021-01-01&camera={CAMERA}",
    "day without index": f"/day?date={UNKNOWN_DAY}&camera={CAMERA}",
    "cold day": f"/day?date={COLD_DAY}&camera={CAMERA}",
    "calendar": f"/camera?camera={CAMERA}",
    "picture": PICTURE,
    "restore": f"/restore?camera={CAMERA}&date={COLD_DAY}",
    "export": f"/export?camera={CAMERA}&from={DAY}T00:00&to={DAY}T23:59",
}


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['impact']}: {each['id']}: {each['nodes'][0]['html']}" for each in found]


def test_the_login_has_no_fault(page: Page) -> None:
    assert faults(page) == []


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_has_no_fault(inside: Page, path: str) -> None:
    inside.goto(path)
    inside.wait_for_load_state("networkidle")
    assert faults(inside) == []


def test_a_page_of_a_while_ago_has_no_fault(inside: Page, site: Site, emulator: Emulator) -> None:
    inside.goto(PAGES["day"])
    site.gallery.forget(CAMERA, DAY)
    emulator.fault("error", status=500, operation="ListObjectsV2")
    try:
        inside.goto(PAGES["day"])
        expect(inside.get_by_text("S3 does not answer at the moment")).to_be_visible()
        assert faults(inside) == []
    finally:
        emulator.clear_faults()
        site.gallery.cache._entries.clear()


def test_a_page_that_says_what_went_wrong_has_no_fault(inside: Page, complaints: list[str]) -> None:
    inside.goto("/day?date=2022-02-31")
    expect(inside.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert faults(inside) == []
    assert [each for each in complaints if "404" not in each] == []
    complaints.clear()


def test_the_skip_link_skips_and_every_target_can_be_hit(inside: Page) -> None:
    inside.goto(PAGES["cameras side by side"])
    inside.keyboard.press("Tab")
    inside.keyboard.press("Enter")
    assert inside.evaluate("document.activeElement.id") == "main"
    is_narrow = (inside.viewport_size or {"width": 0})["width"] < 864
    assert inside.get_by_role("navigation", name="Hours").is_visible() == is_narrow
    assert inside.locator(".hours a").first.is_visible() != is_narrow
    small = """nodes => nodes.filter(node => node.checkVisibility()).map(node => [node, node.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([node]) => node.outerHTML)"""
    # Links within a sentence are exempt (WCAG 2.5.8).
    assert (
        inside.locator("main :is(nav a, .hours a, .lane a, .grid a, .button, button, summary)").evaluate_all(small)
        == []
    )
