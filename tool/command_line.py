"""The words of the command line: those of the old toolkit, and ours."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import shtab

from tool.actions import ACTIONS

PROGRAM = "hk-aws-tool"
CONFIG = "/etc/hkawstoolkit/config.yaml"
OTHERS = {
    "status": "how the relay is: the way to the cloud, what waits, the mount, how each job last ended",
    "web": "serve the viewer in the foreground, as /etc/hkawstoolkit/viewer.yml says",
}

HELP = """\
Pictures arrive loose in the folder of their camera, are stored in the folder of the day they were captured, archived
into Glacier when they are old, restored when they are needed, and purged when their time is over.

actions:
{actions}

examples:
  {program} list-cameras                                   which cameras are there?
  {program} store-all-files -p '*.jpg' --dry-run           what would sorting do?
  {program} archive-all-by-pattern -p '*2021-12-*'         December 2021 into Glacier
  {program} quote -m CAM-EXT-001 -d 2021-12-20             what does it cost to get that day back?
  {program} restore -m CAM-EXT-001 -d 2021-12-20 --destination /srv/evidence --wait
  {program} verify -m CAM-EXT-001 -d 2021-12-20            is that day as it was archived?
  {program} purge --older-than 1096 --archives --dry-run   what is older than three years?
  {program} list-cameras --json | jq -r '.cameras[].name'
  {program} status

The action may also be written as -a ACTION, and the program as hk-aws-tool.py: lines written for the old toolkit go on
working. Data goes to standard output, everything else to standard error; -q leaves the data and errors alone. Ctrl-C
is safe at any time: nothing is deleted before it is proven to be elsewhere. Run the same line again to go on.

exit status:
  0  done          1  something failed or needs somebody; the rest is done         2  the command line is wrong
  3  nothing was done: configuration, credentials, bucket or camera    75  S3 still restores: run it again later
  130  interrupted"""


def parser() -> argparse.ArgumentParser:
    """Return the parser; its help is the manual."""
    about = {name: action.about for name, action in ACTIONS.items()} | OTHERS
    listed = "\n".join(f"  {name:<31}{text}" for name, text in about.items())
    made = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [-a] ACTION [options]",
        description="Manage the pictures that IP cameras sent to your S3 bucket.",
        epilog=HELP.format(actions=listed, program=PROGRAM),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        fromfile_prefix_chars="@",
        allow_abbrev=False,
    )
    made.add_argument("action", nargs="?", choices=list(about), metavar="ACTION", help="one of those below")
    made.add_argument("-a", "--action", dest="flag", choices=list(about), metavar="ACTION", help="the same")
    chosen = made.add_argument_group("which pictures")
    chosen.add_argument("-m", "--camera", help="a camera, or a glob such as 'CAM-EXT-*' where several may be meant")
    chosen.add_argument("-d", "--date", metavar="YYYY-MM-DD", help="a day")
    chosen.add_argument("--from", metavar="YYYY-MM-DD", help="first day of a range")
    chosen.add_argument("--to", metavar="YYYY-MM-DD", help="last day of a range")
    chosen.add_argument("-p", "--pattern", help="a glob of file names; of days where days are archived")
    chosen.add_argument("--older-than", type=int, metavar="DAYS", help="only days more than so many days ago")
    chosen.add_argument("--limit", type=int, metavar="DAYS", help="most days that one run archives")
    chosen.add_argument("--archives", action="store_true", default=None, help="purge archives too")
    _restoring(made)
    _running(made)
    _access(made)
    return made


def _restoring(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("restoring and verifying")
    place = group.add_argument("--destination", metavar="PLACE", help="a folder, or s3://bucket/prefix/")
    place.complete = shtab.DIRECTORY  # type: ignore[attr-defined]  # how shtab is told
    group.add_argument("--tier", choices=["Standard", "Bulk", "Expedited"], help="how fast, and how dear")
    group.add_argument("--keep", type=int, metavar="DAYS", help="how long the restored copy stays readable")
    group.add_argument("--quick", action="store_true", help="verify: compare S3's checksums, and read nothing")
    group.add_argument("--public-key", metavar="KEY", help="verify: the public key of minisign, for the signatures")
    group.add_argument("--timestamp-certificates", metavar="FILE", help="verify: certificates of who stamps links")
    group.add_argument("--wait", action="store_true", default=None, help="wait until S3 has restored all")


def _running(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("how to run")
    group.add_argument("-n", "--dry-run", action="store_true", help="say what would be done, and do nothing")
    group.add_argument("-f", "--force", action="store_true", help="delete; purge and cleanup only say what they would")
    group.add_argument("-q", "--quiet", action="store_true", help="nothing but the data")
    group.add_argument("-v", "--verbose", action="store_true", help="say more")
    group.add_argument("--json", action="store_true", help="the whole result as one JSON document")
    shtab.add_argument_to(group, "--print-completion", help="completion for bash or zsh, to be put where they look")
    group.add_argument("-w", "--wprefix", help=argparse.SUPPRESS)  # of the old toolkit; the viewer brings its own pages


def _access(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("where (the configuration file says it, unless these do)")
    config = group.add_argument("-c", "--config", default=CONFIG, help="default: %(default)s")
    config.complete = shtab.FILE  # type: ignore[attr-defined]  # how shtab is told
    for name in ("bucket", "prefix", "profile", "region", "endpoint-url", "timezone"):
        group.add_argument(f"--{name}", help=argparse.SUPPRESS if name == "endpoint-url" else None)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; leave with 2 and a sentence when they cannot be used."""
    made = parser()
    given = made.parse_args(arguments)
    if given.action and given.flag and given.action != given.flag:
        made.error(f"Two actions: {given.flag} and {given.action}. Give one.")
    given.action = given.action or given.flag
    if not given.action:
        made.error("Say what to do, such as list-cameras; --help lists the actions.")
    for name in ACTIONS[given.action].needs if given.action in ACTIONS else ():
        if getattr(given, name) is None:
            word = {"camera": "-m CAMERA", "date": "-d YYYY-MM-DD", "older_than": "--older-than DAYS"}[name]
            made.error(f"{given.action} needs {word}.")
    return given
