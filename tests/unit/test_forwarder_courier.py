"""What becomes of pictures that cannot be delivered, on a real disk, with an S3 that answers at once."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cctv.errors import StoreError

from forwarder import courier as courier_module
from forwarder import priority
from forwarder.courier import STUMBLES, Courier
from forwarder.delivery import Delivery
from forwarder.inspection import Inspector
from forwarder.intake import Intake
from forwarder.latency import Latencies
from forwarder.priority import Tally, Waiting
from forwarder.service import Service
from forwarder.settings import Settings
from forwarder.space import Gate
from forwarder.spool import Spool
from forwarder.uplink import Condition, Uplink
from forwarder.upload_log import UploadLog
from forwarder.watch import Watch
from tests.unit.test_forwarder_intake import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cctv.store import Store

    from forwarder.naming import Destination
    from forwarder.state import State


@dataclass
class Fake(Delivery):
    """Delivers whatever ``fails`` does not name, and writes down what it was asked for."""

    fails: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def deliver(self, path: str, goal: Destination) -> str:
        name = Path(path).name
        self.asked.append(name)
        if name in self.fails:
            raise self.fails[name]
        return goal.key


@dataclass
class Bench:
    courier: Courier
    spool: Spool
    delivery: Fake
    intake: Intake

    def put(self, name: str, arrived: float = 1.0) -> Path:
        path = self.queue / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
        self.courier.add(Waiting(str(path), f"CAM/{name}", 7, arrived, 0.0))
        return path

    @property
    def queue(self) -> Path:
        return self.spool.root / ".queue" / "0" / "CAM"

    def work(self, done: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, "it never came to that"
            self.courier.step(0.05)

    def aside(self) -> dict[str, str]:
        """The reason for each file that was set aside."""
        found = self.spool.root.glob(".rejected/*/*")
        return {path.name: path.parent.with_suffix(".txt").read_text().splitlines()[1] for path in found}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(courier_module, "LONGEST_PAUSE", 0.01)
    spool, delivery = Spool(tmp_path), Fake()
    spool.open()
    courier = Courier(
        spool=spool, delivery=delivery, uplink=Uplink(2, lambda: 0.5), latencies=Latencies(), describe=describe
    )
    inspector = Inspector(
        spool=spool,
        uploads=UploadLog(tmp_path / "none"),
        describe=describe,
        deliver=courier.add,
        temporary=(),
    )
    intake = Intake(inspector=inspector, watch=Watch(tmp_path, spool.hold.keep))
    yield Bench(courier, spool, delivery, intake)
    courier.close()


def test_a_file_that_cannot_be_read_is_set_aside_and_says_nothing_of_the_uplink(bench: Bench) -> None:
    bench.delivery.fails["bad.jpg"] = PermissionError(13, "Permission denied")
    bench.put("bad.jpg")
    bench.work(lambda: bool(bench.aside()))
    assert bench.aside() == {"bad.jpg": "PermissionError: [Errno 13] Permission denied"}
    assert bench.courier.uplink.condition is Condition.UP
    assert len(bench.delivery.asked) == STUMBLES
    assert bench.courier.waiting() == []


def test_a_file_that_cannot_be_read_does_not_take_the_probe_of_others_for_ever(bench: Bench) -> None:
    bench.delivery.fails["bad.jpg"] = OSError(5, "Input/output error")
    bench.delivery.fails["good.jpg"] = StoreError("refused", code="Refused")
    bench.put("bad.jpg", arrived=2.0)
    bench.put("good.jpg")
    bench.work(lambda: bench.courier.uplink.condition is Condition.DOWN)
    del bench.delivery.fails["good.jpg"]
    bench.work(lambda: bench.courier.sent == 1)
    assert bench.courier.uplink.condition is Condition.UP


def test_what_memory_let_go_is_recalled_though_others_wait_for_another_try(bench: Bench) -> None:
    bench.delivery.fails["bad.jpg"] = OSError(5, "Input/output error")
    bench.courier.backlog.beyond["CAM"] = Tally(1, 7, 0.0)
    bench.put("bad.jpg")
    bench.work(lambda: len(bench.delivery.asked) == 1)
    assert bench.courier.overflowed()
    assert not bench.courier.overflowed()


def test_a_profile_that_cannot_be_read_is_no_fault_of_the_pictures(tmp_path: Path) -> None:
    def connect() -> Store:
        raise PermissionError(13, "Permission denied", "/etc/hkawstoolkit/forwarder.credentials")

    with pytest.raises(StoreError, match="Permission denied"):
        Delivery(connect).deliver(str(tmp_path), describe("CAM/a.jpg", 0.0))


HOPELESS = StoreError("the key is too long", code="KeyTooLongError")


def test_a_file_is_set_aside_though_somebody_tidied_the_folder_away(bench: Bench) -> None:
    shutil.rmtree(bench.spool.root / ".rejected")
    bench.delivery.fails["bad.jpg"] = HOPELESS
    bench.put("bad.jpg")
    bench.work(lambda: bool(bench.aside()))


def test_what_cannot_be_set_aside_waits_and_keeps_no_connection(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    bad = [bench.put(name, arrived=9.0) for name in ("bad1.jpg", "bad2.jpg")]
    bench.delivery.fails |= dict.fromkeys(("bad1.jpg", "bad2.jpg"), HOPELESS)
    bench.work(lambda: len(bench.delivery.asked) > 3)
    good = bench.put("good.jpg")
    bench.work(lambda: not good.exists())
    assert all(path.exists() for path in bad)
    bench.work(lambda: list(bench.spool.root.glob(".rejected/*")) == [])  # it goes on trying, each time leaving nothing
    monkeypatch.undo()
    bench.work(lambda: len(bench.aside()) == 2)


def test_beyond_what_memory_holds_all_is_counted_and_the_oldest_are_thinned(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priority, "MOST", 20)
    for number in range(50):
        path = bench.put(f"{number:03}.jpg", arrived=float(number))
        os.utime(path, (number, number))
    service = Service(Settings(bucket="b", spool=str(bench.spool.root)))
    gate = Gate(bench.spool.root, 0)

    def state() -> State:
        return service._state(bench.courier, bench.intake, gate, "", 0.0)

    camera = state().cameras["CAM"]
    assert (state().waiting, state().waiting_bytes) == (50, 350)
    assert (camera.waiting, camera.oldest_waiting, camera.last_picture) == (50, 0.0, 49.0)
    service._thin(bench.courier)
    assert sorted(path.name for path in bench.queue.iterdir())[0] == "002.jpg"
    assert (state().waiting, service.thinned) == (48, 2)
    while bench.queue.exists():
        bench.courier.step(0.01)
        if bench.courier.overflowed():
            bench.intake.recall()
        bench.intake.step(0.01)
    assert len(bench.delivery.asked) == 48
    bench.work(lambda: bench.courier.sent == 48)
    assert (state().waiting, state().waiting_bytes, state().cameras["CAM"].oldest_waiting) == (0, 0, None)
