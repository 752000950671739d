"""Put the fleet's pictures into a bucket, many at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import sys
from typing import TYPE_CHECKING

import obstore
from obstore.store import S3Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from demo.fleet import Picture

AT_ONCE = 16


class Progress:
    """One line that says how far it is, and nothing at all where nobody looks."""

    def __init__(self) -> None:
        self.pictures = 0
        self.bytes = 0

    def add(self, picture: Picture) -> None:
        self.pictures += 1
        self.bytes += len(picture.body)
        if sys.stderr.isatty() and self.pictures % 25 == 0:
            print(f"\r{self}", end="", file=sys.stderr, flush=True)

    def __str__(self) -> str:
        return f"{self.pictures:,} pictures, {self.bytes / 1e6:,.0f} MB"


def upload(
    pictures: Iterable[Picture],
    bucket: str,
    *,
    endpoint_url: str,
    access_key: str,
    secret_key: str,
    region: str = "us-east-1",
    set_clock: Callable[[float], None] | None = None,
) -> Progress:
    """Upload all; with set_clock(seconds from now), each picture arrives when it says it did."""
    store = S3Store(
        bucket,
        endpoint=endpoint_url,
        access_key_id=access_key,
        secret_access_key=secret_key,
        region=region,
        checksum_algorithm="SHA256",
        client_options={"allow_http": True},
    )
    progress = Progress()
    for arrived_at, group in itertools.groupby(pictures, key=lambda picture: picture.arrived_at):
        if set_clock:
            set_clock((arrived_at - dt.datetime.now(dt.UTC)).total_seconds())
        asyncio.run(_put_all(store, group, progress))
    if set_clock:
        set_clock(0)
    if sys.stderr.isatty():
        print(f"\r{progress}", file=sys.stderr)
    return progress


async def _put_all(store: S3Store, pictures: Iterable[Picture], progress: Progress) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def put(picture: Picture) -> None:
        try:
            await obstore.put_async(store, picture.key, picture.body, use_multipart=False)
        finally:
            free.release()
        progress.add(picture)

    async with asyncio.TaskGroup() as group:
        for picture in pictures:  # made one by one: at no time are there more than a few in memory
            await free.acquire()
            group.create_task(put(picture))
