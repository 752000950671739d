"""A relay of the last release becomes one of what is checked out: changed is what the changelog says, and no more.

The changelog names each role that changes something on a relay that is there: role `toolkit`, for example.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
HERE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
OWNER = Path(__file__).parent / "vars" / "owner.yml"
ALWAYS = {"toolkit"}
"""What changes whenever the code does: its folder is named after its content."""


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def before() -> tuple[str, Path]:
    """The reference that is upgraded from, and its tree."""
    reference = os.environ.get("UPGRADE_FROM") or git("describe", "--tags", "--abbrev=0", "--match=v*") or "HEAD"
    tree = HERE / "before"
    tree.mkdir(exist_ok=True)
    packed = HERE / "before.tar"
    subprocess.run(["git", "archive", "--output", packed, reference], cwd=ROOT, check=True)
    with tarfile.open(packed) as tar:
        tar.extractall(tree, filter="data")
    for made in (".venv", ".collections"):
        (tree / made).unlink(missing_ok=True)
        (tree / made).symlink_to(ROOT / made)
    return reference, tree


def site(tree: Path) -> set[str]:
    """Run site.yml of ``tree`` and return the roles, or plays, that changed something."""
    wheels = HERE / f"wheels-{tree.name}"
    words = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.11", "--require-hashes"]
    pip = [str(ROOT / ".venv/bin/pip"), "download", f"--dest={wheels}/wheels-3.11", *words]
    subprocess.run([*pip, f"--requirement={tree}/requirements-runtime.txt"], check=True)
    command = [
        str(ROOT / ".venv/bin/ansible-playbook"),
        "playbooks/site.yml",
        "-e",
        f"@{OWNER}",
        "-e",
        f"wheels={wheels}",
    ]
    command += ["-i", os.environ["MOLECULE_INVENTORY_FILE"], "-i", "inventory/hosts.yml"]
    plain = {name: value for name, value in os.environ.items() if name != "ANSIBLE_CALLBACKS_ENABLED"}
    environment = plain | {
        "ANSIBLE_CONFIG": str(tree / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_FORCE_COLOR": "false",
    }
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    tasks = [task for play in found["plays"] for task in play["tasks"]]
    changed = [task for task in tasks if any(host.get("changed") for host in task["hosts"].values())]
    return {task["task"]["name"].partition(" : ")[0] for task in changed}


def announced() -> set[str]:
    """The roles that the changelog names under Unreleased, or under the newest version."""
    newest = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1]
    return set(re.findall(r"role `(\w+)`", newest))


def test_only_what_the_changelog_says_changes(before: tuple[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    reference, tree = before
    site(tree)
    changed = site(ROOT)
    with capsys.disabled():
        print(f"\nupgraded from {reference} ({git('rev-parse', '--short', reference)}); changed: {sorted(changed)}")
    assert changed - ALWAYS <= announced()
    assert site(ROOT) == set()
