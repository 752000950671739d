"""What becomes of pictures that cannot be delivered, on a real disk, with an S3 that answers at once."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cctv.errors import StoreError

from forwarder import courier as courier_module
from forwarder.courier import STUMBLES, Courier
from forwarder.delivery import Delivery
from forwarder.latency import Latencies
from forwarder.priority import Waiting
from forwarder.spool import Spool
from forwarder.uplink import Condition, Uplink
from tests.unit.test_forwarder_intake import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cctv.store import Store

    from forwarder.naming import Destination


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

    def put(self, name: str, arrived: float = 1.0) -> Path:
        path = self.spool.root / ".queue" / "0" / "CAM" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
        self.courier.add(Waiting(str(path), f"CAM/{name}", 7, arrived, 0.0))
        return path

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
    yield Bench(courier, spool, delivery)
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
    bench.courier.backlog.overflowed = True
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
