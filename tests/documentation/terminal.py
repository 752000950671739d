"""A terminal at which somebody types a command and answers what it asks."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

TALL = struct.pack("HHHH", 10_000, 200, 0, 0)  # rows and columns: no pager has to wait for somebody who reads


Answers = Mapping[str, str | Callable[[], str]]
"""What to type, by what is asked: a pattern of the last line's end. A function does something first."""


class UnansweredError(Exception):
    """A command waited for something for too long; the text is all that it said."""


def converse(
    command: list[str], answers: Answers, *, cwd: Path, env: Mapping[str, str], seconds: float = 500
) -> tuple[int, str]:
    """Run a command, and type the answer to what it asks whenever it does; return its status and all that was seen."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, TALL)
    try:
        # setsid --ctty: what asks for a password opens /dev/tty, whatever its input is.
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command], stdin=its, stdout=its, stderr=its, cwd=cwd, env=env
        )
        os.close(its)
        return _attend(process, ours, answers, time.monotonic() + seconds)
    finally:
        os.close(ours)


def _attend(process: subprocess.Popen[bytes], ours: int, answers: Answers, deadline: float) -> tuple[int, str]:
    said, fresh = b"", 0
    while True:
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise UnansweredError(_text(said))
        if select.select([ours], [], [], 1)[0]:
            try:
                heard = os.read(ours, 65536)
            except OSError:  # nobody holds the other end any more
                heard = b""
            if not heard:
                return process.wait(), _text(said)
            said += heard
        elif process.poll() is not None:
            return process.returncode, _text(said)  # something that it started in the background holds the terminal
        asked = _text(said[fresh:][-500:]).rpartition("\n")[2]
        for question, answer in answers.items():
            if re.search(question, asked):
                fresh = len(said)
                os.write(ours, f"{answer if isinstance(answer, str) else answer()}\n".encode())
                break


def _text(said: bytes) -> str:
    return said.decode(errors="replace").replace("\r\n", "\n")
