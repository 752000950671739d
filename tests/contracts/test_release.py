"""The version stands in one place, and the changelog knows it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.molecule.upgrade.announced import announced, surprises
from tests.molecule.upgrade.changes import roles_of
from tests.molecule.upgrade.released import released

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
HEADINGS = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def git(*words: str, folder: Path = ROOT) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False).stdout.strip()


def test_the_version_is_written_down_once() -> None:
    """Modules say since when they are there, which may be the same number; nothing else does."""
    places = git("grep", "-lF", VERSION, "--", "*.py", "*.toml", "*.yml", "*.cfg").splitlines()
    ours = [place for place in places if not place.startswith(("library/", "filter_plugins/", "tests/"))]
    assert [place for place in ours if f'"{VERSION}"' in (ROOT / place).read_text()] == ["pyproject.toml"]


def test_the_changelog_begins_with_what_is_unreleased_and_knows_every_tag() -> None:
    assert HEADINGS[0] == "Unreleased"
    assert [
        heading for heading in HEADINGS[1:] if not re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", heading)
    ] == []
    versions = [heading.split()[0] for heading in HEADINGS[1:]]
    # Not the other way round: a checkout may come without tags.
    assert set(git("tag", "--list", "v*").splitlines()) <= {f"v{version}" for version in versions}
    assert versions == sorted(versions, key=lambda text: [int(part) for part in text.split(".")], reverse=True)
    assert versions[0] == VERSION


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A project with a release 1.0.0, a change after it, and no tag."""
    git("init", "--quiet", folder=tmp_path)
    git("config", "user.name", "nobody", folder=tmp_path)
    git("config", "user.email", "nobody@localhost", folder=tmp_path)
    for text in (
        "## Unreleased\n",
        "## Unreleased\n\n## 1.0.0 (2026-01-01)\n",
        "## Unreleased\n- All\n\n## 1.0.0 (2026-01-01)\n",
    ):
        (tmp_path / "CHANGELOG.md").write_text(text)
        git("add", "CHANGELOG.md", folder=tmp_path)
        git("commit", "--quiet", "--message=change", folder=tmp_path)
    return tmp_path


def test_an_upgrade_begins_at_the_last_tag(history: Path) -> None:
    git("tag", "v1.0.0", "HEAD~1", folder=history)
    assert released(history)[0] == "v1.0.0"


def test_without_tags_it_begins_where_the_changelog_got_the_release(history: Path) -> None:
    commit, why = released(history)
    assert commit == git("rev-parse", "HEAD~1", folder=history)
    assert "1.0.0" in why


def test_without_a_release_it_begins_at_the_last_commit(history: Path) -> None:
    (history / "CHANGELOG.md").write_text("## Unreleased\n")
    assert released(history)[0] == "HEAD"


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


def written(before: str, after: str) -> dict[str, Any]:
    """What Ansible says of a template in a loop."""
    diff = [{"before": before, "after": after, "before_header": "a", "after_header": "b"}]
    return {"changed": True, "results": [{"changed": True, "diff": diff}, {"changed": False, "diff": []}]}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("WorkingDirectory=/opt/hkawstoolkit/0.1.1-222222222222", set()),
        ("WorkingDirectory=/opt/hkawstoolkit/0.1.1-222222222222\nNice=5", {"forwarder"}),
    ],
)
def test_a_restart_with_new_code_is_no_change_of_a_role(after: str, expected: set[str]) -> None:
    unit = written("WorkingDirectory=/opt/hkawstoolkit/0.1.0-111111111111", after)
    tasks = {"forwarder : configure | Install the units": unit, "forwarder : Restart the forwarder": {"changed": True}}
    plays = [{"tasks": [{"task": {"name": name}, "hosts": {"relay": host}} for name, host in tasks.items()]}]
    assert roles_of(plays) == expected
    assert roles_of([{"tasks": [{"task": {"name": "bucket : Create"}, "hosts": {"x": {"changed": True}}}]}]) == {
        "bucket"
    }


def test_what_is_announced_are_roles() -> None:
    """A name that no role has would announce nothing."""
    text = (ROOT / "CHANGELOG.md").read_text()
    assert announced(text, "Unreleased yet") <= {path.name for path in (ROOT / "roles").iterdir()}
