"""What goes wrong. Each fault is begun, lasts, and is ended; nobody lends a hand meanwhile or afterwards."""

from __future__ import annotations

import itertools
import random
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tests.chaos.network import Line, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.chaos.deployed import Deployed
    from tests.chaos.relay import Relay
    from tests.emulator.client import Emulator


@dataclass
class Scene:
    """All that a fault may lay hands on."""

    relay: Relay | Deployed
    emulator: Emulator
    line: Line
    clock: Path | None  # libfaketime's file, where a fault needs it
    rules: list[dict[str, Any]] = field(default_factory=list)
    may_refuse: bool = False  # as the mount does while the uplink is down


def _line(mode: Mode) -> Callable[[Scene], AbstractContextManager[None]]:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        scene.line.set(mode)
        yield
        scene.line.set(Mode.OPEN)

    return fault


def _s3(**rule: Any) -> Callable[[Scene], AbstractContextManager[None]]:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        scene.rules.append(rule)
        scene.emulator.faults(*scene.rules)
        yield
        scene.rules.remove(rule)
        scene.emulator.faults(*scene.rules)

    return fault


@contextmanager
def _no_name(scene: Scene) -> Iterator[None]:
    scene.line.resolve(False)
    scene.line.cut()  # connections kept alive need no name
    yield
    scene.line.resolve(True)


def _clock(days: int) -> Callable[[Scene], AbstractContextManager[None]]:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        assert scene.clock, "the scene was made without a clock of its own"
        scene.clock.write_text(f"{days:+d}d\n")
        yield
        scene.clock.write_text("+0\n")

    return fault


def _again_and_again(act: Callable[[Scene], None]) -> Callable[[Scene], AbstractContextManager[None]]:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        over = threading.Event()

        def repeat() -> None:
            dice = random.Random(1)
            while not over.wait(dice.uniform(0.5, 3)):
                act(scene)

        thread = threading.Thread(target=repeat)
        thread.start()
        yield
        over.set()
        thread.join()

    return fault


@contextmanager
def _freeze(scene: Scene) -> Iterator[None]:
    """The forwarder gets no processor at all."""
    scene.relay.freeze_forwarder(frozen=True)
    yield
    scene.relay.freeze_forwarder(frozen=False)


def _mount(act: Callable[[Deployed], None]) -> Callable[[Scene], AbstractContextManager[None]]:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        act(cast("Deployed", scene.relay))
        yield

    return fault


@contextmanager
def _none(scene: Scene) -> Iterator[None]:
    yield


FAULTS: dict[str, Callable[[Scene], AbstractContextManager[None]]] = {
    "none": _none,
    "S3 refuses connections": _line(Mode.REFUSE),
    "packets dropped": _line(Mode.DROP),
    "hangs after accept": _line(Mode.HANG),
    "reset mid-upload": _line(Mode.RESET),
    "stored, reply lost": _line(Mode.MUTE),
    "slow line": _line(Mode.SLOW),
    "500": _s3(kind="error", status=500, code="InternalError"),
    "503 SlowDown": _s3(kind="error", status=503, code="SlowDown"),
    "30 % SlowDown": _s3(kind="error", status=503, code="SlowDown", probability=0.3),
    "403": _s3(kind="error", status=403, code="AccessDenied"),
    "DNS gone": _no_name,
    "clock a day ahead": _clock(1),
    "clock a day back": _clock(-1),
    "forwarder killed": _again_and_again(lambda scene: scene.relay.kill_forwarder()),
    "forwarder frozen": _freeze,
    "vsftpd restarted": _again_and_again(lambda scene: scene.relay.restart_ftp()),
    "s3fs killed": _mount(lambda relay: relay.kill_s3fs("KILL")),
    "s3fs hung": _mount(lambda relay: relay.kill_s3fs("STOP")),
    "mount gone": _mount(lambda relay: relay.unmount()),
}


def faults_of(way: str, *, deployed: bool = True) -> list[str]:
    """Return the faults that there can be: of a mount where there is one, of the clock where it can be faked."""
    return [
        name
        for name in FAULTS
        if (way == "mount" or not name.startswith(("s3fs", "mount")))
        and (way == "spool" or not name.startswith("forwarder"))
        and (not deployed or "clock" not in name)
    ]


REFUSES = ("vsftpd restarted",)
"""During these a camera gets no answer, and knows it."""
_SILENT = {"S3 refuses connections", "packets dropped", "hangs after accept", "DNS gone"}
_SPOILT = {"reset mid-upload", "stored, reply lost", "slow line"}
_ERRORS = {"500", "503 SlowDown", "30 % SlowDown", "403"}
_ONE_AT_A_TIME = (
    _SILENT | _SPOILT,  # a line has one mode, and none that nobody gets through to
    _SILENT | _ERRORS,  # S3 answers nothing to what it never hears
    {"clock a day ahead", "clock a day back"},
    {"forwarder killed", "forwarder frozen"},
    {"s3fs killed", "s3fs hung", "mount gone"},
)


def pairs(names: list[str]) -> list[list[str]]:
    """Every two of the faults that can be there together."""
    return [
        list(pair)
        for pair in itertools.combinations(names, 2)
        if not any(set(pair) <= rivals for rivals in _ONE_AT_A_TIME)
    ]


def strike(scene: Scene, names: list[str], seconds: float) -> None:
    """Let the faults of these names happen together for so long."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(FAULTS[name](scene))
        time.sleep(seconds)
