"""What a run of a playbook changed, by role. Pure."""

from __future__ import annotations

import re
from typing import Any

_VERSION = re.compile(r"(?<=/opt/hkawstoolkit/)[0-9.]+-[0-9a-f]{12}")


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
