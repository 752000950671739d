"""A time limit on work that may hang: whatever touches a network mount runs in a child process."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what the work returns (anything that JSON can hold), or raise its OSError, or TimeoutError."""
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(sender, work)
    os.close(sender)
    try:
        ready, _, _ = select.select([receiver], [], [], seconds)
        if not ready:
            raise TimeoutError(f"no answer within {seconds:g} s")
        with os.fdopen(receiver, "rb", closefd=False) as pipe:
            reply = json.loads(pipe.read() or b'{"errno": 5, "text": "the child process ended without an answer"}')
    finally:
        os.close(receiver)
        _end(child)
    if "errno" in reply:
        raise OSError(reply["errno"], reply["text"])
    return reply["value"]


def _answer(sender: int, work: Callable[[], Any]) -> None:
    """In the child: do the work, send the answer, and leave without the parent's clean-up."""
    try:
        try:
            reply = {"value": work()}
        except OSError as error:
            reply = {"errno": error.errno or 5, "text": error.strerror or str(error)}
        os.write(sender, json.dumps(reply).encode())
    finally:
        os._exit(0)


def _end(child: int) -> None:
    """Kill the child; one that the kernel will not let go is left behind rather than waited for."""
    os.kill(child, signal.SIGKILL)
    for _ in range(20):
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        time.sleep(0.05)
