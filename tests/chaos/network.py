"""The line between the relay and S3, cut and squeezed at will: a TCP proxy under a name that can be forgotten."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "s3.chaos.test"


class Mode(Enum):
    OPEN = "open"
    REFUSE = "refuse"  # nobody listens
    DROP = "drop"  # packets vanish: no connection comes about, and those there are fall silent
    HANG = "hang"  # accepted, and nothing more
    RESET = "reset"  # in the middle of the picture
    MUTE = "mute"  # everything reaches S3, and the reply is lost
    SLOW = "slow"  # 20 kB/s on each connection


@dataclass
class Line:
    """``hosts`` is the file in which the relay looks the name up."""

    upstream: tuple[str, int]
    hosts: Path
    mode: Mode = Mode.OPEN
    port: int = 0
    _generation: int = 0
    _listener: socket.socket | None = None
    _closing: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self.resolve(True)
        self._listen()

    def stop(self) -> None:
        self._closing.set()
        self._unlisten()

    @property
    def url(self) -> str:
        return f"http://{NAME}:{self.port}"

    def resolve(self, known: bool) -> None:
        """DNS, or what stands for it. Written in place: the file is bound over the relay's /etc/hosts."""
        self.hosts.write_text("127.0.0.1 localhost\n" + f"127.0.0.1 {NAME}\n" * known)

    def set(self, mode: Mode) -> None:
        self.mode = mode
        if mode is Mode.REFUSE:
            self._unlisten()
        elif self._listener is None:
            self._listen()

    def cut(self) -> None:
        """End the connections that there are; new ones are as the mode has it."""
        self._generation += 1

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _unlisten(self) -> None:
        if self._listener:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(self.upstream) as server:
            sent, generation = 0, self._generation
            while not self._closing.is_set():
                if self.mode in (Mode.DROP, Mode.HANG):
                    time.sleep(0.05)
                    continue
                if self.mode is Mode.REFUSE or self._generation != generation:
                    _reset(client)
                    return
                for source in select.select([client, server], [], [], 0.2)[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is server:
                        if self.mode is Mode.MUTE:
                            _reset(client)
                            return
                        client.sendall(data)
                        continue
                    sent += len(data)
                    if self.mode is Mode.RESET and sent > 8000:
                        server.sendall(data[:4000])
                        _reset(client)
                        return
                    if self.mode is Mode.SLOW:
                        time.sleep(len(data) / 20_000)
                    server.sendall(data)


def _reset(connection: socket.socket) -> None:
    """Close with RST: what was on its way is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
