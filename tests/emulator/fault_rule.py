"""When a fault happens: which requests, the how-manieth of them, how often."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.operation import Operation


@dataclass
class FaultRule:
    """One rule. It sees every request that matches, and fires for some of them."""

    kind: str
    operation: str = "*"  # glob
    bucket: str = "*"  # glob
    key: str = "*"  # glob
    nth: int = 1  # the first matching request that is hit
    count: int | None = None  # how many are hit; None: all that follow
    probability: float = 1.0
    seed: int = 0
    status: int = 500  # of kind error
    code: str = "InternalError"  # of the kinds error and error_in_200
    seconds: float = 0.0  # of the kinds hang and latency
    bytes_per_second: int = 0  # of kind slow
    _seen: int = field(default=0, init=False)
    _fired: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def fires(self, asked: Operation) -> bool:
        """Count this request, and say whether the fault happens to it."""
        if not (
            fnmatchcase(asked.name, self.operation)
            and fnmatchcase(asked.bucket, self.bucket)
            and fnmatchcase(asked.key, self.key)
        ):
            return False
        self._seen += 1
        if self._seen < self.nth or (self.count is not None and self._fired >= self.count):
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self._fired += 1
        return True
