"""How the pictures get into the bucket: as they did before there was a relay, and then through one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from demo.fleet import ARRIVED, FIRST, pictures
from demo.place import BUCKET, RUN, ZONE
from demo.relay import ACCOUNT, NoRelayError, Relay
from demo.upload import upload
from demo.vendors import CAMERAS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from demo.fleet import Picture
    from tests.emulator.client import Emulator


def provision(emulator: Emulator) -> Relay | str:
    """Make a relay in a container, or return why there can be none."""
    relay = Relay(RUN)
    try:
        relay.boot()
        relay.deploy(
            emulator.environment,
            cctv_bucket=BUCKET,
            cctv_region="us-east-1",
            cctv_endpoint_url=emulator.url,
            cctv_timezone=ZONE,
        )
    except NoRelayError as why:
        return str(why)
    return relay


def through(relay: Relay | str, emulator: Emulator, recent: list[Picture]) -> str:
    """Have cameras send to the relay; return where it is, nothing if there is none and the bucket gets them at once."""
    if isinstance(relay, str):
        print(f"   THERE IS NO RELAY HERE: {relay}")
        print("   The demo goes on with the bucket alone: the pictures of these cameras are put there directly.")
        fill(emulator, recent)
        return ""
    began = time.monotonic()
    acknowledged = relay.send(recent)
    print(f"   The relay acknowledged {acknowledged} pictures in {time.monotonic() - began:.0f} s. Its forwarder says:")
    print("\n".join(f"   | {line}" for line in relay.status().splitlines()))
    address = f"ftp://127.0.0.1:{relay.port}/storage, as {ACCOUNT} with {relay.password}"
    return f"     the relay: {address}\n     its inside: {relay.shell}\n"


def fill(emulator: Emulator, sent: Iterable[Picture]) -> int:
    """Put pictures into the bucket, each arriving when it says it did."""
    progress = upload(
        sent,
        BUCKET,
        endpoint_url=emulator.url,
        access_key=emulator.access_key,
        secret_key=emulator.secret_key,
        set_clock=lambda seconds: emulator.set(clock_offset_seconds=seconds),
    )
    return progress.pictures


def history(now: dt.datetime, recent: list[Picture]) -> Iterator[Picture]:
    """Yield what came before there was a relay; ``recent`` gets what all cameras but the first have still to send."""
    for picture in pictures(now):
        if picture.arrived_at == now - ARRIVED and picture.camera in CAMERAS and picture.camera != FIRST:
            recent.append(picture)
        else:
            yield picture
