"""The running forwarder: watch, intake and courier in a thread each, and a pulse that tells how they are."""

from __future__ import annotations

import heapq
import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from forwarder import durability
from forwarder.courier import Courier
from forwarder.delivery import Delivery
from forwarder.describing import Describer
from forwarder.inspection import Inspector
from forwarder.intake import Intake
from forwarder.latency import Latencies, Latency
from forwarder.priority import Tally, Waiting
from forwarder.settings import Settings
from forwarder.space import Gate, Room
from forwarder.spool import Spool
from forwarder.state import Camera, State
from forwarder.systemd import notify
from forwarder.uplink import Uplink
from forwarder.upload_log import UploadLog
from forwarder.watch import Watch

log = logging.getLogger(__name__)

PULSE = 2.0
STUCK = 120.0
"""Seconds that a thread may go without a turn before the watchdog is no longer fed."""
STEP = 1.0
SWITCH = 0.0005
"""Seconds after which a thread at work lets another one in: the watch must be quicker than a camera that renames."""
THINNED_AT_ONCE = 10_000


@dataclass(slots=True)
class Service:
    """Made of settings; ``run`` returns when it is told to stop."""

    settings: Settings
    started: float = field(default_factory=time.time)
    thinned: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _turns: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Work until SIGTERM; CctvError when the spool cannot be used or a setting is wrong."""
        settings, root = self.settings, Path(self.settings.spool)
        describe = Describer(settings)
        describe("CAMERA/probe", 0.0)  # an unknown time zone is told now, not at the first picture
        spool = Spool(root)
        spool.open()
        watch = Watch(root, spool.hold.keep)
        courier = Courier(
            spool=spool,
            delivery=Delivery(settings.store),
            uplink=Uplink(settings.connections, random.random),
            latencies=Latencies(),
            describe=describe,
        )
        inspector = Inspector(
            spool=spool,
            uploads=UploadLog(Path(settings.upload_log)),
            describe=describe,
            deliver=courier.add,
            temporary=settings.temporary_names,
        )
        intake = Intake(inspector=inspector, watch=watch)
        intake.recall()
        gate = Gate(root, settings.free_floor_mb * 1_000_000)
        unsafe = durability.check(root)
        if unsafe:
            log.error("A power cut may take acknowledged pictures: %s", unsafe)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._stop.set())
        sys.setswitchinterval(SWITCH)
        threads = [
            threading.Thread(target=self._loop, args=("watch", watch.listen)),
            threading.Thread(target=self._loop, args=("intake", partial(self._take_in, intake, courier))),
            threading.Thread(target=self._loop, args=("courier", courier.step)),
        ]
        for thread in threads:
            thread.start()
        notify("READY=1")
        log.info("forwarding %s to bucket %s", root, settings.bucket)
        while not self._stop.wait(PULSE):
            self._pulse(courier, intake, gate, unsafe)
        notify("STOPPING=1")
        for thread in threads:
            thread.join()
        courier.close()

    def _loop(self, name: str, step: Callable[[float], None]) -> None:
        while not self._stop.is_set():
            self._turns[name] = time.monotonic()
            try:
                step(STEP)
            except Exception:
                log.exception("%s failed, and goes on", name)
                self._stop.wait(STEP)

    def _take_in(self, intake: Intake, courier: Courier, seconds: float) -> None:
        if not intake.recalling and courier.overflowed():
            intake.recall()
        intake.step(seconds)

    def _pulse(self, courier: Courier, intake: Intake, gate: Gate, unsafe: str) -> None:
        now = time.monotonic()
        before = gate.room
        try:
            room = gate.check()
            if room is not before:
                log.warning("disk %s: %.2f GB free%s", room, gate.free() / 1e9, _CONSEQUENCE[room])
            if room is Room.FULL and self.settings.thin_oldest:
                self._thin(courier)
            state = self._state(courier, intake, gate, unsafe, now)
            state.write(Path(self.settings.state_file))
            notify(f"STATUS=uplink {state.uplink}, {state.waiting} waiting, {state.sent} sent")
        except OSError as error:
            log.warning("the state cannot be told: %s", error)
        if all(now - turn < STUCK for turn in self._turns.values()):
            notify("WATCHDOG=1")

    def _thin(self, courier: Courier) -> None:
        """Drop the oldest twentieth of all that waits on disk: the owner's choice, and he is told."""
        waiting = len(courier.waiting()) + sum(tally.pictures for tally in courier.beyond().values())
        share = min(THINNED_AT_ONCE, max(1, waiting // 20))
        oldest = heapq.nsmallest(share, courier.spool.waiting(), key=lambda picture: picture.arrived)
        if dropped := courier.drop(oldest):
            self.thinned += dropped
            log.warning("disk full: the %d oldest waiting pictures were dropped (thin_oldest)", dropped)

    def _state(self, courier: Courier, intake: Intake, gate: Gate, unsafe: str, now: float) -> State:
        waiting, beyond, clock = courier.waiting(), courier.beyond(), time.time()
        return State(
            written=clock,
            started=self.started,
            uplink=courier.uplink.condition,
            uplink_reason=courier.uplink.reason,
            uplink_since=clock - (now - courier.uplink.since) if courier.uplink.since else self.started,
            waiting=len(waiting) + sum(tally.pictures for tally in beyond.values()),
            waiting_bytes=sum(picture.size for picture in waiting) + sum(tally.bytes for tally in beyond.values()),
            counting=intake.recalling,
            sent=courier.sent,
            failed_attempts=courier.failed,
            set_aside=intake.set_aside,
            thinned=self.thinned,
            unsettled=intake.unsettled,
            room=gate.room,
            free_bytes=gate.free(),
            durable=unsafe,
            upload_log=intake.inspector.uploads.usable,
            unreadable=len(intake.inspector.spool.unreadable),
            watched=intake.watch.complete,
            cameras=_cameras(waiting, beyond, courier.latencies.cameras.copy()),
        )


_CONSEQUENCE = {
    Room.ENOUGH: "",
    Room.LOW: "; soon cameras will be refused",
    Room.FULL: "; cameras are refused until pictures have gone",
}


def _cameras(waiting: list[Waiting], beyond: dict[str, Tally], latencies: dict[str, Latency]) -> dict[str, Camera]:
    queues: dict[str, list[float]] = {}
    for picture in waiting:
        queues.setdefault(picture.camera, []).append(picture.arrived)
    cameras = {}
    for name in queues.keys() | beyond.keys() | latencies.keys():
        latency, queue, more = latencies.get(name, Latency()), queues.get(name, []), beyond.get(name, Tally())
        oldest = min([more.oldest, *queue])
        shown = os.fsencode(name).decode(errors="backslashreplace")
        cameras[shown] = Camera(
            waiting=len(queue) + more.pictures,
            oldest_waiting=oldest if oldest < float("inf") else None,
            last_picture=max([latency.last_arrived, *queue]) or None,
            sent=latency.sent,
            median_seconds=latency.quantile(0.5),
            p99_seconds=latency.quantile(0.99),
        )
    return cameras
