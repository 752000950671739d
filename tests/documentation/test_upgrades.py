"""What the reader sets is in a folder of the reader's own, and lives through an upgrade as the guide describes it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.documentation.blocks import PAGES, ROOT, blocks
from tests.documentation.programs import OWN

ADMINISTRATION = ROOT / "docs" / "administration.md"


def lines(with_: str) -> list[str]:
    """The commands of the block that holds this one."""
    return next(block.lines for block in blocks(ADMINISTRATION) if with_ in block.body)


def run(lines: list[str], folder: Path) -> None:
    for line in lines:
        if not line.startswith("make "):
            subprocess.run(line.split(), cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_guide_has_a_file_edited_that_an_upgrade_replaces(page: Path) -> None:
    edited = re.findall(r"\b[Ii]n `(inventory/[^`]+\.yml)`", page.read_text())
    assert [file for file in edited if not OWN.match(file)] == []


def test_git_leaves_it_alone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    shutil.copy(ROOT / ".gitignore", tmp_path)
    run(["git init --quiet", "git add ."], tmp_path)
    run(lines("mkdir inventory/acme"), tmp_path)
    (tmp_path / "inventory" / "acme" / "hosts.yml").write_text("mine")
    status = ["git", "status", "--porcelain", "--untracked-files=all"]
    shown = subprocess.run(status, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert [line for line in shown.splitlines() if "acme" in line or not line.startswith("A ")] == []


def test_it_comes_along_to_an_unpacked_release(tmp_path: Path) -> None:
    old, new = tmp_path / "OLD-FOLDER", tmp_path / "new"
    for place in (old, new):
        shutil.copytree(ROOT / "inventory", place / "inventory")
    run(lines("mkdir inventory/acme"), old)
    vault = Path("inventory/acme/group_vars/relays/vault.yml")
    (old / vault).write_text("secret")
    run(lines("OLD-FOLDER"), new)
    assert (new / vault).read_text() == "secret"
    wiring = Path("group_vars/all/wiring.yml")
    assert (new / "inventory" / "acme" / wiring).resolve() == new / "inventory" / wiring
