"""A relay of the last release becomes one of what is checked out: changed is what the changelog says, and no more."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.documentation.reader import copy_project
from tests.molecule.upgrade.announced import announced, surprises
from tests.molecule.upgrade.changes import roles_of
from tests.molecule.upgrade.released import released

ROOT = Path(__file__).parents[3]
HERE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
OWNER = Path(__file__).parent / "vars" / "owner.yml"
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def choose() -> tuple[str, str]:
    """Return what is upgraded from, and a word on why it is that."""
    given = os.environ.get("UPGRADE_FROM")
    return (given, "as UPGRADE_FROM says") if given else released(ROOT)


@pytest.fixture(scope="module")
def before() -> Path:
    """The tree that is upgraded from."""
    tree = fresh("before")
    packed = HERE / "before.tar"
    git("archive", f"--output={packed}", choose()[0])
    with tarfile.open(packed) as tar:
        tar.extractall(tree, filter="data")
    return tree


@pytest.fixture(scope="module")
def now() -> Path:
    """What is checked out, committed or not, in another folder."""
    tree = fresh("now")
    copy_project(tree)
    return tree


def fresh(name: str) -> Path:
    tree = HERE / name
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    return tree


def content(tree: Path) -> dict[str, bytes]:
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def site(tree: Path) -> set[str]:
    """Run site.yml of ``tree`` and return what it changed."""
    for made in (".venv", ".collections"):
        if not (tree / made).exists():
            (tree / made).symlink_to((ROOT / made).resolve())
    command = [str(ROOT / ".venv/bin/ansible-playbook"), "playbooks/site.yml", "--diff"]
    command += ["-i", os.environ["MOLECULE_INVENTORY_FILE"], "-i", "inventory/hosts.yml"]
    command += ["-e", f"@{OWNER}", "-e", f"wheels={wheels(tree)}"]
    plain = {name: value for name, value in os.environ.items() if name != "ANSIBLE_CALLBACKS_ENABLED"}
    environment = plain | {
        "ANSIBLE_CONFIG": str(tree / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_FORCE_COLOR": "false",
    }
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    return roles_of(found["plays"])


def wheels(tree: Path) -> Path:
    """Return a folder with what the tree's own pins name."""
    pins = tree / "requirements-runtime.txt"
    folder = HERE / "wheels" / hashlib.sha256(pins.read_bytes()).hexdigest()
    words = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.11", "--require-hashes"]
    pip = [str(ROOT / ".venv/bin/pip"), "download", f"--dest={folder}/wheels-3.11", *words]
    if not folder.exists():
        subprocess.run([*pip, f"--requirement={pins}"], check=True)
    return folder


def test_only_what_the_changelog_says_changes(before: Path, now: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reference, why = choose()
    same = content(before) == content(now)
    site(before)
    changed = site(now)
    with capsys.disabled():
        print(f"\nupgraded from {reference} ({git('rev-parse', '--short', reference)}): {why}")
        print(f"  {'the same code' if same else 'other code'}; changed: {sorted(changed) or 'nothing'}")
        print(f"  announced: {sorted(announced(CHANGELOG, reference))}")
    assert surprises(changed, CHANGELOG, reference, same=same) == set()


def test_the_same_code_from_another_folder_changes_nothing(now: Path) -> None:
    """After the upgrade: what ran last is the copy of what is checked out."""
    assert site(ROOT) == set()
