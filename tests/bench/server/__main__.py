"""``python -m tests.bench.server --port 0``: prints its URL and serves until its input closes or it is ended."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvloop

from .connection import Connection
from .objects import Bucket, Object
from .operations import OPERATIONS, Reply, Request, error, name_of

LARGE = 1 << 20
"""Bodies from this size on are summed up in a thread."""


class Server:
    """All buckets, what is asked of them, and how slowly they answer."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.latency = 0.0
        self.bandwidth = 0.0
        self.writes_per_second = 0
        self._allowed, self._since = 0.0, time.monotonic()
        self.requests: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.running = self.peak = 0
        self._pool = ThreadPoolExecutor(2)
        self._loop = asyncio.get_running_loop()

    def answer(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Any:
        """Answer one request: the protocol's callback."""
        bucket, _, key = path[1:].partition("/")
        if bucket == "-":
            return self.control(key, query, body), 0.0
        held = self.buckets.get(bucket)
        if held is None:
            held = self.buckets[bucket] = Bucket()
        request = Request(method, held, key, query, headers, body)
        name = name_of(request)
        self.requests[name] += 1
        self.bytes["in"] += len(body)
        if self.writes_per_second and method != "GET" and not self._may_write():
            self.requests["SlowDown"] += 1
            return error(503, "SlowDown"), self.latency
        operation = OPERATIONS[name]
        if len(body) >= LARGE:
            return asyncio.ensure_future(self._in_thread(operation, request))
        reply = operation(request)
        self.bytes["out"] += len(reply.body) if method == "GET" else 0
        return reply, self.latency

    async def _in_thread(self, operation: Any, request: Request) -> tuple[Reply, float]:
        return await self._loop.run_in_executor(self._pool, operation, request), self.latency

    def _may_write(self) -> bool:
        """Say whether the rate is kept: a bucket of tokens, a tenth of a second deep."""
        now = time.monotonic()
        rate = self.writes_per_second
        self._allowed = min(rate / 10, self._allowed + (now - self._since) * rate)
        self._since = now
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True

    def control(self, name: str, query: dict[str, str], body: bytes) -> Reply:
        """``/-/set``, ``/-/counts`` (and begin anew), ``/-/fill``, ``/-/clear``, ``/-/thaw``, ``/-/state``."""
        if name == "set":
            self.latency = float(query.get("latency", 0))
            self.writes_per_second = int(query.get("writes", 0))
        elif name == "clear":
            self.buckets.clear()
        elif name == "fill":
            fill(self.buckets.setdefault(query["bucket"], Bucket()), json.loads(body))
        elif name == "thaw":
            for held in self.buckets[query["bucket"]].objects.values():
                held.storage_class = "STANDARD"
        elif name == "state":
            objects = self.buckets[query["bucket"]].objects
            chosen = objects.irange(query["prefix"], query["prefix"] + "\U0010ffff")
            found = [(key, len(objects[key].body)) for key in chosen]
            return Reply(body=json.dumps({"count": len(found), "bytes": sum(size for _, size in found)}).encode())
        counts = {"requests": dict(self.requests), "bytes": dict(self.bytes)}
        self.requests.clear()
        self.bytes.clear()
        return Reply(body=json.dumps(counts).encode())


def fill(bucket: Bucket, order: dict[str, Any]) -> None:
    """Put pictures into ``bucket``: ``files`` in turn, under ``keys``, an hour old."""
    modified = time.time() - 3600
    pictures = [Object.of(Path(name).read_bytes()) for name in order["files"]]
    headers = (("content-type", "image/jpeg"),)
    bucket.objects.update(
        (key, Object(held.body, held.etag, headers, modified=modified))
        for number, key in enumerate(order["keys"])
        for held in (pictures[number % len(pictures)],)
    )


async def serve(port: int) -> None:
    """Serve on loopback for ever."""
    loop = asyncio.get_running_loop()
    server = Server()
    listener = await loop.create_server(lambda: Connection(server.answer), "127.0.0.1", port, backlog=1024)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    async with listener:
        await listener.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    uvloop.run(serve(parser.parse_args().port))
