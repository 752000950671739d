"""What docs/adopt.md says in its tables of the old toolkit's actions is what the command takes, and does."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.documentation.blocks import ROOT
from tool.actions import ACTIONS
from tool.command_line import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (ROOT / "docs" / "adopt.md").read_text()
FIRST = re.findall(r"^\| (.+?) \|", PAGE, re.MULTILINE)
COMMANDS = [
    shlex.split(code) for cell in FIRST for code in re.findall(r"`([^`]+)`", cell) if code.split()[0] in ACTIONS
]


def commands(saying: str) -> Iterator[Any]:
    """What the command makes of those in the cells that say so."""
    for cell in FIRST:
        if saying in cell:
            yield from (parse(shlex.split(code)) for code in re.findall(r"`([^`]+)`", cell) if " " in code)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_is_taken(words: list[str]) -> None:
    needed = {"camera": ["-m", "CAM-EXT-001"], "date": ["-d", "2022-02-24"], "older_than": ["--older-than", "30"]}
    more = [word for name in ACTIONS[words[0]].needs for word in needed[name]]
    assert parse([*words, *more]).action == words[0]


def test_what_is_said_to_delete_does() -> None:
    given = list(commands("deletes only"))
    assert given
    assert [one.delete for one in given] == [True]


def test_there_are_some() -> None:
    assert "store-all-files" in [words[0] for words in COMMANDS]


def test_a_newcomer_and_who_has_a_vault_know_what_to_do_before_the_first_command() -> None:
    before = PAGE.partition("```sh")[0]
    for section in ("1-get-the-toolkit", "2-let-your-computer-reach-the-relay", "4-say-what-you-have"):
        assert f"home.md#{section}" in before
    assert "`--ask-vault-pass`" in before
