"""A relay on this machine's loopback: a real vsftpd and the real forwarder, as plain processes."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
VSFTPD = shutil.which("vsftpd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
ACCOUNT = "ftp"  # vsftpd's package makes it
# Without a password, since the loopback has no PAM service of ours; in all that matters here (overwriting, failed
# uploads, modes, locks, log) vsftpd then treats the account as it treats a camera's.
VSFTPD_CONF = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
secure_chroot_dir={folder}/empty
anonymous_enable=YES
no_anon_password=YES
anon_root={folder}/root
ftp_username={account}
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_umask=007
write_enable=YES
file_open_mode=0460
delete_failed_uploads=YES
lock_upload_files=YES
xferlog_enable=YES
dual_log_enable=YES
xferlog_file={spool}/.queue/uploads.log
vsftpd_log_file={folder}/vsftpd.log
data_connection_timeout=10
idle_session_timeout=300
pasv_address=127.0.0.1
max_clients=400
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Relay:
    """One relay below ``folder``, whose ``root/storage`` is the spool (a mount, if the caller made it one)."""

    folder: Path
    bucket: str
    environment: Mapping[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    hosts: Path | None = None  # what the forwarder sees as /etc/hosts
    mounted: Path | None = None  # a file system that the spool lies on
    synchronous: bool = True
    login: tuple[str, str] = ("anonymous", "")
    _ftp: subprocess.Popen[bytes] | None = None
    _forwarder: subprocess.Popen[bytes] | None = None

    @property
    def spool(self) -> Path:
        return self.folder / "root" / "storage"

    @property
    def state_file(self) -> Path:
        return self.folder / "status.json"

    def prepare(self) -> None:
        """What the roles ftp_server and forwarder do."""
        account = pwd.getpwnam(ACCOUNT)
        for folder in (self.folder / "empty", self.folder / "root", self.spool, self.spool / ".queue"):
            folder.mkdir(parents=True, exist_ok=True)
        if self.mounted:
            subprocess.run(["mount", "--bind", self.mounted, self.spool], check=True)
            (self.spool / ".queue").mkdir(exist_ok=True)
        (self.folder / "root").chmod(0o755)
        self.folder.chmod(0o755)
        os.chown(self.spool, 0, account.pw_gid)
        for flag, folder in (("+S", ".queue"), ("+S", ""), ("+D", "")) if self.synchronous else ():
            command = ["chattr", flag, self.spool / folder]
            subprocess.run(command, check=False, stderr=subprocess.DEVNULL)  # xfs does not know +D
        self.spool.chmod(0o770)
        (self.spool / ".queue").chmod(0o700)
        (self.folder / "vsftpd.conf").write_text(
            VSFTPD_CONF.format(folder=self.folder, spool=self.spool, port=self.port, account=ACCOUNT)
        )
        settings = {
            "bucket": self.bucket,
            "timezone": "UTC",
            "spool": str(self.spool),
            "upload_log": str(self.spool / ".queue" / "uploads.log"),
            "state_file": str(self.state_file),
            "free_floor_mb": 0,
            **self.settings,
        }
        (self.folder / "forwarder.yaml").write_text(json.dumps(settings))  # JSON is YAML

    def start_ftp(self) -> None:
        assert VSFTPD
        self._ftp = subprocess.Popen([VSFTPD, str(self.folder / "vsftpd.conf")], start_new_session=True)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise TimeoutError("vsftpd does not listen")

    def stop_ftp(self) -> None:
        """As when the service is restarted: sessions end too."""
        if self._ftp:
            for pid in _family(self._ftp.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._ftp.wait()
        self._ftp = None

    def start_forwarder(self) -> None:
        environment = {**os.environ, **self.environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'module_utils'}"}
        command = [sys.executable, "-m", "forwarder", "--config", str(self.folder / "forwarder.yaml"), "serve"]
        if self.hosts:
            command = [
                "unshare",
                "--mount",
                "sh",
                "-c",
                'mount --bind "$0" /etc/hosts && exec "$@"',
                str(self.hosts),
                *command,
            ]
        with (self.folder / "forwarder.log").open("ab") as log:
            self._forwarder = subprocess.Popen(command, env=environment, stderr=log, stdout=log, cwd=self.folder)

    def restart_ftp(self) -> None:
        self.stop_ftp()
        self.start_ftp()

    def kill_forwarder(self) -> None:
        """And systemd starts it again."""
        self.stop_forwarder(signal.SIGKILL)
        self.start_forwarder()

    def freeze_forwarder(self, *, frozen: bool) -> None:
        os.kill(self.forwarder_pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    @property
    def forwarder_pid(self) -> int:
        assert self._forwarder
        return self._forwarder.pid

    def stop_forwarder(self, number: int = signal.SIGTERM) -> None:
        if self._forwarder:
            self._forwarder.send_signal(number)
            self._forwarder.send_signal(signal.SIGCONT)
            self._forwarder.wait(120)
        self._forwarder = None

    def start(self) -> None:
        self.prepare()
        self.start_ftp()
        self.start_forwarder()
        deadline = time.monotonic() + 30
        while not self.state_file.exists():
            assert time.monotonic() < deadline, (self.folder / "forwarder.log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        self.stop_ftp()
        self.stop_forwarder(signal.SIGKILL)
        if self.mounted:
            subprocess.run(["umount", "--lazy", self.spool], check=True)
            self.mounted = None

    def __enter__(self) -> Relay:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.state_file.read_text())
        return state

    def left(self) -> dict[str, int]:
        """The size of every file of a camera that is still in the spool, set aside or not, by its path there."""
        sizes = {}
        for folder, folders, names in os.walk(self.spool):
            folders.sort(key=lambda name: name.startswith("."))  # the queue last: what is on its way there is seen
            for name in names:
                path = Path(folder) / name
                if name != "uploads.log":
                    with contextlib.suppress(FileNotFoundError):
                        sizes[str(path.relative_to(self.spool))] = path.lstat().st_size
        return sizes

    def set_aside(self) -> list[str]:
        return [name for name in self.left() if name.startswith(".rejected/") and not name.endswith(".txt")]

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until nothing is left but what was set aside and what holds nothing."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not any(size for name, size in self.left().items() if not name.startswith(".rejected/")):
                return True
            time.sleep(0.1)
        return False


def _family(pid: int) -> Iterator[int]:
    """The process and all it has started, the youngest first."""
    children = ""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a session that has just ended has none
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    for child in children.split():
        yield from _family(int(child))
    yield pid
