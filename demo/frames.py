"""What the cameras see: real pictures where there are some, else drawn ones with the time burnt in."""

from __future__ import annotations

import functools
import io
import random
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    import datetime as dt

FRAMES = Path(__file__).parents[1].parent / "shared" / "data" / "frames"
SCENES = 12  # different pictures of each size; enough to look alive, few enough to be quick


class Size(NamedTuple):
    width: int
    height: int
    quality: int


SIZES = {
    "tiny": Size(64, 48, 15),
    "small": Size(400, 300, 80),
    "medium": Size(640, 480, 82),
    "large": Size(1024, 768, 85),
    "huge": Size(3200, 2400, 92),
}


class Frames:
    """A stock of pictures; each one taken from it has bytes of its own."""

    def __init__(self, folder: Path = FRAMES) -> None:
        self._files = sorted(folder.glob("*.jpg"))[: SCENES * 4 : 4]
        self._scene = functools.cache(self._open if self._files else _draw)
        self._unstamped = functools.cache(self._encode)

    def take(self, number: int, size: str, at: dt.datetime, label: str) -> bytes:
        """One JPEG; the label, written into it as a comment, makes it unique."""
        scene = number % (len(self._files) or SCENES)
        jpeg = self._unstamped(scene, size) if self._files else _stamped(self._scene(scene, size), size, at)
        return _commented(jpeg, label)

    def _open(self, scene: int, size: str) -> Image.Image:
        with Image.open(self._files[scene]) as frame:
            picture = frame.convert("RGB").resize(SIZES[size][:2])
        return Image.blend(picture, _grain(size), 0.2) if size == "huge" else picture  # as big as at night

    def _encode(self, scene: int, size: str) -> bytes:
        return _jpeg(self._scene(scene, size), size)


def _draw(scene: int, size: str) -> Image.Image:
    """A yard at some hour, a wall, something that moved, and the noise of a cheap sensor."""
    width, height, _ = SIZES[size]
    yard = Image.new("RGB", (width, height), (60 + 9 * scene, 80 + 7 * scene, 90 + 5 * scene))
    drawing = ImageDraw.Draw(yard)
    drawing.rectangle((0, height * 2 // 3, width, height), fill=(90, 80, 70))
    left = width * (scene + 1) // (SCENES + 3)
    drawing.rectangle((left, height // 3, left + width // 12, height * 5 // 6), fill=(200, 60, 40))
    return Image.blend(yard, _grain(size), 0.25)


def _grain(size: str) -> Image.Image:
    """Noise that is the same every time, which Pillow's own is not."""
    width, height, _ = SIZES[size]
    noise = Image.frombytes("L", (width, height), random.Random(size).randbytes(width * height))
    return noise.point(lambda level: 128 + (level - 128) // 3).convert("RGB")


def _stamped(scene: Image.Image, size: str, at: dt.datetime) -> bytes:
    picture = scene.copy()
    height = max(8, picture.height // 20)
    ImageDraw.Draw(picture).text((height, height), f"{at:%Y-%m-%d %H:%M:%S}", "white", _font(height))
    return _jpeg(picture, size)


_font = functools.cache(ImageFont.load_default)


def _jpeg(picture: Image.Image, size: str) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=SIZES[size].quality)
    return stream.getvalue()


def _commented(jpeg: bytes, text: str) -> bytes:
    """A comment segment behind the first segment, as cameras write their serial number."""
    comment = text.encode()
    end = 4 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:end] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[end:]
