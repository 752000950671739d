"""axe-core looks at every page, in light and dark and in both widths."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import COLD_DAY
from tests.integration.viewer.bucket import CAMERA, DAY, name

PICTURE = f"/picture?camera={CAMERA}&date={DAY}&place=sorted&name={name(0, DAY, 'FACE_SNAP')}"
PAGES = {
    "overview": "/",
    "day": f"/day?date={DAY}&camera={CAMERA}",
    "cameras side by side": f"/day?date={DAY}",
    "hour": f"/day?date={DAY}&camera={CAMERA}&hour=1&event=FACE_SNAP",
    "empty day": f"/day?date=2021-01-01&camera={CAMERA}",
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
