"""How fast pictures go up when nothing but uploading is done: what a draining backlog is measured by."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cctv.store import Access, Store

from tests.chaos.cameras import picture

if TYPE_CHECKING:
    from tests.emulator.client import Emulator


def plain_rate(emulator: Emulator, *, connections: int, pictures: int = 300) -> float:
    """Return the pictures a second of that many threads that upload what they have in memory."""
    bucket = f"plain-{uuid.uuid4().hex[:12]}"
    emulator.boto3_client().create_bucket(Bucket=bucket)
    access = Access(
        bucket=bucket, endpoint_url=emulator.url, access_key=emulator.access_key, secret_key=emulator.secret_key
    )
    store, bodies = Store(access), [picture(f"plain {number}") for number in range(pictures)]
    began = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        list(
            pool.map(
                lambda item: store.put(f"CAM/{item[0]}.jpg", item[1], content_type="image/jpeg"), enumerate(bodies)
            )
        )
    return pictures / (time.monotonic() - began)
