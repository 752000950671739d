"""What each program that the documentation names would say of its command line, without doing anything."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.documentation.blocks import ROOT
from tool.command_line import parse

VAULTS = re.compile(r"inventory/(home|acme)/group_vars/relays/vault\.yml")
OWN = re.compile(r"inventory/(home|acme)(/|$)")
"""The folders of their own that the guides have their readers make."""
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
BEFORE = re.compile(r"\w+=.*|sudo")
"""What may stand before a program."""
FOREIGN = {"git": {"clone", "pull", "--"}, "minisign": {"-G", "-V", "-m", "-P"}, "rclone": {"serve"}, "tar": {"xzf"}}
"""Programs that need not be installed here: the options, or else first words, that are used of each."""


def bare(words: list[str]) -> list[str]:
    """Return the program and what follows."""
    while words and BEFORE.fullmatch(words[0]):
        words = words[1:]
    return words


def is_command(code: str) -> bool:
    """Say whether code in a sentence is a command line, and not a name."""
    program, *rest = bare(code.split()) or [""]
    known = Path(program).name in PROGRAMS.keys() | FOREIGN.keys() or re.fullmatch(r"\w+\.yml", program)
    return bool(known and rest)


def check(words: list[str]) -> None:
    """AssertionError, or what the program raises, for a command that it would not take."""
    words = bare(words)
    program, rest = Path(words[0]).name, words[1:]
    if program.endswith(".yml"):
        program, rest = "ansible-playbook", [f"playbooks/{program}", *rest]
    if program in FOREIGN:
        assert ({word for word in rest if word.startswith("-")} or {rest[0]}) <= FOREIGN[program], words
    else:
        assert program in PROGRAMS, f"what is {program}?"
        PROGRAMS[program](rest)


def _tool(rest: list[str]) -> None:
    try:
        parse(rest)
    except SystemExit as end:  # --help leaves with 0
        if end.code:
            raise


def _make(rest: list[str]) -> None:
    assert set(rest) <= TARGETS, rest


def _playbook(rest: list[str]) -> None:
    plain = [word for word in rest if word != "--ask-vault-pass"]
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "--syntax-check", *plain]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for word in rest:
        name = re.match(r"(\w+)=", word)
        assert not name or re.search(rf"\b{name[1]}\b", _variables()), f"nothing reads {word}"


@cache
def _variables() -> str:
    folders = ("playbooks", "roles", "inventory")
    return "\n".join(path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.yml"))


def _ansible(rest: list[str]) -> None:
    if "-i" in rest:
        inventory = rest[rest.index("-i") + 1].replace("inventory/acme", "inventory/company.yml")
        assert rest[0] in (ROOT / inventory).read_text(), rest
    assert rest[rest.index("-m") + 1] in ("debug", "ping"), rest


def _doc(rest: list[str]) -> None:
    assert (ROOT / "library" / f"{rest[-1]}.py").is_file(), rest


def _vault(rest: list[str]) -> None:
    assert rest[0] in ("create", "edit", "encrypt", "rekey", "view"), rest
    assert VAULTS.fullmatch(rest[-1]), rest


def _python(rest: list[str]) -> None:
    if rest[0] == "-m":
        assert importlib.util.find_spec(rest[1]), rest
        command, rest = ["-m", rest[1]], rest[2:]
        if command[1] == "forwarder":
            assert rest[0] in ("serve", "status", "check", "adopt"), rest
            command.append(rest[0])
    elif rest[0] != "--version":
        assert (ROOT / rest[0]).is_file(), rest
        command, rest = rest[:1], rest[1:]
    if options := [word for word in rest if word.startswith("--") and word != "--version"]:
        asked = [sys.executable, *command, "--help"]
        place = os.environ | {"PYTHONPATH": "module_utils:."}
        said = subprocess.run(asked, cwd=ROOT, env=place, capture_output=True, text=True, check=True).stdout
        assert [option for option in options if not re.search(rf"{option}\b", said)] == []


def _pip(rest: list[str]) -> None:
    """What is not pinned is named because a test imports it."""
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py")]
    assert rest[0] == "install", rest
    assert all(any(re.search(rf"^\s*import {name}$", text, re.MULTILINE) for text in texts) for name in rest[1:]), rest


def _ssh(rest: list[str]) -> None:
    options = rest[:2] if rest[0] == "-L" else []
    host, *command = rest[len(options) :]
    if shutil.which("ssh"):
        subprocess.run(["ssh", "-G", "-F", "/dev/null", *options, host], capture_output=True, check=True)
    if command:
        check(command)


def _openssl(rest: list[str]) -> None:
    said = subprocess.run(["openssl", rest[0], "-help"], capture_output=True, text=True, check=True)
    options = [word for word in rest[1:] if word.startswith("-")]
    assert [option for option in options if f"{option} " not in said.stdout + said.stderr] == []


def _systemctl(rest: list[str]) -> None:
    assert rest[0] in ("edit", "restart", "status"), rest
    _unit(rest[1])


def _analyze(rest: list[str]) -> None:
    assert rest[0] == "security", rest
    for unit in rest[1:]:
        _unit(unit)


def _journal(rest: list[str]) -> None:
    assert rest[0] in ("-t", "-u"), rest
    assert rest[2:] in ([], ["--since", "today"]), rest
    _unit(rest[1])


def _unit(name: str) -> None:
    """One of the distribution's that we confine, or ours."""
    names = {path.name for path in (ROOT / "roles").rglob("*.service*")}
    assert {f"{name}.service.j2", f"{name}.service.d"} & names, name


def _files(rest: list[str]) -> None:
    for word in rest:
        assert not word.startswith("inventory/") or OWN.match(word) or (ROOT / word).parent.is_dir(), word


def _scenario(rest: list[str]) -> None:
    assert all((ROOT / "tests" / "molecule" / name).is_dir() for name in rest), rest


def _words(rest: list[str]) -> None:
    """Nothing of ours is in it."""
    assert rest


PROGRAMS: dict[str, Callable[[list[str]], None]] = {
    "hk-aws-tool": _tool,
    "hk-aws-tool.py": _tool,
    "make": _make,
    "ansible-playbook": _playbook,
    "ansible": _ansible,
    "ansible-doc": _doc,
    "ansible-vault": _vault,
    "python": _python,
    "python3": _python,
    "pip": _pip,
    "ssh": _ssh,
    "openssl": _openssl,
    "systemctl": _systemctl,
    "systemd-analyze": _analyze,
    "journalctl": _journal,
    "cp": _files,
    "mv": _files,
    "rm": _files,
    "run": _scenario,
} | dict.fromkeys(
    ("apt-get", "cd", "chmod", "df", "diff", "export", "ln", "mkdir", "ssh-copy-id", "ssh-keygen"), _words
)
