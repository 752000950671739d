"""One run: cameras send, a fault strikes, passes, the backlog drains, the books are balanced."""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.chaos.cameras import Fleet
from tests.chaos.faults import REFUSES, Scene, strike
from tests.chaos.ledger import balance, contents
from tests.chaos.network import Line
from tests.chaos.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.ledger import Balance
    from tests.emulator.client import Emulator

FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
MARGIN = 2.0
"""Seconds of peace before the fault, and after it while cameras go on."""


@dataclass(frozen=True)
class Outcome:
    fault: str
    seconds: float
    balance: Balance
    backlog: int  # pictures in the spool when the fault was over
    drained_in: float
    requests: dict[str, int]
    set_aside: int
    emptied: bool
    promises: bool = True  # that no camera is refused

    @property
    def holds(self) -> bool:
        return self.balance.holds and self.emptied and (self.balance.refuses_nothing or not self.promises)


@contextmanager
def scene(
    emulator: Emulator,
    *,
    spool: Path | None = None,
    bucket: str = "",
    fake_clock: bool = False,
    synchronous: bool = True,
    **settings: object,
) -> Iterator[Scene]:
    """A relay, its line to a fresh bucket, and its clock; ``spool`` is a mounted file system, if not a plain folder."""
    folder = Path(tempfile.mkdtemp(prefix="cctv-chaos-"))
    emulator.clear_faults()
    if not bucket:
        bucket = f"chaos-{uuid.uuid4().hex[:12]}"
        emulator.boto3_client().create_bucket(Bucket=bucket)
        emulator.reset()
    address = urlsplit(emulator.url)
    assert address.hostname
    assert address.port
    line = Line((address.hostname, address.port), folder / "hosts")
    line.start()
    environment = emulator.environment | {"AWS_ENDPOINT_URL": line.url}
    clock = folder / "clock" if fake_clock else None
    if clock:
        assert FAKETIME, "the faults of the clock need libfaketime: make programs"
        clock.write_text("+0\n")
        environment |= {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
    relay = Relay(folder, bucket, environment, {"patience": 5, **settings}, hosts=line.hosts, mounted=spool)
    relay.synchronous = synchronous
    try:
        with relay:
            yield Scene(relay, emulator, line, clock)
    finally:
        line.stop()
        emulator.clear_faults()
        shutil.rmtree(folder, ignore_errors=True)


def run(emulator: Emulator, faults: list[str], seconds: float, *, rate: float = 12.0, **settings: object) -> Outcome:
    """Strike a relay of this machine with ``faults`` for ``seconds``."""
    with scene(emulator, fake_clock=any("clock" in fault for fault in faults), **settings) as stage:
        return course(stage, faults, seconds, rate=rate)


def course(stage: Scene, faults: list[str], seconds: float, *, rate: float = 12.0) -> Outcome:
    """Strike with ``faults`` for ``seconds`` while twelve cameras send ``rate`` pictures a second."""
    relay, emulator = stage.relay, stage.emulator
    with Fleet(relay.port, rate, login=relay.login) as fleet:
        time.sleep(MARGIN)
        strike(stage, faults, seconds)
        backlog = len(relay.left())
        began = time.monotonic()
        time.sleep(MARGIN)
    emptied = relay.wait_until_empty(120 + seconds)
    drained_in = time.monotonic() - began
    requests = emulator.requests()
    held = contents(emulator.boto3_client(), relay.bucket)
    return Outcome(
        fault=" + ".join(faults),
        seconds=seconds,
        balance=balance(fleet.offers, held),
        backlog=backlog,
        drained_in=drained_in,
        requests=requests,
        set_aside=len(relay.set_aside()),
        emptied=emptied,
        promises=not set(faults) & set(REFUSES) and not stage.may_refuse,
    )
