"""``python -m tests.bench.pages``: what the viewer's pages cost, seen by a real Chromium.

A day of 5,000 pictures; each page twice, with the caches empty and full: requests to S3, what the browser waited
and loaded, and whether anything moved while it did. The table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from waitress.server import create_server

from tests.browser.conftest import OPTIONS, WIDTHS
from tests.integration.viewer.visitor import NAME, PASSWORD, site_of
from viewer.app import create_app

from .contests import CAMERA, DAY
from .report import PAGE, put, setting
from .site import BUCKET, Site, names

COUNT = 5000
PAGES = {
    "overview": "/",
    "day": f"/day?date={DAY}&camera={CAMERA}",
    "hour": f"/day?date={DAY}&camera={CAMERA}&hour=7",
    "picture": f"/picture?date={DAY}&camera={CAMERA}&place=sorted&name={names(COUNT)[COUNT // 2]}",
}
METRICS = """() => new Promise(done => {
  let shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => shift += entry.value))
    .observe({type: "layout-shift", buffered: true});
  const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource");
  const tell = paint => setTimeout(() => done({
    server: page.responseStart - page.requestStart, paint: paint.startTime, load: page.loadEventEnd, shift,
    kilobytes: [page, ...files].reduce((sum, file) => sum + file.transferSize, 0) / 1000, files: files.length + 1,
    nodes: document.querySelectorAll("*").length}), 300);
  new PerformanceObserver(list => list.getEntriesByName("first-contentful-paint").forEach(tell))
    .observe({type: "paint", buffered: true});
})"""


def look(page: Page, site: Site, path: str) -> str:
    """Open ``path`` and return a row of the table."""
    site.ask("counts")
    page.goto(path, wait_until="load")
    seen = page.evaluate(METRICS)
    requests = sum(site.ask("counts")["requests"].values())
    return (
        f"{requests} | {seen['server']:.0f} | {seen['paint']:.0f} | {seen['load']:.0f} | {seen['files']} "
        f"| {seen['kilobytes']:.0f} | {seen['nodes']} | {seen['shift']:.3f} |"
    )


def main() -> None:
    """Run."""
    program = shutil.which("chromium") or sys.exit("Chromium is missing: tests/programs installs it.")
    work = Path(tempfile.mkdtemp(prefix="cctv-pages-"))
    with Site(work) as site, sync_playwright() as playwright:
        site.clear()
        site.fill([f"{CAMERA}/{DAY}/{name}" for name in names(COUNT)])
        os.environ |= site.environment
        chromium = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        head = (
            "page",
            "S3 requests",
            "first byte, ms",
            "first paint, ms",
            "loaded, ms",
            "files",
            "KB",
            "nodes",
            "shift",
        )
        rows = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
        for device, (width, height) in WIDTHS.items():
            server = create_server(create_app(site_of(BUCKET, work / device)), host="127.0.0.1", port=0, threads=8)
            threading.Thread(target=server.run, daemon=True).start()
            page = chromium.new_page(
                base_url=f"http://127.0.0.1:{server.effective_port}", viewport={"width": width, "height": height}
            )
            page.goto("/login")
            page.get_by_label("Name").fill(NAME)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/")
            for name, path in PAGES.items():
                for state in ("first visit", "again"):
                    rows.append(f"| {name}, {device}, {state} | {look(page, site, path)}")
                    print(rows[-1], flush=True)
            server.close()
        chromium.close()
    shutil.rmtree(work)
    put(PAGE, "pages", "\n".join((f"{setting()} A day of {COUNT:,} pictures.", "", *rows)))


if __name__ == "__main__":
    main()
