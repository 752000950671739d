"""Which commit is the last release, also in a clone without tags."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) ", re.MULTILINE)


def released(project: Path) -> tuple[str, str]:
    """Return the last tag, or else the commit whose changelog was the first to name that release; and a word on it."""
    if tag := _git(project, "describe", "--tags", "--abbrev=0", "--match=v*"):
        return tag, "the last release"
    if heading := _RELEASE.search((project / "CHANGELOG.md").read_text()):
        commits = _git(project, "log", "--format=%H", f"-S## {heading[1]} ", "--", "CHANGELOG.md").split()
        if commits:
            return commits[-1], f"the commit of release {heading[1]}, whose tag is not here"
    return "HEAD", "there is no release yet, and UPGRADE_FROM names no commit"


def _git(project: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=False)
    return done.stdout.strip()
