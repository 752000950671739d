"""Every command in the documentation is run, or, with the reason beside it, parsed by the program that would run it."""

from __future__ import annotations

import re
import shlex
import subprocess
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.documentation.blocks import PAGES, ROOT, Block, blocks, inline
from tests.documentation.conftest import AFTER_HOME, STATES
from tests.documentation.programs import check, is_command

RUN = [page for page in PAGES if any(not block.reason for block in blocks(page))]
CHECKED = [block for page in PAGES for block in blocks(page) if block.reason]
COMMAND = re.compile(
    r"^\s*(?:make|sudo|export|\.venv/\S+|bin/\S+|ansible-\w+|python3?|pip|openssl|minisign|ssh) ", re.MULTILINE
)


def name(block: Block) -> str:
    return f"{block.page.name}: {block.lines[0][:40]} ({block.reason})"


@pytest.mark.parametrize(
    ("page", "reader"),
    [(page, state) for page in RUN for state in STATES if page.name != "home.md" or state == AFTER_HOME],
    indirect=["reader"],
    ids=lambda it: it if isinstance(it, str) else it.name,
)
def test_they_run(page: Path, reader: dict[str, Any]) -> None:
    """In the page's order, each section in a shell of its own, with an inventory and an encrypted vault or without."""
    to_run = (block for block in blocks(page) if not block.reason)
    for _, section in groupby(to_run, lambda block: block.section):
        script = "set -eux\n" + "\n".join(block.body for block in section)
        done = subprocess.run(["bash", "-c", script], check=False, timeout=500, **reader)
        assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]


@pytest.mark.parametrize("block", CHECKED, ids=name)
def test_they_parse(block: Block) -> None:
    done = subprocess.run(["bash", "-n"], input=block.body, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in block.lines:
        check(shlex.split(line, comments=True))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_sentences_name_is_there(page: Path) -> None:
    """Commands and playbooks that stand in a sentence or a table."""
    for code in inline(page):
        if is_command(code):
            check(shlex.split(code))
        for playbook in re.findall(r"playbooks/\w+\.yml", code):
            assert (ROOT / playbook).is_file(), code


@pytest.mark.parametrize(
    "nonsense",
    [
        "sudo systemctl frobnicate vsftpd",
        "sudo systemctl edit nothing-of-ours",
        "sudo journalctl -u nothing-of-ours",
        "hk-aws-tool restore --wat",
        "hk-aws-tool purge --bucket b",
        "hk-aws-tool store-all-filez",
        "python3 evidence/verify.py here --no-such-option",
        "python -m forwarder adapt /srv",
        "ssh relay sudo hk-aws-tool stat",
        "captures_sort.yml -e cctv_no_such_knob=1",
        "pip install nothing-that-a-test-imports",
        "openssl ts -frobnicate x",
        "unheard-of program",
    ],
)
def test_nonsense_is_noticed(nonsense: str) -> None:
    with pytest.raises((AssertionError, SystemExit)):
        check(shlex.split(nonsense))


@pytest.mark.parametrize("page", [page for page in PAGES if "reference" not in page.parts], ids=lambda page: page.name)
def test_no_command_hides_from_these_tests(page: Path) -> None:
    """None stands in an indented block, or in a fence of another kind."""
    text = re.sub(r"^```sh\n.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    others = [*re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL), *re.findall(r"^ {4}.*$", text, re.M)]
    assert [block for block in others if COMMAND.search(block)] == []
