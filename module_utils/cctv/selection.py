"""What the user asked for: cameras by glob, days by date, pattern or age, names by glob. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from .errors import CctvError
from .layout import parse_day


def select_cameras(names: Sequence[str], globs: Sequence[str]) -> list[str]:
    """Return the cameras that any of ``globs`` matches.

    Raises CctvError that names the near ones when a glob matches no camera. A list that somebody's filter emptied
    means no camera, and never all.
    """
    require_some("cameras", globs)
    for glob in globs:
        if glob != "*" and not any(matches(name, glob) for name in names):
            raise CctvError(_no_such_camera(names, glob))
    return [name for name in names if any(matches(name, glob) for glob in globs)]


def require_some(option: str, globs: Sequence[str]) -> None:
    """Raise CctvError for an ``option`` whose list names nothing."""
    if not globs:
        what = "pictures" if option == "names" else option
        raise CctvError(f"{option}: the list is empty: name {what}, or give '*' for all.")


def matches(camera: str, glob: str) -> bool:
    """Say whether ``glob`` means ``camera``: as a glob, or as the very name, which may hold brackets."""
    return camera == glob or fnmatchcase(camera, glob)


def require_camera(names: Sequence[str], camera: str) -> str:
    """Return ``camera`` if it is one of ``names``; CctvError that names the near ones if not."""
    if camera not in names:
        raise CctvError(_no_such_camera(names, camera))
    return camera


def _no_such_camera(names: Sequence[str], wanted: str) -> str:
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.6) or list(names[:3])
    hint = f"did you mean {', '.join(near)}?" if near else "the bucket holds no cameras yet."
    return f"No camera is called {wanted}: {hint}"


def name_filter(globs: Iterable[str]) -> Callable[..., bool]:
    """Return a test of pictures against ``globs``, whatever the letter case (``*.jpg`` takes ``A.JPG``).

    A picture is given by the paths that it goes by: within its day, or of its key below the prefix, as the old toolkit
    held them against patterns. A glob is of the file's name, one with a slash of the whole path, and each also means
    the very name: Dahua's hold brackets.
    """
    folded = [glob.casefold() for glob in globs]
    if "*" in folded or not folded:
        return lambda *_paths: True

    def takes_path(path: str) -> bool:
        name = path.rpartition("/")[2]
        return any(glob in (path, name) or fnmatchcase(path if "/" in glob else name, glob) for glob in folded)

    return lambda *paths: any(takes_path(path.casefold()) for path in paths)


def parse_date(text: str, *, option: str = "date") -> date:
    """Return the date in ``text``; CctvError when it is none."""
    day = parse_day(text)
    if day is None:
        raise CctvError(f"{option}: {text!r} is not a date: write it as YYYY-MM-DD, for example 2022-02-24.")
    return day


@dataclass(frozen=True, slots=True)
class DayRule:
    """Which days: every condition given must hold. ``pattern`` may also carry the camera: ``CAM-*/2021-12-*``."""

    first: date | None = None
    last: date | None = None
    pattern: str = ""
    older_than_days: int | None = None

    @classmethod
    def on(cls, day: date) -> DayRule:
        """Return the rule for one single day."""
        return cls(first=day, last=day)

    def takes(self, camera: str, day: date, *, today: date) -> bool:
        """Say whether ``day`` of ``camera`` is meant."""
        if (self.first and day < self.first) or (self.last and day > self.last):
            return False
        if self.older_than_days is not None and (today - day).days <= self.older_than_days:
            return False
        text = day.isoformat()
        return not self.pattern or fnmatchcase(text, self.pattern) or fnmatchcase(f"{camera}/{text}", self.pattern)
