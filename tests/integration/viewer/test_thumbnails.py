"""Thumbnails: bounded in memory, not made again in vain, and whole."""

from __future__ import annotations

import errno
import io
import struct
import threading
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg
from viewer.disk_cache import DiskCache
from viewer.thumbnails import NoThumbnailError, Thumbnails, TooLargeError, draw

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.viewer.visitor import Visitor

ADDRESS = {"date": str(DAY), "camera": CAMERA, "place": "sorted"}


def png(width: int, height: int) -> bytes:
    """A picture of one colour, whose rows are never in memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    deflate, row = zlib.compressobj(9), b"\0" + b"\x40" * width * 3
    rows = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_of_too_many_pixels_is_not_decoded_and_can_be_downloaded(owner: Visitor, pictures: Bucket) -> None:
    body = pictures.put(f"{CAMERA}/{DAY}/big.png", png(8000, 8000))
    assert owner.get("/thumbnail", **ADDRESS, name="big.png").location == "/static/file.svg"
    assert owner.get("/original", **ADDRESS, name="big.png").data == body
    progressive = io.BytesIO()
    Image.new("RGB", (8000, 8000)).save(progressive, "JPEG", progressive=True)
    with pytest.raises(TooLargeError):
        draw(progressive.getvalue())
    assert draw(png(4000, 3000))


def test_a_turned_picture_and_a_palette_are_drawn(owner: Visitor) -> None:
    turned, exif = io.BytesIO(), Image.Exif()
    exif[0x112] = 6
    Image.new("RGB", (640, 480), (200, 10, 10)).save(turned, "JPEG", exif=exif)
    with Image.open(io.BytesIO(draw(turned.getvalue()))) as small:
        assert small.size == (225, 300)
    palette = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 10, 10)).convert("P").save(palette, "GIF")
    with Image.open(io.BytesIO(draw(palette.getvalue()))) as small:
        assert small.size == (400, 300)


def test_a_broken_picture_is_fetched_once(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/broken.jpg", b"\xff\xd8" + b"x" * 1000)
    owner.get("/day", date=str(DAY), camera=CAMERA)
    pictures.emulator.reset()
    for _ in range(3):
        assert owner.get("/thumbnail", **ADDRESS, name="broken.jpg").location == "/static/broken.svg"
    assert pictures.emulator.requests() == {"GetObject": 1}


def test_a_picture_that_crashes_the_library_is_a_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise struct.error("unpack requires a buffer of 4 bytes")

    monkeypatch.setattr("viewer.thumbnails.Image.open", crash)
    with pytest.raises(NoThumbnailError):
        draw(b"x")


def test_a_thumbnail_that_a_power_cut_emptied_is_made_again(tmp_path: Path) -> None:
    thumbnails = Thumbnails(DiskCache(tmp_path, capacity=10**6))
    body = thumbnails.make("e", 10, jpeg)
    next(tmp_path.glob("*/*")).write_bytes(b"")
    assert Thumbnails(DiskCache(tmp_path, capacity=10**6)).known("e") is None
    assert thumbnails.known("e") is None
    assert thumbnails.make("e", 10, jpeg) == body


def test_a_disk_that_has_become_read_only_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DiskCache(tmp_path, capacity=10**6)
    cache.put("ab12", b"held")
    (tmp_path / "ab/cut.part").write_bytes(b"")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    for changing in ("os.utime", "os.replace", "pathlib.Path.unlink", "pathlib.Path.write_bytes"):
        monkeypatch.setattr(changing, refuse)
    for each in (cache, DiskCache(tmp_path, capacity=10**6)):
        assert [each.get("ab12"), each.get("ab12")] == [b"held", b"held"]
        each.put("ab99", b"not held")
        assert each.get("ab99") is None


def test_slow_fetches_do_not_wait_for_each_other(tmp_path: Path) -> None:
    thumbnails, all_there = Thumbnails(DiskCache(tmp_path, capacity=10**6)), threading.Barrier(5, timeout=10)

    def load() -> bytes:
        all_there.wait()
        return jpeg()

    threads = [threading.Thread(target=thumbnails.make, args=(str(n), 10, load)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not all_there.broken


def test_a_camera_that_sends_clips_alone_is_not_silent(owner: Visitor, pictures: Bucket) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)
    pictures.put(f"CAM-VIDEO/{at:%Y-%m-%d}/cam_{at:%Y%m%d%H%M%S}.mp4", b"x" * 1000)
    assert "silent" not in owner.get("/").text.casefold()
