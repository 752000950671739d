"""hk-aws-tool. Ready for Ctrl-C before anything of weight is loaded, so it is run as a file: no package comes first."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

INTERRUPTED = 130


class Interruption:
    """What Ctrl-C does: leave at once. Whatever is half done is finished by the next run, as after a power cut.

    ``stop`` takes a display away, and ``comfort`` says how things are then.
    """

    def __init__(self) -> None:
        self.stop: Callable[[], None] = lambda: None
        self.comfort = "nothing is lost"
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._leave)

    def _leave(self, _number: int, _frame: FrameType | None) -> None:
        with suppress(Exception):
            self.stop()
        os.write(2, f"\nInterrupted; {self.comfort}. Run it again to go on.\n".encode())
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    interruption = Interruption()
    sys.exit(importlib.import_module("tool.program").main(interruption))
