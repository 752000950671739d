"""``python -m tests.bench.ingest``: from a camera's STOR to the object in the bucket, three ways.

Our spool and forwarder behind vsftpd, vsftpd on an s3fs mount as the old toolkit has it, and ``rclone serve ftp``.
The mount needs root, s3fs and /dev/fuse and is left out where one is missing. One camera sends a picture every
PAUSE seconds in one session. The table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import contextlib
import ftplib
import io
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.relay import Relay, free_port

from .contests import CAMERA, DAY
from .report import PAGE, put, setting
from .site import BUCKET, SIZES, Site, names, pictures

PAUSE = 0.25
ROOMS = ("storage", CAMERA)


@contextmanager
def spool(site: Site, folder: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Our relay."""
    with Relay(folder, BUCKET, site.environment) as relay:
        yield relay.port, ROOMS


@contextmanager
def mount(site: Site, folder: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The old toolkit's relay."""
    target, keys = folder / "bucket", folder / "keys"
    target.mkdir()
    keys.write_text("bench:bench")
    keys.chmod(0o600)
    options = f"url={site.url},use_path_request_style,passwd_file={keys},allow_other,umask=0000,nonempty"
    subprocess.run(["s3fs", BUCKET, str(target), "-o", options], check=True)
    relay = Relay(folder, BUCKET, site.environment, synchronous=False)
    relay.prepare()
    settings = folder / "vsftpd.conf"
    settings.write_text(settings.read_text().replace(f"{relay.spool}/.queue", str(folder)))
    subprocess.run(["mount", "--bind", target, relay.spool], check=True)
    try:
        relay.start_ftp()
        yield relay.port, ROOMS
    finally:
        relay.stop_ftp()
        subprocess.run(["umount", relay.spool], check=True)
        subprocess.run(["umount", target], check=True)


@contextmanager
def rclone(site: Site, folder: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The peer, with the cache that lets a camera write at all."""
    port = free_port()
    remote = f":s3,provider=Other,env_auth=true,endpoint='{site.url}',no_check_bucket=true:{BUCKET}"
    command = ["rclone", "serve", "ftp", remote, "--addr", f"127.0.0.1:{port}", "--vfs-cache-mode", "writes"]
    command += ["--cache-dir", str(folder), "--vfs-write-back", "0s", "--user", "anonymous"]
    with subprocess.Popen(command, env=site.environment, stderr=subprocess.DEVNULL) as process:
        for _ in range(100):
            with contextlib.suppress(OSError), ftplib.FTP() as probe:
                probe.connect("127.0.0.1", port, timeout=1)
                break
            time.sleep(0.1)
        try:
            yield port, (CAMERA,)
        finally:
            process.terminate()


def measure(site: Site, port: int, rooms: tuple[str, ...], count: int) -> tuple[list[float], dict[str, int]]:
    """Send ``count`` pictures; return the seconds from STOR to the object of each, and the requests by kind."""
    files = [Path(name).read_bytes() for name in pictures(site.work / "pictures", SIZES["usual"])]
    sent: list[float] = []
    seen: list[float] = []
    site.ask("counts")

    def watch() -> None:
        deadline = time.monotonic() + count * PAUSE + 60
        for number, name in enumerate(names(count)):
            size = len(files[number % len(files)])
            # A mount makes an empty object first: a picture counts when its bytes do.
            while not any(site.holds(f"{folder}/{name}")["bytes"] == size for folder in (f"{CAMERA}/{DAY}", CAMERA)):
                if time.monotonic() > deadline:
                    return
                time.sleep(0.002)
            seen.append(time.monotonic())

    with ftplib.FTP() as session:
        session.connect("127.0.0.1", port, timeout=60)
        session.login("anonymous", "")
        for room in rooms:
            with contextlib.suppress(ftplib.error_perm):
                session.mkd(room)
            session.cwd(room)
        watcher = threading.Thread(target=watch)
        watcher.start()
        for number, name in enumerate(names(count)):
            began = time.monotonic()
            sent.append(began)
            session.storbinary(f"STOR {name}", io.BytesIO(files[number % len(files)]))
            time.sleep(max(0.0, began + PAUSE - time.monotonic()))
        watcher.join()
    return [at - began for began, at in zip(sent, seen, strict=False)], site.ask("counts")["requests"]


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--latency-ms", type=float, default=20.0)
    parser.add_argument("--output", type=Path, default=PAGE)
    options = parser.parse_args()
    ways = {"spool": spool, "rclone serve ftp": rclone}
    if os.geteuid() == 0 and shutil.which("s3fs") and Path("/dev/fuse").exists():
        ways["mount"] = mount
    rows = ["| way | arrived | median | p99 | requests per picture |", "|" + " --- |" * 5]
    for name, way in ways.items():
        work = Path(tempfile.mkdtemp(prefix="cctv-ingest-"))
        with Site(work) as site:
            site.clear()
            site.fill([])
            site.ask(f"set?latency={options.latency_ms / 1000}")
            with way(site, work) as (port, rooms):
                seconds, requests = measure(site, port, rooms, options.pictures)
        kinds = ", ".join(f"{count / options.pictures:.2f} {kind}" for kind, count in sorted(requests.items()))
        p99 = statistics.quantiles(seconds, n=100)[-1]
        rows.append(f"| {name} | {len(seconds)} | {statistics.median(seconds):.2f} s | {p99:.2f} s | {kinds} |")
        print(rows[-1], flush=True)
        shutil.rmtree(work)
    about = f"{options.pictures} pictures of 200 KB, one every {PAUSE} s, {options.latency_ms:g} ms to the bucket."
    put(options.output, "ingest", "\n".join((f"{setting()} {about}", "", *rows)))


if __name__ == "__main__":
    main()
