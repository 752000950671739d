"""What a shell needs to complete the words, under both names of the program."""

from __future__ import annotations

import argparse
from typing import Any

import shtab

from tool.command_line import ABOUT, PROGRAM, add_options

OLD_NAME = f"{PROGRAM}.py"


def completion(shell: str) -> str:
    """Return the script for ``shell``; after an action it offers what that one takes, after -a every option."""
    made = argparse.ArgumentParser(prog=PROGRAM)
    made.add_argument("-a", "--action", choices=list(ABOUT), metavar="ACTION", help="one of the actions")
    add_options(made)
    actions = made.add_subparsers(metavar="ACTION", help="what to do")
    for name, about in ABOUT.items():
        add_options(actions.add_parser(name, help=about), name)
    names: Any = {"bash": f"complete -o bashdefault -F _shtab_hk_aws_tool {OLD_NAME}"}
    script: str = shtab.complete(made, shell, preamble=names)
    # zsh is told the names where shtab writes the one that it knows.
    for told in (f"#compdef {PROGRAM}\n", f"compdef _shtab_hk_aws_tool -N {PROGRAM}\n"):
        script = script.replace(told, f"{told[:-1]} {OLD_NAME}\n")
    return script
