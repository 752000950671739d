"""What is typed in a clone in which nothing was done yet: ``make setup`` from nothing, the demo, and upgrades."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.documentation.blocks import CLONE, ROOT, Block, marked
from tests.documentation.by_hand import VAULT
from tests.documentation.reader import ANSWERS, copy_project
from tests.documentation.terminal import converse

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("clone")  # in order, by one worker
OURS = re.compile(r"ANSIBLE_|AWS_|CCTV_|CONTAINERS_|MAKE|MFLAGS|MOLECULE|PYTEST|PYTHON|VIRTUAL_ENV")
"""Variables of who runs the tests, which no newcomer has."""


class Clone:
    """``origin`` is where it came from."""

    def __init__(self, folder: Path) -> None:
        self.origin, self.project = folder / "origin", folder / "project"
        path = os.pathsep.join(place for place in os.environ["PATH"].split(os.pathsep) if ".venv" not in place)
        self.environment = {name: value for name, value in os.environ.items() if not OURS.match(name)} | {"PATH": path}

    def git(self, *words: str, folder: Path) -> str:
        identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
        done = subprocess.run(
            ["git", *identity, *words], cwd=folder, env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def commit(self, message: str) -> None:
        """Publish what lies in the origin's folder."""
        self.git("add", "--all", folder=self.origin)
        self.git("commit", "--quiet", f"--message={message}", folder=self.origin)

    def type(self, block: Block) -> str:
        shell = ["bash", "-c", f"set -eux\n{block.body}"]
        status, said = converse(shell, ANSWERS, cwd=self.project, env=self.environment, seconds=1500)
        assert status == 0, said[-6000:]
        return said


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """With what this checkout has downloaded, so that the mirrors are spared."""
    made = Clone(tmp_path_factory.mktemp("clone"))
    copy_project(made.origin)
    made.git("init", "--quiet", folder=made.origin)
    made.commit("A version")
    made.git("clone", "--quiet", str(made.origin), str(made.project), folder=ROOT)
    for pattern in ("images/*.tar", "wheels*"):
        for kept in (ROOT / ".cache").glob(pattern):
            copy = made.project / ".cache" / kept.relative_to(ROOT / ".cache")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(kept)
    yield made
    subprocess.run(["make", "demo-stop"], cwd=made.project, env=made.environment, check=False, capture_output=True)
    shutil.rmtree(made.project)


def commands(block: Block) -> list[str]:
    return [line.partition("#")[0].strip() for line in block.lines]


def of(*names: str) -> list[Block]:
    """Return the blocks that consist of these commands."""
    return [block for block in marked(CLONE) if commands(block) == list(names)]


def test_everything_is_installed_from_nothing(clone: Clone) -> None:
    assert not (clone.project / ".venv").exists()
    for block in of("make setup"):
        clone.type(block)
    assert (clone.project / ".venv" / "ready").is_file()
    assert clone.git("status", "--porcelain", folder=clone.project) == ""


def test_the_demo_runs_and_ends(clone: Clone) -> None:
    """Once, though two pages begin with it."""
    said = clone.type(of("make demo")[0])
    if shutil.which("podman"):
        assert "Its forwarder says:" in said, said[-6000:]
    else:
        assert "THERE IS NO RELAY HERE" in said
    assert "Pictures brought back: " in said
    address = re.search(r"the viewer: (http://127\.0\.0\.1:\d+/)", said)
    assert address, said[-3000:]
    assert b'type="password"' in urllib.request.urlopen(address[1], timeout=30).read()
    relay = clone.project / "demo" / "run" / "podman.json"
    made = json.loads(relay.read_text()) if relay.exists() else None
    for block in of("make demo-stop"):
        clone.type(block)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address[1], timeout=30)
    if made:
        words = ["podman", "container", "exists", made["name"]]
        assert subprocess.run(words, env=os.environ | made["settings"], check=False).returncode == 1
        shutil.rmtree(f"/run/cctv-molecule-{made['settings']['CCTV_CHECKOUT']}", ignore_errors=True)


def test_a_newer_version_comes_by_git(clone: Clone) -> None:
    (clone.origin / "NEWS").write_text("new")
    clone.commit("A newer version")
    (block,) = of("git pull", "make setup")
    clone.type(block)
    assert (clone.project / "NEWS").is_file()


def test_a_newer_version_comes_from_a_release(clone: Clone) -> None:
    own = clone.project.parent / "OLD-FOLDER" / "inventory" / "acme" / VAULT
    own.parent.mkdir(parents=True)
    own.write_text("secret")
    (block,) = of("cp -R ../OLD-FOLDER/inventory/acme inventory/", "make setup")
    clone.type(block)
    assert (clone.project / "inventory" / "acme" / VAULT).read_text() == "secret"


def test_edited_files_are_put_back(clone: Clone) -> None:
    (clone.project / "inventory" / "hosts.yml").write_text("mine")
    (clone.project / "inventory" / VAULT).write_text("secret")
    (block,) = of("git checkout -- inventory", "rm inventory/group_vars/relays/vault.yml")
    clone.type(block)
    assert clone.git("status", "--porcelain", folder=clone.project) == ""


def test_nothing_that_is_marked_is_left_out() -> None:
    typed = [
        ["make setup"],
        ["make demo"],
        ["make demo-stop"],
        ["git pull", "make setup"],
        ["cp -R ../OLD-FOLDER/inventory/acme inventory/", "make setup"],
        ["git checkout -- inventory", "rm inventory/group_vars/relays/vault.yml"],
    ]
    assert [commands(block) for block in marked(CLONE) if commands(block) not in typed] == []
