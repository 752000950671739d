"""An export's zip with its manifest, streamed: what was planned and cannot be had is named instead of missing.

At no time are more than some pictures in memory; a large file goes through in pieces.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cctv.errors import CctvError
from cctv.parallel import ordered_map

from viewer import pictures
from viewer.evidence import Plan
from viewer.gallery import Gallery
from viewer.precision import Precision
from viewer.shots import Shot
from viewer.taking import Taken, Taker
from viewer.wording import visible
from viewer.zip_stream import ZipStream, safe_path

log = logging.getLogger("viewer")
_READERS = 6
_FORMULA = frozenset("=+-@\t\r")
EXPORTS_AT_ONCE = 2
_AHEAD = 32 * 1024 * 1024 // EXPORTS_AT_ONCE
"""Bytes that one export reads ahead of its client."""
_FAILURES = 20
"""So many in a row and S3 is not there: the zip is cut, and the browser says that the download failed."""


def write(gallery: Gallery, planned: Plan, *, user: str) -> Iterator[bytes]:
    """Yield the zip: the pictures, then SHA256SUMS, contents.csv and README.txt."""
    archive, manifest, taker = ZipStream(), _Manifest(gallery), Taker(gallery)
    failed_in_a_row = 0
    taken_ahead = ordered_map(
        taker.take, planned.shots, threads=_READERS, budget=_AHEAD, weight=lambda shot: pictures.held(shot) + 1
    )
    for taken in taken_ahead:
        failed_in_a_row = failed_in_a_row + 1 if taken.is_failure else 0
        if failed_in_a_row >= _FAILURES:
            raise CctvError("The export was cut: S3 does not answer.")
        if taken.remark:
            manifest.add(taken)
        else:
            yield from _put(archive, manifest, taker, taken)
    for shot in planned.cold:
        manifest.add(Taken(shot, remark=pictures.COLD), digest=shot.part.sha256 if shot.part else "")
    contents = manifest.rows.getvalue().encode()
    manifest.sums.append(f"{hashlib.sha256(contents).hexdigest()}  contents.csv\n")
    now = datetime.now(UTC)
    yield from archive.add("contents.csv", [contents], now)
    yield from archive.add("SHA256SUMS", ["".join(manifest.sums).encode()], now)
    yield from archive.add("README.txt", [_readme(planned, manifest, user, now)], now)
    yield from archive.end()


def _put(archive: ZipStream, manifest: _Manifest, taker: Taker, taken: Taken) -> Iterator[bytes]:
    shot, sha256, done = taken.shot, hashlib.sha256(), 0
    path = archive.free_path(safe_path(shot.camera, shot.day.isoformat(), shot.name), shot.etag)

    def pieces() -> Iterator[bytes | memoryview]:
        nonlocal taken, done
        for piece in [taken.body] if taken.body is not None else taker.pieces(taken):
            sha256.update(piece)
            done += len(piece)
            yield piece

    try:
        yield from archive.add(path, pieces(), shot.captured_at)
    except CctvError as error:
        log.warning("cut short in an export: %s", error)
        yield from archive.close_file()
        taken = replace(taken, remark=f"only its first {done} bytes could be read")
    digest = sha256.hexdigest()
    if not taken.remark and shot.part and digest != shot.part.sha256:
        taken = replace(taken, remark=pictures.DAMAGED)
    manifest.add(taken, path, digest)


@dataclass(slots=True)
class _Manifest:
    """The lines of contents.csv and SHA256SUMS, and how many pictures are whole and how many are not."""

    gallery: Gallery
    rows: io.StringIO
    sums: list[str]
    whole: int
    missing: int
    inexact: int

    def __init__(self, gallery: Gallery) -> None:
        self.gallery, self.rows, self.sums = gallery, io.StringIO(), []
        self.whole = self.missing = self.inexact = 0
        self._write(["file", "sha256", "bytes", "camera", "captured_at", "time_source", "event", "key", "remark"])

    def add(self, taken: Taken, path: str = "", digest: str = "") -> None:
        shot: Shot = taken.shot
        at, key = shot.captured_at.isoformat(), pictures.key_of(self.gallery, shot)
        remark = "; ".join(filter(None, (taken.remark, *_doubts(shot))))
        self._write([path, digest, shot.size, shot.camera, at, shot.time_source, shot.event, key, remark])
        if path:
            self.sums.append(f"{digest}  {path}\n")
        self.missing += bool(taken.remark)
        self.whole += not taken.remark
        self.inexact += shot.precision is not Precision.EXACT

    def _write(self, row: list[str | int]) -> None:
        # A table program takes a cell that begins so for a formula.
        csv.writer(self.rows).writerow([f"'{cell}" if str(cell)[:1] in _FORMULA else cell for cell in row])


def _doubts(shot: Shot) -> Iterator[str]:
    if shot.precision:
        yield f"only the {shot.precision.value} of its time is known"
    if shot.is_ambiguous:
        yield "the clocks went back: it may be an hour later"


def _readme(planned: Plan, manifest: _Manifest, user: str, now: datetime) -> bytes:
    gaps = "".join(f"Not known: {visible(gap)}\n" for gap in planned.gaps)
    about = "only their day or hour is known: some may be of another time; contents.csv says which"
    inexact = f"Inexact:   {manifest.inexact} ({about})\n" if manifest.inexact else ""
    is_complete = not manifest.missing and not gaps
    return f"""Pictures of surveillance cameras, as the cameras sent them: no byte was changed.

Cameras:   {visible(", ".join(planned.cameras))}
Span:      {planned.span}, by the cameras' own clocks
Pictures:  {manifest.whole}
Missing:   {manifest.missing} (contents.csv gives the reason of each)
Complete:  {"yes, all that the bucket held" if is_complete else "no"}
{gaps}{inexact}Exported:  {now:%Y-%m-%d %H:%M:%S} UTC by {visible(user)}

SHA256SUMS   the SHA-256 sum of each file. To check:  sha256sum --check SHA256SUMS
             (Windows: certutil -hashfile FILE SHA256)
contents.csv one line for each picture: file, sum, camera, time, where that time comes from, event, remark
             (time from "arrival": when it came, or was sorted into its day; it was captured before)
""".encode()
