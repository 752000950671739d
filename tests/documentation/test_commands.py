"""Every command in the documentation is run, or, with the reason beside it, parsed by the program that would run it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.documentation.blocks import PAGES, ROOT, Block, blocks, inline
from tool.command_line import parser

RUN = [page for page in PAGES if any(not block.reason for block in blocks(page))]
CHECKED = [block for page in PAGES for block in blocks(page) if block.reason]
COMMAND = re.compile(r"^\s*(?:make|sudo|export|\.venv/\S+|bin/\S+|ansible-\w+|python -m) ", re.MULTILINE)
MADE = re.compile(r"^([a-z-]+):", re.MULTILINE)


def name(block: Block) -> str:
    return f"{block.page.name}: {block.lines[0][:40]} ({block.reason})"


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_they_run(page: Path, reader: dict[str, Any]) -> None:
    """In the page's order, in one shell, as a reader would."""
    script = "set -eux\n" + "\n".join(block.body for block in blocks(page) if not block.reason)
    done = subprocess.run(["bash", "-c", script], check=False, timeout=500, **reader)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]


@pytest.mark.parametrize("block", CHECKED, ids=name)
def test_they_parse(block: Block) -> None:
    done = subprocess.run(["bash", "-n"], input=block.body, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in block.lines:
        check(shlex.split(line, comments=True))


def check(words: list[str]) -> None:
    """Have the program of a command look at it without doing it."""
    while words[0] in ("sudo", "-u", "hkawstoolkit") or re.match(r"\w+=", words[0]):
        words = words[1:]
    program, rest = Path(words[0]).name, words[1:]
    if program == "hk-aws-tool":
        parser().parse_args(rest)
    elif program == "make":
        assert set(rest) <= set(MADE.findall((ROOT / "Makefile").read_text()))
    elif program == "ansible-playbook":
        plain = [word for word in rest if word != "--ask-vault-pass"]
        ansible = Path(sys.executable).with_name(program)
        done = subprocess.run(
            [ansible, "--syntax-check", *plain], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    elif program == "ansible-vault":
        assert rest[0] in ("create", "edit", "encrypt", "rekey", "view")
        assert Path(rest[-1]).parent == Path("inventory/group_vars/relays")
    elif program == "forwarder" or rest[:2] == ["-m", "forwarder"]:
        assert rest[rest.index("forwarder") + 1] in ("serve", "status", "check", "adopt")
    elif program == "cp":
        assert (ROOT / rest[0]).is_file()
    else:
        assert shutil.which(program) or program in ("journalctl", "systemctl"), f"what is {program}?"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_sentences_name_is_there(page: Path) -> None:
    """Playbooks, targets of make and actions of the tool that stand in a sentence."""
    targets = set(MADE.findall((ROOT / "Makefile").read_text()))
    for code in inline(page):
        words = code.split()
        if words[0] == "make" and len(words) > 1:
            assert words[1] in targets, code
        elif words[0].endswith("hk-aws-tool") and len(words) > 1 and words[1].isidentifier():
            parser().parse_args(shlex.split(code)[1:])
        for playbook in re.findall(r"playbooks/\w+\.yml", code):
            assert (ROOT / playbook).is_file(), code


@pytest.mark.parametrize("page", [page for page in PAGES if "reference" not in page.parts], ids=lambda page: page.name)
def test_no_command_hides_from_these_tests(page: Path) -> None:
    """None stands in an indented block, or in a fence of another kind."""
    text = re.sub(r"^```sh\n.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    others = [*re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL), *re.findall(r"^ {4}.*$", text, re.M)]
    assert [block for block in others if COMMAND.search(block)] == []
