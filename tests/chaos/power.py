"""The power fails while cameras send: what was acknowledged until then must be in the bucket after the next boot."""

from __future__ import annotations

import time
from contextlib import ExitStack
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
    with outage(kind, 400 if kind != "btrfs" else 600) as disk, ExitStack() as stack:
        point = stack.enter_context(mounted(disk.image, options=options))
        stage = stack.enter_context(scene(emulator, spool=point, synchronous=synchronous))
        with Fleet(stage.relay.port, rate) as fleet:
            with FAULTS[during](stage):
                time.sleep(seconds)
                told = [offer for offer in fleet.offers if offer.answer is Answer.ACKNOWLEDGED]
                after = disk.cut()
            stage.relay.stop()
        bucket = stage.relay.bucket
        s3 = emulator.boto3_client()
        rebooted = stack.enter_context(mounted(after, options=options))
        stage = stack.enter_context(scene(emulator, spool=rebooted, bucket=bucket))
        waiting = sum(1 for size in stage.relay.left().values() if size)
        emptied = stage.relay.wait_until_empty(60)
        # Pictures sent after the cut never were, but the old host may have stored some of them.
        later = [offer for offer in fleet.offers if offer not in told]
        held = contents(s3, bucket)
        for offer in later:
            held[offer.md5] = min(held[offer.md5], 1)
        books = balance(told, held)
        foreign = sum(held[content] for content in held if content not in {offer.md5 for offer in fleet.offers})
        return PowerCut(kind, Balance(**{**vars(books), "foreign": foreign}), waiting, emptied)
