"""Start, question and disturb an emulator from tests, benchmarks and the demo."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).parents[2]


class Emulator:
    """One running emulator; as a context manager it stops with the block."""

    def __init__(
        self, url: str, access_key: str, secret_key: str, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.url = url
        self.access_key = access_key
        self.secret_key = secret_key
        self._process = process

    @classmethod
    def start(
        cls,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        latency_ms: float = 0,
        enforce_iam: bool = False,
        restore_heads: int = 0,
        state_file: Path | None = None,
        timeout: float = 60,
    ) -> Self:
        """Start a server and wait until it listens; with a state file it outlives this process."""
        with tempfile.TemporaryDirectory() as folder:
            written = state_file or Path(folder) / "state.json"
            written.unlink(missing_ok=True)
            command = [sys.executable, "-m", "tests.emulator", "--host", host, "--port", str(port)]
            command += ["--state-file", str(written.absolute()), "--latency-ms", str(latency_ms)]
            command += ["--restore-heads", str(restore_heads)] + ["--enforce-iam"] * enforce_iam
            command += ["--with-parent"] * (state_file is None)
            # One that outlives us must not hold our caller's pipe open.
            quiet = subprocess.DEVNULL if state_file else None
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=state_file is not None, stderr=quiet
            )
            deadline = time.monotonic() + timeout
            while not written.exists():
                if process.poll() is not None:
                    raise RuntimeError(f"the emulator ended with {process.returncode} before it listened")
                if time.monotonic() > deadline:
                    process.kill()
                    raise TimeoutError(f"the emulator did not listen within {timeout} s")
                time.sleep(0.05)
            return cls.at(written, process)

    @classmethod
    def at(cls, state_file: Path, process: subprocess.Popen[bytes] | None = None) -> Self:
        """The emulator that wrote this state file; without its process, stop() leaves it running."""
        state = json.loads(state_file.read_text())
        return cls(state["url"], state["access_key"], state["secret_key"], process)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def requests(self) -> dict[str, int]:
        """How often each operation was asked for since the last reset."""
        counts: dict[str, int] = self.journal()["counts"]
        return counts

    def journal(self) -> dict[str, Any]:
        """The counts, the bytes, and the last requests one by one."""
        report: dict[str, Any] = self._control("GET", "requests")
        return report

    def reset(self) -> None:
        """Forget the requests counted so far."""
        self._control("DELETE", "requests")

    def fault(self, kind: str, **rule: Any) -> None:
        """Set one fault, in place of those before; fields as in FaultRule."""
        self.faults({"kind": kind, **rule})

    def faults(self, *rules: dict[str, Any]) -> None:
        self._control("PUT", "faults", list(rules))

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def set(self, **settings: Any) -> None:
        """Change latency_ms, enforce_iam, enforce_regions, restore_heads or clock_offset_seconds while it runs."""
        self._control("PUT", "settings", settings)

    def boto3_client(self, service: str = "s3", **options: Any) -> Any:
        """A client with the administrator's key."""
        connect: Any = boto3.client  # the service is known only at run time
        defaults = {
            "endpoint_url": self.url,
            "region_name": "us-east-1",
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
        }
        return connect(service, **defaults | options)

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to find it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def _control(self, method: str, endpoint: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{endpoint}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise ValueError(json.load(refused)["error"]) from None
