"""Documentation, specification and playbooks of the modules say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contracts.documentation import JOBS, MODULES, PLAYBOOKS, ROOT, argument_spec, documented

ALIASES = {"cctv_hosts", "cctv_camera", "cctv_pattern"}  # one camera or pattern where the option takes a list
OF_ONE_MODULE = [path for path in PLAYBOOKS if path.stem.startswith("c")]
KNOB = re.compile(r"(?<![\w])cctv_\w+")


@pytest.mark.parametrize("module", JOBS)
def test_options_are_those_of_the_spec(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = documented(module)[0]["options"]
    spec = argument_spec(module, monkeypatch)
    assert options.keys() == spec.keys()
    for name, option in options.items():
        said = {key: option.get(key) for key in ("type", "default", "choices", "elements")}
        assert said == {key: spec[name].get(key) for key in said}, name
        assert option.get("required", False) == spec[name].get("required", False), name


@pytest.mark.parametrize("module", JOBS)
def test_examples_are_valid(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = argument_spec(module, monkeypatch)
    needed = {name for name, option in spec.items() if option.get("required")}
    examples = documented(module)[1]
    assert examples
    for task in examples:
        assert task["name"]
        assert needed <= task[module].keys() <= spec.keys()
        for name, value in task[module].items():
            assert value in spec[name].get("choices", [value])


def tasks_of(playbook: Path) -> list[dict[str, Any]]:
    tasks = [task for play in yaml.safe_load(playbook.read_text()) for task in play.get("tasks", [])]
    return [inner for task in tasks for inner in task.get("block", [task])]


@pytest.mark.parametrize("module", JOBS)
def test_a_playbook_has_a_knob_for_each_option(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ((playbook, task),) = [
        (playbook, task[module]) for playbook in OF_ONE_MODULE for task in tasks_of(playbook) if module in task
    ]
    wiring = yaml.safe_load((ROOT / "playbooks" / "vars" / "access.yml").read_text())
    # The share of a worker is the inventory's to say, not a knob.
    share = wiring["__cctv_share"] if "__cctv_share" in playbook.read_text() else {}
    given = wiring["__cctv_access"] | task
    assert given.keys() | share.keys() == argument_spec(module, monkeypatch).keys()
    for option, value in given.items():
        assert f"cctv_{option} | " in value


@pytest.mark.parametrize("playbook", OF_ONE_MODULE, ids=lambda path: path.stem)
def test_playbooks_know_no_other_knobs(playbook: Path) -> None:
    options = {f"cctv_{option}" for module in JOBS for option in documented(module)[0]["options"]}
    assert set(KNOB.findall(playbook.read_text())) - set(MODULES) <= options | ALIASES


def test_playbooks_parse() -> None:
    program = Path(sys.executable).with_name("ansible-playbook")
    command = [str(program), "--syntax-check", *map(str, PLAYBOOKS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_readme_names_them_all() -> None:
    text = (ROOT / "README.md").read_text()
    assert [name for name in (*JOBS, *(path.stem for path in PLAYBOOKS)) if name not in text] == []
