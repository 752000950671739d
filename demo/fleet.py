"""A fleet of fake cameras, and what it left in a bucket that nobody has put in order yet."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.frames import FRAMES, Frames
from demo.vendors import CAMERAS, hikvision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = "CAM-EXT-001"  # the camera with more loose pictures than one listing holds
LOOSE_IN_FIRST = 1200
LOOSE_ELSEWHERE = 80  # in each of the other cameras
LATE = 20  # of those in the first camera, of days sorted long ago
TWINS = 5  # of those in the first camera, sorted before: as many with the same bytes as with others
SORTED = ("CAM-EXT-001", "CAM-ROAD-004", "CAM-YARD-003", "CAM-DOOR-006", "CAM-PARK-010")
AGES = (2, 9, 20, 33, 41, 55, 78, 95, 119)  # days ago
A_DAY = 14  # sorted pictures on each of those days
ARRIVED = dt.timedelta(minutes=20)  # ago: all that is loose came when the line was up again
SIZES = ("tiny",) * 2 + ("small",) * 43 + ("medium",) * 45 + ("large",) * 10


@dataclass(frozen=True)
class Picture:
    """One object as a camera sent it; the path is what follows the camera's folder."""

    camera: str
    path: str
    body: bytes
    arrived_at: dt.datetime

    @property
    def key(self) -> str:
        return f"{self.camera}/{self.path}" if self.camera else self.path


class Fleet:
    """Deterministic: the same now, frames and seed give the same pictures."""

    def __init__(self, now: dt.datetime, frames: Path = FRAMES, seed: int = 1) -> None:
        self._now = now
        self._frames = Frames(frames)
        self._random = random.Random(seed)
        self._number = 0

    def pictures(self) -> Iterator[Picture]:
        """All of them, in the order in which they arrived."""
        twins: list[Picture] = []
        for age in sorted(AGES, reverse=True):
            for picture in self._sorted_day(age):
                if picture.camera == FIRST and len(twins) < 2 * TWINS:
                    twins.append(picture)
                yield picture
        yield from self._reset_clock()
        arrived = self._now - ARRIVED
        for number, twin in enumerate(twins):
            name = twin.path.partition("/")[2]
            body = twin.body if number % 2 else self._body(arrived, name)
            yield Picture(FIRST, name, body, arrived)
        yield from self._loose(arrived)
        yield Picture(FIRST, hikvision(arrived, 0), b"", arrived)  # an upload that has only begun
        yield Picture("CAM-GATE-002", "readme.txt", b"Taken down for painting until Monday.\n", arrived)
        yield Picture("", "test.io", b"ok\n", arrived)  # what the watchdog of the old toolkit leaves in the root

    def _sorted_day(self, age: int) -> Iterator[Picture]:
        midnight = (self._now - dt.timedelta(days=age)).replace(hour=0, minute=0, second=0, microsecond=0)
        for camera in SORTED:
            for number in range(A_DAY):
                at = midnight + dt.timedelta(hours=1 + 1.5 * number) + self._jitter()
                name = CAMERAS[camera](at, number)
                yield self._picture(camera, f"{at:%Y-%m-%d}/{name}", at, midnight + dt.timedelta(hours=23))

    def _reset_clock(self) -> Iterator[Picture]:
        """A camera whose battery died: it believes to be at the beginning of time."""
        for number in range(15):
            at = dt.datetime(1970, 1, 1, 0, 0, 12, tzinfo=self._now.tzinfo) + number * dt.timedelta(minutes=7)
            yield self._picture("CAM-LOFT-011", hikvision(at, number), at, self._now - dt.timedelta(days=1))

    def _loose(self, arrived: dt.datetime) -> Iterator[Picture]:
        for camera, name in CAMERAS.items():
            late = LATE if camera == FIRST else 0
            recent = (LOOSE_IN_FIRST - 2 * TWINS - 1 if camera == FIRST else LOOSE_ELSEWHERE) - late
            for number in range(recent):
                at = arrived - (number + 1) * dt.timedelta(days=10) / recent + self._jitter()
                yield self._picture(camera, name(at, number), at, arrived)
            for number in range(late):
                at = self._now - dt.timedelta(days=AGES[number % len(AGES)], minutes=number) + self._jitter()
                yield self._picture(camera, name(at, number), at, arrived)

    def _jitter(self) -> dt.timedelta:
        return dt.timedelta(milliseconds=self._random.randrange(50_000))

    def _picture(self, camera: str, path: str, at: dt.datetime, arrived: dt.datetime) -> Picture:
        return Picture(camera, path, self._body(at, f"{camera}/{path}"), arrived)

    def _body(self, at: dt.datetime, label: str) -> bytes:
        self._number += 1
        size = "huge" if self._number % 600 == 0 else self._random.choice(SIZES)
        return self._frames.take(self._number, size, at, f"{label} {self._number}")


def pictures(now: dt.datetime, frames: Path = FRAMES, seed: int = 1) -> Iterator[Picture]:
    """What the fleet sent, up to now; the zone of now is the cameras' zone."""
    return Fleet(now, frames, seed).pictures()
