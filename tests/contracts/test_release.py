"""The version stands in one place, and the changelog knows it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from tests.molecule.upgrade.announced import announced, surprises

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
HEADINGS = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def test_the_version_is_written_down_once() -> None:
    """Modules say since when they are there, which may be the same number; nothing else does."""
    places = git("grep", "-lF", VERSION, "--", "*.py", "*.toml", "*.yml", "*.cfg").splitlines()
    ours = [place for place in places if not place.startswith(("library/", "filter_plugins/", "tests/"))]
    assert [place for place in ours if f'"{VERSION}"' in (ROOT / place).read_text()] == ["pyproject.toml"]


def test_the_changelog_begins_with_what_is_unreleased_and_knows_every_tag() -> None:
    assert HEADINGS[0] == "Unreleased"
    released = [heading.split()[0] for heading in HEADINGS[1:]]
    # Not the other way round: a checkout may come without tags.
    assert set(git("tag", "--list", "v*").splitlines()) <= {f"v{version}" for version in released}
    assert released == sorted(released, key=lambda text: [int(part) for part in text.split(".")], reverse=True)


def test_entries_open_with_whom_they_affect() -> None:
    entries = re.findall(r"^- (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert entries
    assert [entry for entry in entries if not re.match(r"[A-Z][a-z ]+: ", entry)] == []


def test_what_is_installed_is_pinned_by_hash() -> None:
    for file in ROOT.glob("requirements*.txt"):
        pins = re.findall(r"^([\w.\[\]-]+==\S+)(.*)$", file.read_text(), re.MULTILINE)
        assert pins
        assert file.read_text().count("--hash=sha256:") >= len(pins)


CHANGES = """# Changelog

## Unreleased

- Administrators of relays with the mount: an upgrade changes role `capture_jobs`
  (a new key), and role `s3_mount`.
- Administrators: role `viewer` is praised here, and not changed.
- Owners: this changes role `bucket`, but says so to somebody else.

## 1.1.0

- Administrators: it changes role `forwarder`.

## 1.0.0

- Administrators: it changes role `ftp_server`.
"""


def test_an_upgrade_is_announced_to_administrators_by_role_since_the_release() -> None:
    assert announced(CHANGES, "v1.1.0") == {"capture_jobs", "s3_mount"}
    assert announced(CHANGES, "v1.0.0") == {"capture_jobs", "s3_mount", "forwarder"}
    assert announced(CHANGES, "0a1b2c3") == {"capture_jobs", "s3_mount"}


def test_an_upgrade_that_changes_more_than_that_is_found() -> None:
    assert surprises({"toolkit", "capture_jobs"}, CHANGES, "v1.1.0", same=False) == set()
    assert surprises({"capture_jobs", "forwarder"}, CHANGES, "v1.1.0", same=False) == {"forwarder"}
    assert surprises({"a task outside of roles"}, CHANGES, "v1.1.0", same=False) == {"a task outside of roles"}
    assert surprises({"toolkit", "capture_jobs"}, CHANGES, "v1.1.0", same=True) == {"toolkit", "capture_jobs"}


def test_what_is_announced_are_roles() -> None:
    """A name that no role has would announce nothing."""
    text = (ROOT / "CHANGELOG.md").read_text()
    assert announced(text, "Unreleased yet") <= {path.name for path in (ROOT / "roles").iterdir()}
