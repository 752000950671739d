"""Puts pictures into a bucket, and archives days by the core itself."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import obstore
from cctv.archiving import Archiver
from cctv.catalog import Catalog
from cctv.clock import Zones
from cctv.layout import Layout
from cctv.store import Access, Store
from obstore.store import S3Store
from PIL import Image

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

CAMERA = "CAM-EXT-001"
DAY = date(2022, 2, 24)


def jpeg(number: int = 0, *, width: int = 640, height: int = 480) -> bytes:
    """A picture whose bytes are its own."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (number % 256, number // 256 % 256, 90)).save(file, "JPEG", quality=60)
    return file.getvalue()


def name(number: int, day: date = DAY, event: str = "LINE_CROSSING_DETECTION") -> str:
    """The name of one of a day's pictures, one every ten seconds."""
    at = datetime(day.year, day.month, day.day) + timedelta(seconds=10 * number % 86400)
    return f"192.168.1.64_01_{at:%Y%m%d%H%M%S}{number % 1000:03d}_{event}.jpg"


class Bucket:
    def __init__(self, emulator: Emulator, bucket: str) -> None:
        self.name = bucket
        self.emulator = emulator
        self.client: Any = emulator.boto3_client()

    def put(self, key: str, body: bytes | None = None, **options: Any) -> bytes:
        body = jpeg() if body is None else body
        self.client.put_object(Bucket=self.name, Key=key, Body=body, **options)
        return body

    def put_day(self, count: int, *, camera: str = CAMERA, day: date = DAY, body: bytes | None = None) -> list[str]:
        """Put ``count`` pictures in a day's folder and return their names."""
        store = S3Store(
            self.name,
            endpoint=self.emulator.url,
            access_key_id=self.emulator.access_key,
            secret_access_key=self.emulator.secret_key,
            region="us-east-1",
            client_options={"allow_http": True},
        )
        names = [name(number, day) for number in range(count)]

        async def put_all() -> None:
            free = asyncio.Semaphore(16)

            async def put(number: int, its_name: str) -> None:
                async with free:
                    content = jpeg(number) if body is None else body
                    await obstore.put_async(store, f"{camera}/{day}/{its_name}", content, use_multipart=False)

            await asyncio.gather(*(put(number, its_name) for number, its_name in enumerate(names)))

        asyncio.run(put_all())
        return names

    def archive(self, *, camera: str = CAMERA, day: date = DAY, storage_class: str = "GLACIER_IR") -> None:
        access = Access(
            bucket=self.name,
            endpoint_url=self.emulator.url,
            access_key=self.emulator.access_key,
            secret_key=self.emulator.secret_key,
        )
        catalog = Catalog(Store(access), Layout(), Zones.load("Europe/Kyiv"), datetime.now(UTC))
        outcome = Archiver(catalog=catalog, storage_class=storage_class).archive([(camera, day)])
        assert not outcome.failures
        assert outcome.archives
