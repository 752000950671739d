"""The power fails while cameras send: what was acknowledged until then must be in the bucket after the next boot."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chaos.cameras import Answer, Fleet
from tests.chaos.course import scene
from tests.chaos.disks import mounted, outage
from tests.chaos.faults import FAULTS
from tests.chaos.ledger import Balance, balance, contents

if TYPE_CHECKING:
    from tests.emulator.client import Emulator


@dataclass(frozen=True)
class PowerCut:
    kind: str
    balance: Balance
    waiting: int  # pictures on the disk when the power was back
    emptied: bool


def power_cut(
    emulator: Emulator,
    kind: str = "ext4",
    *,
    options: str = "loop",
    rate: float = 12.0,
    seconds: float = 4.0,
    synchronous: bool = True,
    during: str = "none",
) -> PowerCut:
    """Cut the power after ``seconds``, while the fault ``during`` is on; boot again with S3 well."""
    with outage(kind, 400 if kind != "btrfs" else 600) as disk:
        with (
            mounted(disk.image, options=options) as point,
            scene(emulator, spool=point, synchronous=synchronous) as stage,
            Fleet(stage.relay.port, rate) as fleet,
        ):
            with FAULTS[during](stage):
                time.sleep(seconds)
                told = [offer for offer in fleet.offers if offer.answer is Answer.ACKNOWLEDGED]
                after = disk.cut()
            stage.relay.stop()
        with mounted(after, options=options) as point, scene(emulator, spool=point, bucket=stage.relay.bucket) as again:
            waiting = sum(1 for size in again.relay.left().values() if size)
            emptied = again.relay.wait_until_empty(60)
        held = contents(emulator.boto3_client(), stage.relay.bucket)
        # Pictures sent after the cut never were, but the old host may have stored some of them.
        for offer in fleet.offers:
            if offer not in told:
                held[offer.md5] = min(held[offer.md5], 1)
        books = balance(told, held)
        foreign = sum(held[content] for content in held.keys() - {offer.md5 for offer in fleet.offers})
        return PowerCut(kind, Balance(**{**vars(books), "foreign": foreign}), waiting, emptied)
