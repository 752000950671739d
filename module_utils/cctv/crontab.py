"""What becomes of the lines of cron by which a relay that was set up by hand calls the old tool. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from getopt import GetoptError, getopt
from pathlib import PurePath

COLLECT = "/etc/cron.d/hk-aws-tool-collect"
"""The file that the old toolkit installs, and role capture_jobs writes anew."""
CARRIED = "/etc/cron.d/hk-aws-tool-adopted"
CONFIG = "/etc/hkawstoolkit/config.yaml"

_WHEN = r"^\s*(?P<when>@\w+|[^\s#@=]+(?:\s+\S+){4})\s+"
_OF_SYSTEM = re.compile(_WHEN + r"(?P<user>\S+)\s+(?P<command>.+)$")
_OF_USER = re.compile(_WHEN + r"(?P<command>.+)$")
_VARIABLE = re.compile(r"^\s*\w+\s*=")
_SHELL = re.compile(r"[;&|<>$`%\\]")
_ALWAYS = {"*", "*/1"}


@dataclass(frozen=True, slots=True)
class CronPlan:
    """What our job sort takes over (nothing without ``patterns``), and where the other lines go.

    ``sorts``: a line that goes on sorts by itself. ``carried`` is the content of CARRIED. ``edited`` are the files in
    which lines get another user. ``report`` is a sentence for each line.
    """

    minute: str = ""
    hour: str = ""
    patterns: tuple[str, ...] = ()
    sorts: bool = False
    carried: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    report: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that cron acts on: of a job, or (without ``when``) one that sets a variable."""

    place: str
    text: str
    when: str = ""
    user: str = ""
    command: str = ""

    @property
    def calls_tool(self) -> bool:
        return "hk-aws-tool" in self.command

    @property
    def starts_our_unit(self) -> bool:
        return "cctv-job@" in self.command

    @property
    def sorts(self) -> bool:
        return self.calls_tool and re.search(r"store-(all|camera)-files", self.command) is not None


def plan_cron(system: Mapping[str, str], own: str, account: str, user: str) -> CronPlan:
    """Plan for the text of each file of ``system``, and the crontab ``own`` of the cameras' ``account``.

    What ran as the account has to run as ``user``, who may read the key.
    """

    def run_by(line: _Line) -> str:
        return user if line.calls_tool and line.user in ("", account) else line.user

    collect = list(_lines(COLLECT, system.get(COLLECT, ""), _OF_SYSTEM))
    if any(line.user == user or line.starts_our_unit for line in collect):
        collect = []  # the role has written it
    theirs = [line for line in _lines(f"crontab of {account}", own, _OF_USER) if line.calls_tool]
    others = [
        line
        for file, text in sorted(system.items())
        if file not in (COLLECT, CARRIED)
        for line in _lines(file, text, _OF_SYSTEM)
        if line.calls_tool
    ]
    minute, hour, patterns = _sort_of(collect)
    taken = [line for line in collect if _is_plain(line) and line.when.split()[1] == hour]
    rest = [line for line in collect if line not in taken]
    carried = [*rest, *theirs] if theirs or any(line.when for line in rest) else []
    job = f"becomes the job sort, at minute {minute} of hour {hour}"
    becomes = [(line, job) for line in taken]
    becomes += [(line, "is not taken over") for line in rest if not carried]
    becomes += [(line, f"goes on{_as(run_by(line))} in {CARRIED}") for line in carried]
    becomes += [(line, f"goes on{_as(run_by(line))}") for line in others]
    return CronPlan(
        minute,
        hour,
        patterns,
        sorts=any(line.sorts for line in [*carried, *others]),
        carried=tuple(f"{line.when} {run_by(line)} {line.command}" if line.when else line.text for line in carried),
        edited=tuple(dict.fromkeys(line.place for line in others if line.user == account)),
        report=tuple(f"{line.place}: {line.text} {what}." for line, what in becomes),
    )


def _as(user: str) -> str:
    return f" as {user}" if user else ""


def _lines(place: str, text: str, form: re.Pattern[str]) -> Iterator[_Line]:
    for raw in text.splitlines():
        line = raw.strip()
        if _VARIABLE.match(line):
            yield _Line(place, line)
        elif found := form.match(line):
            yield _Line(place, line, **found.groupdict())


def _sort_of(lines: list[_Line]) -> tuple[str, str, tuple[str, ...]]:
    """Return when our job sorts and what: the first plain line's time, the patterns of all that run in its hours."""
    plain = [line for line in lines if _is_plain(line)]
    if not plain:
        return "", "", ()
    minute, hour = plain[0].when.split()[:2]
    patterns = [_sorted_by(line) for line in plain if line.when.split()[1] == hour]
    return minute, hour, tuple(dict.fromkeys(pattern for pattern in patterns if pattern))


def _is_plain(line: _Line) -> bool:
    return _sorted_by(line) is not None


def _sorted_by(line: _Line) -> str | None:
    """Return the glob of a line that sorts every day, all cameras, and does nothing else; None for any other."""
    times = line.when.split()
    if not line.sorts or len(times) != 5 or not set(times[2:]) <= _ALWAYS or _SHELL.search(line.command):
        return None
    try:
        program, *words = shlex.split(line.command)
        given, rest = getopt(words, "a:c:p:qvf", ["action=", "config=", "pattern=", "quiet", "verbose", "force"])
    except (ValueError, GetoptError):
        return None
    said = {name.lstrip("-")[:1]: value for name, value in given}
    plain = said.get("a") == "store-all-files" and said.get("c", CONFIG) == CONFIG and not rest
    return said.get("p", "*") if plain and PurePath(program).name.startswith("hk-aws-tool") else None
