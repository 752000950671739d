"""JPEGs that are small as files and large or long to decode; they get no thumbnail."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from tests.integration.viewer.bucket import jpeg
from viewer import jpeg_frame
from viewer.thumbnails import MOST_COEFFICIENTS, MOST_SCANS, TooLargeError, draw

ZERO = b"\0" * 15
"""Counts of the Huffman codes of two bits and more: there are none."""


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def head(marker: int, width: int, height: int, alternating: int) -> bytes:
    """Tables with one code each, and a frame of three components at full size."""
    return (
        b"\xff\xd8"
        + segment(0xDB, b"\0" + b"\1" * 64)
        + segment(marker, struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0")
        + segment(0xC4, b"\0\1" + ZERO + b"\0")
        + segment(0xC4, b"\x10\1" + ZERO + bytes([alternating]))
    )


def one_by_one(width: int, height: int) -> bytes:
    """A baseline JPEG with a scan for each component: nothing can be shown before the last."""
    blocks = -(-width // 8) * -(-height // 8)
    scans = (segment(0xDA, bytes([1, each, 0, 0, 63, 0])) + bytes(blocks // 4 + 1) for each in (1, 2, 3))
    return head(0xC0, width, height, 0) + b"".join(scans) + b"\xff\xd9"


def progressive(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG; each of its scans passes over the whole picture with some bytes."""
    blocks = -(-width // 8) * -(-height // 8)
    first = segment(0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 0, 0])) + bytes(blocks * 3 // 8 + 1)
    bits = ("0" + "1" * 14) * -(-blocks // 32767)
    bits += "1" * (-len(bits) % 8)
    run = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")
    passes = (segment(0xDA, bytes([1, 1 + number % 3, 0, 1, 63, 0])) + run for number in range(scans - 1))
    return head(0xC2, width, height, 0xE0) + first + b"".join(passes) + b"\xff\xd9"


@pytest.mark.parametrize(
    "body",
    [
        one_by_one(10000, 7990),
        progressive(6000, 4000, 10),
        progressive(640, 480, MOST_SCANS + 1),
        head(0xC0, 12000, 12000, 0) + segment(0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])) + bytes(99) + b"\xff\xd9",
    ],
    ids=["one by one", "progressive", "many scans", "large"],
)
def test_a_jpeg_that_costs_much_is_not_decoded(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("was decoded"))
    with pytest.raises(TooLargeError):
        draw(body)


@pytest.mark.parametrize("body", [one_by_one(640, 480), progressive(640, 480, MOST_SCANS)], ids=["one", "progressive"])
def test_one_of_the_same_kind_that_is_small_is_drawn(body: bytes) -> None:
    with Image.open(io.BytesIO(draw(body))) as small:
        assert small.size == (400, 300)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("is_progressive", [False, True])
def test_what_a_frame_keeps_in_memory_is_reckoned_from_its_sampling(subsampling: int, is_progressive: bool) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x10E] = "\u00ff\u00da" * 200  # no markers, though they look so
    picture = Image.new("RGB", (4096, 3072))
    picture.save(file, "JPEG", subsampling=subsampling, progressive=is_progressive, exif=exif)
    frame = jpeg_frame.read(file.getvalue(), most_scans=MOST_SCANS)
    assert frame
    assert (frame.width, frame.height, frame.scans) == (4096, 3072, 10 if is_progressive else 1)
    per_pixel = (6, 4, 3)[subsampling] if is_progressive else 0
    assert frame.coefficient_bytes == 4096 * 3072 * per_pixel
    assert (frame.coefficient_bytes > MOST_COEFFICIENTS) == (is_progressive and subsampling < 2)


def test_what_is_no_jpeg_has_no_frame() -> None:
    for body in (
        b"",
        b"\xff\xd8",
        b"\xff" * 99,
        b"\xff\xd8\xff\xc0\0\2",
        jpeg()[:150],
        b"\xff\xd8" + b"\xff\xda\0\0" * 9,
    ):
        assert jpeg_frame.read(body, most_scans=MOST_SCANS) is None
