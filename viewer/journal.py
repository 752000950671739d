"""The log: one line for each record, whatever name is in it."""

from __future__ import annotations

import logging

from viewer.wording import visible


class OneLine(logging.Formatter):
    """Writes a line break within a message as its code point: no name can pass for a line of its own."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line, without the traceback that may follow it."""
        return visible(super().formatMessage(record))


def install() -> None:
    """Log to standard error, where systemd takes it."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
