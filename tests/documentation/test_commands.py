"""Every command in the documentation is run: here, or where its mark says, by what does so for all that have that mark.

The few that no test can run are parsed by the program that would run them, with the reason beside them.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.documentation.blocks import ARCHIVES, CLONE, HERE, PAGES, ROOT, Block, blocks, inline
from tests.documentation.by_hand import follow
from tests.documentation.conftest import FRESH, STATES
from tests.documentation.programs import check, is_command
from tests.documentation.reader import Reader

ALL = [block for page in PAGES for block in blocks(page)]
RUN = [page for page in PAGES if any(block.place == HERE for block in blocks(page))]
CHECKED = [block for block in ALL if block.reason]
SCENARIOS = sorted({block.place for block in ALL if block.place} - {HERE, CLONE, ARCHIVES})
COMMAND = re.compile(
    r"^\s*(?:make|sudo|export|\.venv/\S+|bin/\S+|ansible-\w+|python3?|pip|openssl|minisign|ssh) ", re.MULTILINE
)


def name(block: Block) -> str:
    return f"{block.page.name}: {block.lines[0][:40]} ({block.reason or block.place})"


@pytest.mark.parametrize(
    ("page", "reader"),
    [(page, state) for page in RUN for state in STATES if page.name != "home.md" or state == FRESH],
    indirect=["reader"],
    ids=lambda it: it if isinstance(it, str) else it.name,
)
def test_they_run(page: Path, reader: Reader) -> None:
    """In the page's order, with an inventory and an encrypted vault or without."""
    follow(reader, [block for block in blocks(page) if block.place == HERE])


@pytest.mark.parametrize("place", SCENARIOS)
def test_a_scenario_runs_what_is_marked_for_it(place: str) -> None:
    """Its playbook of that name has all blocks run that are marked so, and is one that the scenario plays."""
    scenario, stage = place.split()
    folder = ROOT / "tests" / "molecule" / scenario
    settings = yaml.safe_load((ROOT / ".config" / "molecule" / "config.yml").read_text())
    settings |= yaml.safe_load((folder / "molecule.yml").read_text())
    assert stage in settings["scenario"]["test_sequence"]
    plays = yaml.safe_load((folder / f"{stage}.yml").read_text())
    followed = [play for play in plays if play.get("import_playbook") == "../documented.yml"]
    assert [play["vars"]["stage"] for play in followed] == [stage]


def test_few_cannot_be_run() -> None:
    assert [line.partition("#")[0].strip() for block in CHECKED for line in block.lines] == ["make test"]


@pytest.mark.parametrize("block", [block for block in ALL if block.place != HERE], ids=name)
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
