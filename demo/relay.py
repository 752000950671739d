"""A throw-away relay: a container with systemd and nothing else, which site.yml makes into a relay as it would a Pi."""

from __future__ import annotations

import ftplib
import io
import json
import os
import re
import secrets
import shlex
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demo.fleet import Picture

ROOT = Path(__file__).resolve().parent.parent
IMAGE, PYTHON = "debian12", "3.11"
ACCOUNT = "cctv"
SESSIONS = 12
FORWARDER = "cd /opt/hkawstoolkit/current && PYTHONPATH=.:module_utils .venv/bin/python -m forwarder"


class NoRelayError(Exception):
    """Why there can be no relay on this machine, in one sentence."""


class Relay:
    """``run`` is a folder for its files. Nothing of it listens beyond the loopback."""

    def __init__(self, run: Path, purpose: str = "demo") -> None:
        self._run = run
        self._purpose = purpose
        self._podman_settings: dict[str, str] = {}
        self.password = secrets.token_urlsafe(12)
        self.port = _free_port()

    @property
    def name(self) -> str:
        return f"cctv-{self._podman_settings['CCTV_CHECKOUT']}-{self._purpose}"

    def boot(self, *options: str) -> None:
        """Start the container, with podman and an image from nothing if need be; NoRelayError where it cannot be."""
        ready = subprocess.run(["tests/molecule/setup", IMAGE], cwd=ROOT, capture_output=True, text=True, check=False)
        if ready.returncode:
            raise NoRelayError((ready.stderr.strip().splitlines() or ["tests/molecule/setup failed"])[-1])
        exports = re.findall(r"^export (\w+)=(.*)$", ready.stdout, re.MULTILINE)
        self._podman_settings = {name: shlex.split(value)[0] for name, value in exports}
        (self._run / "podman.json").write_text(json.dumps({"name": self.name, "settings": self._podman_settings}))
        command = ["run", "--detach", "--replace", "--pull=never", "--systemd=always", "--network=host"]
        command += ["--hostname=relay", "--volume=/var/lib/cctv", "--name", self.name, *options]
        started = self.podman(*command, f"localhost/{IMAGE}-systemd", "/sbin/init")
        if started.returncode:
            raise NoRelayError(started.stderr.strip().splitlines()[-1])
        deadline = time.monotonic() + 60
        while self.inside("systemctl is-system-running").strip() != "running":
            if time.monotonic() > deadline:
                raise NoRelayError("systemd does not come up in a container here")
            time.sleep(0.5)

    def deploy(self, environment: dict[str, str], **knobs: Any) -> None:
        """Run site.yml against the account that ``environment`` leads to; NoRelayError if it fails."""
        wheels = subprocess.run(
            ["tests/molecule/wheels", PYTHON], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if wheels.returncode:
            raise NoRelayError((wheels.stderr.strip().splitlines() or ["tests/molecule/wheels failed"])[-1])
        owner, inventory = self._run / "owner.json", self._run / "relay.json"
        said = {
            "toolkit_wheels": wheels.stdout.strip(),
            "bucket_key_directory": str(self._run / "keys"),
            "vault_ftp_password": self.password,
            "ftp_server_listen_port": self.port,
            "ftp_server_listen_ipv6": False,
            "cctv_ftp_options": {"listen_address": "127.0.0.1"},
            "capture_jobs_sort": False,  # nothing is to happen behind anybody's back
        }
        owner.touch(mode=0o600)
        owner.write_text(json.dumps(said | knobs))
        host = {"ansible_connection": "containers.podman.podman", "ansible_host": self.name}
        inventory.write_text(json.dumps({"relays": {"hosts": {"relay": host}}}))
        command = ["ansible-playbook", "--inventory=inventory/hosts.yml", f"--inventory={inventory}"]
        command += ["playbooks/site.yml", "--extra-vars", f"@{owner}"]
        environment = os.environ | self._podman_settings | environment
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        (self._run / "site.log").write_text(done.stdout + done.stderr)
        if done.returncode:
            raise NoRelayError(f"site.yml failed, see {self._run}/site.log")

    def send(self, pictures: Iterable[Picture]) -> int:
        """Send pictures as their cameras would, several at once; return how many were acknowledged."""
        sessions: dict[str, list[Picture]] = {}
        for picture in pictures:
            sessions.setdefault(picture.camera, []).append(picture)
        with ThreadPoolExecutor(SESSIONS) as pool:
            return sum(pool.map(self._session, sessions.values()))

    def _session(self, pictures: list[Picture]) -> int:
        home = f"storage/{pictures[0].camera}"
        with ftplib.FTP(timeout=60) as ftp:
            ftp.connect("127.0.0.1", self.port)
            ftp.login(ACCOUNT, self.password)
            for folder in ["", *sorted({folder for picture in pictures for folder in _folders(picture.path)})]:
                ftp.mkd(f"{home}/{folder}")
            replies = [ftp.storbinary(f"STOR {home}/{picture.path}", io.BytesIO(picture.body)) for picture in pictures]
        return sum(reply.startswith("226") for reply in replies)

    def status(self) -> str:
        """What the forwarder says of itself, once nothing waits any more."""
        said = ""
        for _ in range(120):
            said = self.inside(f"{FORWARDER} status")
            if "waiting    0 pictures" in said:
                break
            time.sleep(0.5)
        return said

    @property
    def shell(self) -> str:
        """The command that opens one in it."""
        settings = [f"{name}={self._podman_settings[name]}" for name in ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")]
        return " ".join([*settings, "podman", "exec", "-it", self.name, "bash"])

    def inside(self, command: str) -> str:
        """Run a shell command in the relay; return what it says."""
        return self.podman("exec", self.name, "sh", "-c", command).stdout

    def remove(self) -> None:
        """Leave nothing of it."""
        self.podman("rm", "--force", "--ignore", "--volumes", "--time", "2", self.name)

    def podman(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | self._podman_settings
        return subprocess.run(["podman", *words], env=environment, capture_output=True, text=True, check=False)


def _folders(path: str) -> list[str]:
    """a/b/c.jpg lies in a and a/b."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: number + 1]) for number in range(len(parts))]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
