"""The terminal at which commands of the documentation are typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.documentation.terminal import Answers, UnansweredError, converse

ASK = "import getpass; print('heard', getpass.getpass('Vault password: '), getpass.getpass('Again: '))"


def run(*command: str, answers: Answers, seconds: float = 30) -> tuple[int, str]:
    return converse([*command], answers, cwd=Path("/"), env=dict(os.environ), seconds=seconds)


def test_questions_are_answered_each_by_its_own() -> None:
    status, said = run(sys.executable, "-c", ASK, answers={"Vault password: $": "one", "Again: $": lambda: "two"})
    assert (status, said.splitlines()[-1]) == (0, "heard one two")


def test_what_was_typed_for_a_password_is_not_seen() -> None:
    assert "hidden" not in run(sys.executable, "-c", ASK.replace("print", "str"), answers={": $": "hidden"})[1]


def test_a_status_is_that_of_the_command() -> None:
    assert run("bash", "-c", "test -t 0 && exit 7", answers={})[0] == 7


def test_a_question_that_nobody_foresaw_is_shown() -> None:
    with pytest.raises(UnansweredError, match="Who are you"):
        run("bash", "-c", "read -rp 'Who are you? '", answers={}, seconds=2)
