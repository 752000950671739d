"""How long pictures take from camera to cloud, by camera. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LAST = 1000
"""Pictures of a camera that its figures are taken from."""


@dataclass(slots=True)
class Latency:
    """One camera's last pictures."""

    last_arrived: float = 0.0  # seconds since 1970
    sent: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=LAST))

    def quantile(self, share: float) -> float | None:
        """Return the smallest time that at least ``share`` of the pictures kept within; None without pictures."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


@dataclass(slots=True)
class Latencies:
    """All cameras."""

    cameras: dict[str, Latency] = field(default_factory=dict)

    def note(self, camera: str, arrived: float, seconds: float) -> None:
        """Note one picture that S3 confirmed ``seconds`` after it had arrived."""
        latency = self.cameras.setdefault(camera, Latency())
        latency.last_arrived = max(latency.last_arrived, arrived)
        latency.sent += 1
        latency.seconds.append(max(0.0, seconds))
