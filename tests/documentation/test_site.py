"""The site builds without a network, its generated pages are those of today, and nothing in it comes from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts import costs, reference
from tests.documentation.blocks import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, in a network namespace with nothing in it where that may be made."""
    folder = tmp_path_factory.mktemp("site")
    command = [str(Path(sys.executable).with_name("mkdocs")), "build", "--strict", "--quiet", "--site-dir", str(folder)]
    alone = ["unshare", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0:
        command = alone + command
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_builds_offline_with_every_page(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs")).with_suffix(".html").is_file()
    begin = (site / "index.html").read_text()
    for page in ("changelog.html", "contributing.html"):
        assert (site / page).is_file()
        assert re.search(rf'href="?{page}', begin)


def test_each_page_is_in_the_menu_once() -> None:
    pages = re.findall(r"(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    ours = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(pages) == sorted(ours | {"changelog.md", "contributing.md"})


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = re.compile(r"<(?:script|img|link)[^>]+(?:src|href)=\"?(https?://[^\"> ]+)")
    for page in site.rglob("*.html"):
        assert fetched.findall(page.read_text()) == [], page.name


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_of_today(name: str) -> None:
    assert (reference.FOLDER / name).read_text() == reference.PAGES[name](), "run: make docs"


def test_the_costs_are_of_todays_prices() -> None:
    text = costs.PAGE.read_text()
    assert costs.BETWEEN.sub(lambda _: costs.tables(), text) == text, "run: make docs"


def test_a_bill_by_hand() -> None:
    """One camera: 9,000 pictures and 2.25 GB a month."""
    bill = costs.month(1, ingest="spool", cold="GLACIER")
    assert bill["requests to take pictures in"] == pytest.approx(9 * 0.005)
    assert bill["storage of the last 30 days"] == pytest.approx(2.25 * 0.023)
    assert bill["storage of archives"] == pytest.approx(2.25 * 335 / 30 * 0.0036)
    assert bill["traffic out of S3 to archive"] == pytest.approx(2.25 * 0.09)
    assert bill["old versions, kept 30 days"] == pytest.approx(2.25 * (0.023 + 0.0036))
    by_mount = costs.month(1, ingest="mount", cold="GLACIER")
    assert by_mount["old versions, kept 30 days"] == pytest.approx(2.25 * (2 * 0.023 + 0.0036))
