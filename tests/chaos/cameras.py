"""Twelve cameras: a session for each event, a burst of pictures of unique content, every reply written down."""

from __future__ import annotations

import contextlib
import datetime as dt
import ftplib
import hashlib
import io
import threading
import time
from dataclasses import dataclass, field
from enum import Enum

from demo.frames import Frames

BURST = 3


class Answer(Enum):
    """What the camera knows."""

    ACKNOWLEDGED = "226"
    REFUSED = "refused"  # the server said no
    NONE = "no reply"  # the connection broke, or the server was not there


@dataclass(frozen=True)
class Offer:
    camera: str
    name: str
    md5: str
    answer: Answer
    reply: str
    at: float  # monotonic


_frames = Frames()
_making = threading.Lock()
_numbers = iter(range(1, 1 << 40))


def picture(label: str, size: str = "small") -> bytes:
    """A JPEG like no other."""
    with _making:
        number = next(_numbers)
        return _frames.take(number, size, dt.datetime.now(dt.UTC), f"{label} {number}")


@dataclass
class Fleet:
    """``rate``: pictures a second of all together. ``transform`` may spoil what one camera does."""

    port: int
    rate: float
    cameras: int = 12
    size: str = "small"
    login: tuple[str, str] = ("anonymous", "")
    offers: list[Offer] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Fleet:
        for number in range(self.cameras):
            thread = threading.Thread(target=self._run, args=(f"CAM-EXT-{number:03}", number), daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, camera: str, number: int) -> None:
        pause = BURST * self.cameras / self.rate
        due = time.monotonic() + pause * number / self.cameras
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += pause
            self._event(camera)

    def _event(self, camera: str) -> None:
        session: ftplib.FTP | None = None
        for _ in range(BURST):
            name = f"192.168.1.64_01_{stamp()}_LINE_CROSSING_DETECTION.jpg"
            body = picture(f"{camera}/{name}", self.size)
            answer, reply = Answer.NONE, ""
            try:
                session = session or log_in(self.port, camera, self.login)
                reply = session.storbinary(f"STOR {name}", io.BytesIO(body))
                answer = Answer.ACKNOWLEDGED if reply.startswith("226") else Answer.REFUSED
            except ftplib.Error as error:
                answer, reply = Answer.REFUSED, str(error)
            except (OSError, EOFError) as error:
                session, reply = None, repr(error)
            self.note(Offer(camera, name, md5(body), answer, reply, time.monotonic()))
        if session:
            with contextlib.suppress(OSError, EOFError, ftplib.Error):
                session.quit()

    def note(self, offer: Offer) -> None:
        self.offers.append(offer)


_last_stamp = [0]


def stamp() -> str:
    """Seventeen digits, as a camera's clock has them, and none of them twice."""
    with _making:
        milliseconds = max(time.time_ns() // 1_000_000, _last_stamp[0] + 1)
        _last_stamp[0] = milliseconds
    return f"{dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC):%Y%m%d%H%M%S}{milliseconds % 1000:03}"


def log_in(port: int, camera: str, login: tuple[str, str] = ("anonymous", ""), *, timeout: float = 30) -> ftplib.FTP:
    """A session in the camera's folder, made if need be: as a camera does it."""
    session = ftplib.FTP(encoding="latin-1")
    session.connect("127.0.0.1", port, timeout=timeout)
    session.login(*login)
    session.cwd("storage")
    try:
        session.cwd(camera)
    except ftplib.error_perm:
        with contextlib.suppress(ftplib.error_perm):
            session.mkd(camera)
        session.cwd(camera)
    return session


def send(port: int, camera: str, name: str, body: bytes) -> Offer:
    """One picture in a session of its own."""
    try:
        with contextlib.closing(log_in(port, camera)) as session:
            reply = session.storbinary(f"STOR {name}", io.BytesIO(body))
        answer = Answer.ACKNOWLEDGED if reply.startswith("226") else Answer.REFUSED
    except ftplib.Error as error:
        answer, reply = Answer.REFUSED, str(error)
    except (OSError, EOFError) as error:
        answer, reply = Answer.NONE, repr(error)
    return Offer(camera, name, md5(body), answer, reply, time.monotonic())


def md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()
