"""What the changelog says that an upgrade changes on a relay that is there, by role. Pure.

An entry says so in the words "Administrators: ... changes role `NAME`", with more roles after it as they come.
"""

from __future__ import annotations

import re
from itertools import takewhile

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
