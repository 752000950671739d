"""The command line: the old toolkit's words, and ours. An action takes only the words that mean something to it."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tool.actions import ACTIONS
from tool.words import COMPLETE, WORDS, short, text

PROGRAM = "hk-aws-tool"
CONFIG = "/etc/hkawstoolkit/config.yaml"
PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
OTHERS = {
    "status": "how the relay is: the way to the cloud, what waits, the mount, how each job last ended",
    "web": "serve the viewer in the foreground, as /etc/hkawstoolkit/viewer.yml says",
}
ABOUT = {name: action.about for name, action in ACTIONS.items()} | OTHERS

HELP = """\
Pictures arrive loose in the folder of their camera, are stored in the folder of the day they were captured, archived
into Glacier when they are old, restored when they are needed, and purged when their time is over.

actions ({program} ACTION --help says which options each takes):
{actions}

examples:
  {program} list-cameras                                   which cameras are there?
  {program} store-all-files -p '*.jpg' --dry-run           what would sorting do?
  {program} archive-all-by-pattern -p '*2021-12-*'         December 2021 into Glacier
  {program} quote -m CAM-EXT-001 -d 2021-12-20             what does it cost to get that day back?
  {program} restore -m CAM-EXT-001 -d 2021-12-20 --destination /srv/evidence --wait
  {program} verify -m CAM-EXT-001 -d 2021-12-20            is that day as it was archived?
  {program} purge --older-than 1096 --archives             what is older than three years?
  {program} list-cameras --json | jq -r '.cameras[].name'
  {program} status
  eval "$({program} --print-completion bash)"              complete its words in this shell

The action may also be written as -a ACTION, and the program as hk-aws-tool.py: lines written for the old toolkit go on
working. Data goes to standard output, everything else to standard error; -q leaves the data and errors alone. Ctrl-C
is safe at any time, and the same line goes on: a picture goes only when it is proven to be elsewhere. Only purge and
cleanup delete for good, and only with --delete.
"""
STATUS = """
exit status:
  0  done          1  something failed or needs somebody; the rest is done         2  the command line is wrong
  3  nothing was done: configuration, credentials, bucket or camera    75  S3 still restores: run it again later
  130  interrupted"""


class Version(argparse.Action):
    """Prints the version, from the one place that has it."""

    def __call__(self, made: argparse.ArgumentParser, *_: object) -> None:
        """Leave."""
        print(f"{PROGRAM} {tomllib.loads(PROJECT.read_text())['project']['version']}")
        made.exit()


class Completion(argparse.Action):
    """Prints what a shell needs to complete the words."""

    def __call__(self, made: argparse.ArgumentParser, _namespace: object, shell: object, *_: object) -> None:
        """Leave."""
        from tool.completion import completion

        print(completion(str(shell)))
        made.exit()


def parser(action: str = "") -> argparse.ArgumentParser:
    """Return the parser; its help is the manual, of one ``action`` or of all."""
    listed = "\n".join(f"  {name:<31}{about}" for name, about in ABOUT.items())
    made = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} {action or '[-a] ACTION'} [options]",
        description=f"{ABOUT[action]}." if action else "Manage the pictures that IP cameras sent to your S3 bucket.",
        epilog=STATUS if action else HELP.format(actions=listed, program=PROGRAM) + STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        fromfile_prefix_chars="@",
        allow_abbrev=False,
    )
    about = argparse.SUPPRESS if action else "one of those below"
    made.add_argument("action", nargs="?", choices=list(ABOUT), metavar="ACTION", help=about)
    made.add_argument("-a", "--action", dest="flag", choices=list(ABOUT), metavar="ACTION", help=argparse.SUPPRESS)
    add_options(made, action)
    return made


def add_options(made: argparse.ArgumentParser, action: str = "") -> None:
    """Add every option, but show only what the ``action`` takes; all of them without one."""
    taken = ACTIONS[action].words if action in ACTIONS else () if action else WORDS
    group = made.add_argument_group("which pictures, and what becomes of them")
    for name, (flags, settings) in WORDS.items():
        word: Any = group.add_argument(*flags, dest=name, **settings)
        word.help = word.help if name in taken else argparse.SUPPRESS
        if name in COMPLETE:
            word.complete = COMPLETE[name]
    _running(made)
    _access(made)


def _running(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("how to run")
    group.add_argument("-n", "--dry-run", action="store_true", help="say what would be done, and do nothing")
    group.add_argument("-q", "--quiet", action="store_true", help="nothing but the data, and errors")
    group.add_argument("-v", "--verbose", action="store_true", help="say more")
    group.add_argument("--json", action="store_true", help="the whole result as one JSON document")
    group.add_argument("--version", action=Version, nargs=0, help="print the version")
    group.add_argument("--print-completion", action=Completion, choices=["bash", "zsh"], help="completion for a shell")
    # Of the old toolkit, and without effect.
    group.add_argument("-f", "--force", action="store_true", help=argparse.SUPPRESS)
    group.add_argument("-w", "--wprefix", help=argparse.SUPPRESS)


def _access(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("where (the configuration file says it, unless these do)")
    config: Any = group.add_argument("-c", "--config", default=CONFIG, type=text, help="default: %(default)s")
    config.complete = COMPLETE["config"]
    for name in ("bucket", "prefix", "profile", "region", "endpoint-url", "timezone"):
        group.add_argument(f"--{name}", type=text)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; leave with 2 and a sentence when they cannot be used."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    made = parser(next((word for word in words if word in ABOUT), ""))
    given = made.parse_args(words)
    if given.action and given.flag and given.action != given.flag:
        made.error(f"Two actions: {given.flag} and {given.action}. Give one.")
    given.action = given.action or given.flag
    if not given.action:
        made.error("Say what to do, such as list-cameras; --help lists the actions.")
    if wrong := _wrong(given):
        made.error(wrong)
    return given


def _wrong(given: argparse.Namespace) -> str:
    """Return what does not fit together; no word that would narrow an action down is ever passed over."""
    action = ACTIONS.get(given.action)
    said = [name for name in WORDS if getattr(given, name) is not None]
    for name in said:
        if not action or name not in action.words:
            return f"{given.action} does not take {short(name)}; {given.action} --help lists what it takes."
    for name in action.needs if action else ():
        if name not in said:
            return f"{given.action} needs {short(name)} {WORDS[name][1]['metavar']}."
    first, last = getattr(given, "from"), given.to
    if given.date and (first or last):
        return "Give either -d, or --from and --to."
    if first and last and first > last:
        return f"--from {first} is after --to {last}: swap them."
    return ""
