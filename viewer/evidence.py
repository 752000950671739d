"""A span of time of some cameras as evidence: the plan, then the zip with its manifest, streamed.

At no time is more than a few pictures in memory. What cannot be had is named in the manifest instead of missing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cctv.errors import CctvError
from cctv.parallel import ordered_map

from viewer import pictures
from viewer.gallery import Gallery
from viewer.shots import Shot
from viewer.zip_stream import ZipStream, safe_path

MOST_DAYS = 31
log = logging.getLogger("viewer")
_READERS = 6
_FORMULA = frozenset("=+-@\t\r")
_AHEAD = 32 * 1024 * 1024
_FAILURES = 20
"""So many in a row and S3 is not there: the zip is cut, and the browser says that the download failed."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the first minute to the last, by the cameras' wall clocks; the last minute belongs to it."""

    first: datetime
    last: datetime

    @classmethod
    def parse(cls, first: str, last: str) -> Span | str | None:
        """Return the span of a form's two fields, a sentence on what is wrong, or None when both are empty."""
        if not first and not last:
            return None
        try:
            moments = [datetime.fromisoformat(text).replace(tzinfo=None, second=0) for text in (first, last)]
        except ValueError:
            return "Give both times, as a date and a time."
        span = cls(*moments)
        if span.first > span.last:
            return "The span ends before it begins: swap the two times."
        if span.last - span.first > timedelta(days=MOST_DAYS):
            return f"That is more than {MOST_DAYS} days: export them in parts."
        if not 2000 <= span.first.year <= span.last.year <= datetime.now(UTC).year + 1:
            return "There cannot be pictures of that year."
        return span

    def takes(self, moment: datetime) -> bool:
        """Say whether ``moment`` lies in the span."""
        return self.first <= moment.replace(tzinfo=None) < self.last + timedelta(minutes=1)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the zip will hold, and what lies in cold storage and will be named only."""

    span: Span
    cameras: tuple[str, ...]
    shots: tuple[Shot, ...]
    cold: tuple[Shot, ...]

    @property
    def bytes(self) -> int:
        """Bytes of the pictures."""
        return sum(shot.size for shot in self.shots)


def plan(gallery: Gallery, cameras: Sequence[str], span: Span) -> Plan:
    """Look up what there is; nothing is read yet."""
    shots: list[Shot] = []
    cold: list[Shot] = []
    for offset in range((span.last.date() - span.first.date()).days + 1):
        for seen in gallery.days(list(cameras), span.first.date() + timedelta(days=offset)):
            readable = {str(a.number): pictures.state(gallery, a) == "ready" for a in seen.value.archives}
            for shot in seen.value.select(lambda shot: span.takes(shot.captured_at)):
                (shots if readable.get(shot.place, True) else cold).append(shot)
    shots.sort(key=lambda shot: (shot.camera, shot.captured_at, shot.name))
    return Plan(span, tuple(cameras), tuple(shots), tuple(cold))


def write(gallery: Gallery, planned: Plan, *, user: str) -> Iterator[bytes]:
    """Yield the zip: the pictures, then SHA256SUMS, contents.csv and README.txt."""
    archive = ZipStream()
    rows = io.StringIO()
    table = csv.writer(rows)
    table.writerow(["file", "sha256", "bytes", "camera", "captured_at", "time_source", "event", "key", "remark"])
    sums: list[str] = []
    failed_in_a_row = 0
    for shot, body, remark in _read_all(gallery, planned.shots):
        failed_in_a_row = failed_in_a_row + 1 if body is None else 0
        if failed_in_a_row >= _FAILURES:
            raise CctvError("The export was cut: S3 does not answer.")
        digest = hashlib.sha256(body).hexdigest() if body is not None else ""
        path = ""
        if body is not None:
            path = archive.free_path(safe_path(shot.camera, shot.day.isoformat(), shot.name), digest)
            yield from archive.add(path, body, shot.captured_at)
            sums.append(f"{digest}  {path}\n")
        table.writerow(_row(gallery, shot, path, digest, remark))
    for shot in planned.cold:
        digest = shot.part.sha256 if shot.part else ""
        table.writerow(_row(gallery, shot, "", digest, "in cold storage: restore it first"))
    contents = rows.getvalue().encode()
    sums.append(f"{hashlib.sha256(contents).hexdigest()}  contents.csv\n")
    now = datetime.now(UTC)
    yield from archive.add("contents.csv", contents, now)
    yield from archive.add("SHA256SUMS", "".join(sums).encode(), now)
    yield from archive.add("README.txt", _readme(planned, len(sums) - 1, user, now), now)
    yield from archive.end()


def _read_all(gallery: Gallery, shots: Sequence[Shot]) -> Iterator[tuple[Shot, bytes | None, str]]:
    def load(shot: Shot) -> tuple[Shot, bytes | None, str]:
        try:
            return shot, pictures.read(gallery.store, gallery, shot), ""
        except CctvError as error:
            log.warning("left out of an export: %s", error)
            return shot, None, "could not be read"

    return ordered_map(load, shots, threads=_READERS, budget=_AHEAD, weight=lambda shot: shot.size + 1)


def _row(gallery: Gallery, shot: Shot, path: str, digest: str, remark: str) -> list[str | int]:
    at, key = shot.captured_at.isoformat(), pictures.key_of(gallery, shot)
    row: list[str | int] = [path, digest, shot.size, shot.camera, at, shot.time_source, shot.event, key, remark]
    # A table program takes a cell that begins so for a formula.
    return [f"'{cell}" if str(cell)[:1] in _FORMULA else cell for cell in row]


def _readme(planned: Plan, count: int, user: str, now: datetime) -> bytes:
    missing = len(planned.shots) - count + len(planned.cold)
    return f"""Pictures of surveillance cameras, as the cameras sent them: no byte was changed.

Cameras:   {", ".join(planned.cameras)}
Span:      {planned.span}, by the cameras' own clocks
Pictures:  {count}
Missing:   {missing} (contents.csv gives the reason of each)
Exported:  {now:%Y-%m-%d %H:%M:%S} UTC by {user}

SHA256SUMS   the SHA-256 sum of each file. To check:  sha256sum --check SHA256SUMS
             (Windows: certutil -hashfile FILE SHA256)
contents.csv one line for each picture: file, sum, camera, time, where that time comes from, event
""".encode()
