"""How many days one run may change, and how many it looks at for that. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

CameraDay = tuple[str, date]
TRIES = 10
"""Days looked at for each that may change: such as nothing can be done about must not keep the others waiting."""


@dataclass(slots=True)
class Quota:
    """Hands out ``days`` in their order until ``limit`` of them changed, of all or of each camera's.

    ``left`` are those that were not handed out.
    """

    left: Sequence[CameraDay]
    limit: int
    per_camera: bool = False
    _tried: Counter[str] = field(default_factory=Counter)
    _changed: Counter[str] = field(default_factory=Counter)

    def take(self) -> list[CameraDay]:
        """Return as many days as may still change, if all of them do."""
        now, left, taken = list[CameraDay](), list[CameraDay](), Counter[str]()
        for camera, day in self.left:
            counted = self._counted(camera)
            room = min(self.limit - self._changed[counted], TRIES * self.limit - self._tried[counted])
            (now if taken[counted] < room else left).append((camera, day))
            taken[counted] += 1
        self.left = left
        self._tried.update(self._counted(camera) for camera, _ in now)
        return now

    def spend(self, camera: str) -> None:
        """Note that a day of ``camera`` changed."""
        self._changed[self._counted(camera)] += 1

    def _counted(self, camera: str) -> str:
        return camera if self.per_camera else ""
