"""The commands in the documentation: fenced ``sh`` blocks, each with a line before it that says how it is tested.

``<!-- run -->`` runs as it is; ``<!-- check: why -->`` cannot run unattended, for the reason given, and is parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^(?P<before>[^\n]*)\n```sh\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## .+$", re.MULTILINE)
_MARK = re.compile(r"<!-- (run|check: (.+)) -->")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """One block of a ``section``. ``reason`` says why it is only checked; empty for one that runs."""

    page: Path
    body: str
    reason: str
    section: str

    @property
    def lines(self) -> list[str]:
        """The commands, without comments."""
        return [line for line in self.body.splitlines() if line and not line.startswith("#")]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page; ValueError for one that does not say how it is tested."""
    found, text = [], page.read_text()
    for match in _FENCE.finditer(text):
        mark = _MARK.fullmatch(match["before"])
        if not mark:
            raise ValueError(f"{page.name}: say <!-- run --> or <!-- check: why --> before\n{match['body']}")
        headings = _HEADING.findall(text, 0, match.start())
        found.append(Block(page, match["body"], mark[2] or "", headings[-1] if headings else ""))
    return found


def inline(page: Path) -> list[str]:
    """Return the code in a page's sentences, without its blocks."""
    return _INLINE.findall(re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL))
