"""The commands in the documentation: fenced ``sh`` blocks, each with a line before it that says where a test runs it.

- ``<!-- run -->``: in a copy of the project, whose reader has a home, a key and a bucket;
- ``<!-- run: clone -->``: in a clone in which nothing was done yet;
- ``<!-- run: archives -->``: beside a copy of a camera's archives;
- ``<!-- scenario: NAME STAGE -->``: in this playbook of a scenario of molecule, on a computer beside its machines,
  and with ``, inside`` by somebody who has logged in to one;
- ``<!-- check: why -->``: nowhere, since no test can, for the reason given. It is parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
HERE, CLONE, ARCHIVES = "here", "clone", "archives"
_FENCE = re.compile(r"^(?P<before>[^\n]*)\n```sh\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## .+$", re.MULTILINE)
_MARK = re.compile(
    r"<!-- (?:run(?:: (?P<place>clone|archives))?"
    r"|scenario: (?P<scenario>\w+ \w+)(?P<inside>, inside)?|check: (?P<reason>.+)) -->"
)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """One block of a ``section``. ``place`` says where it is run; ``reason``, why it is only checked."""

    page: Path
    body: str
    section: str
    place: str
    inside: bool
    reason: str

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
            raise ValueError(f"{page.name}: say <!-- run --> or another mark of {__name__} before\n{match['body']}")
        headings = _HEADING.findall(text, 0, match.start())
        reason = mark["reason"] or ""
        place = "" if reason else mark["scenario"] or mark["place"] or HERE
        section = headings[-1] if headings else ""
        found.append(Block(page, match["body"], section, place, bool(mark["inside"]), reason))
    return found


def marked(place: str) -> list[Block]:
    """Return the blocks of all pages that are run there, in order."""
    return [block for page in PAGES for block in blocks(page) if block.place == place]


def inline(page: Path) -> list[str]:
    """Return the code in a page's sentences, without its blocks."""
    return _INLINE.findall(re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL))
