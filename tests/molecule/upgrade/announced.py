"""What the changelog says that an upgrade changes on a relay that is there, by role. Pure.

An entry says so in the words "Administrators: ... changes role `NAME`", with more roles after it as they come.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

_VERSION = re.compile(r"(?<=/opt/hkawstoolkit/)[0-9.]+-[0-9a-f]{12}")
ALWAYS = {"toolkit"}
"""What changes whenever the code does: its folder is named after its content."""


def announced(changelog: str, reference: str) -> set[str]:
    """Return the roles named in all versions after ``reference``; under Unreleased alone, if it is no version."""
    sections = changelog.split("\n## ")[1:]
    version = reference.removeprefix("v")
    known = any(section.split()[0] == version for section in sections)
    newer = list(takewhile(lambda section: section.split()[0] != version, sections)) if known else sections[:1]
    entries = re.findall(r"^- (Administrators\b[^:]*: .+(?:\n  .+)*)", "\n".join(newer), re.MULTILINE)
    found = (re.search(r"\bchanges\s+role\b.*", entry, re.DOTALL) for entry in entries)
    return {role for said in found if said for role in re.findall(r"role\s+`(\w+)`", said[0])}


def surprises(changed: set[str], changelog: str, reference: str, *, same: bool) -> set[str]:
    """Return what changed and should not have: nothing may where the code is the ``same``."""
    return changed if same else changed - ALWAYS - announced(changelog, reference)


def roles_of(plays: list[dict[str, Any]]) -> set[str]:
    """Return the roles, or else the tasks, that changed something, of a run with ``--diff`` in the form of its JSON.

    A service is restarted with new code because its unit names the code's folder: that alone is no change of its role.
    """
    changed = {
        task["task"]["name"]
        for play in plays
        for task in play["tasks"]
        if any(host.get("changed") and not _moves_along(host) for host in task["hosts"].values())
    }
    return {name.partition(" : ")[0] for name in changed if " : Restart " not in name}


def _moves_along(host: dict[str, Any]) -> bool:
    """Say whether nothing but the name of the code's folder is another one in what a task wrote."""
    parts = [part for part in host.get("results", [host]) if part.get("changed")]
    diffs = [diff for part in parts for diff in _listed(part.get("diff"))]
    return bool(diffs) and all(_masked(diff, "before") == _masked(diff, "after") for diff in diffs)


def _listed(diff: Any) -> list[Any]:
    return diff if isinstance(diff, list) else [diff or {"before": None, "after": "unknown"}]


def _masked(diff: dict[str, Any], side: str) -> str:
    return _VERSION.sub("", str(diff.get(side)))
