"""The tables of docs/iam_permissions.md, from the list in the role.

``python -m tests.contracts.permissions`` writes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "iam_permissions.md"
BEGIN = "<!-- the tables below are written by python -m tests.contracts.permissions -->\n"
END = "<!-- end of the tables -->\n"


def load() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the operations and the jobs of the one list."""
    data = yaml.safe_load((ROOT / "roles" / "bucket" / "vars" / "main.yml").read_text())
    return data["__bucket_operations"], data["__bucket_jobs"]


def actions(job: str, on: str) -> list[str]:
    """Return the IAM actions that ``job`` needs on ``bucket`` or ``objects``."""
    operations, jobs = load()
    return sorted({action for name in jobs[job]["operations"] for action in operations[name][on]})


def tables() -> str:
    operations, jobs = load()
    lines = [
        "",
        "| job | what it does | on the bucket | on the objects below its prefix |",
        "| --- | --- | --- | --- |",
    ]
    for job, facts in jobs.items():
        lines.append(
            f"| `{job}` | {facts['purpose']} | {_code(actions(job, 'bucket'))} | {_code(actions(job, 'objects'))} |"
        )
    lines += ["", "| S3 operation | IAM actions | jobs |", "| --- | --- | --- |"]
    for name, needs in operations.items():
        users = [job for job, facts in jobs.items() if name in facts["operations"]]
        lines.append(f"| {name} | {_code(needs['bucket'] + needs['objects'])} | {', '.join(users)} |")
    return "\n".join([*lines, "", ""])


def page_with(text: str, page: str) -> str:
    """Return ``page`` with ``text`` between the marks."""
    head, _, rest = page.partition(BEGIN)
    return head + BEGIN + text + END + rest.partition(END)[2]


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page_with(tables(), PAGE.read_text()))
