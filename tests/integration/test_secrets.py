"""No secret in what is printed, in the process list, or in a file that others may read, with planted secrets."""

from __future__ import annotations

import json
import os
import threading
import time
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import minisign
import pytest

from tests.emulator.client import Emulator
from tests.integration.bucket_account import BUCKET, ROOT, Account
from tests.secret_forms import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of this run alone: copies of this very file may lie where the test looks.
PASSWORD, VAULT = (f"planted-{token_hex()}" for _ in range(2))
PICTURE = "CAM-1/2022-02-24/192.168.1.64_01_20220224071502123_LINE_CROSSING_DETECTION.jpg"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with Emulator.start(enforce_iam=True) as aws:
        yield Account(aws, tmp_path_factory.mktemp("home"), [])


class Processes:
    """Every command line and environment on this machine that was ever seen to hold one of the secrets."""

    def __init__(self) -> None:
        self.commands: set[str] = set()
        self.looks = 0

    @contextmanager
    def watched_for(self, secrets: set[str]) -> Iterator[None]:
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(secrets, over))
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def _watch(self, secrets: set[str], over: threading.Event) -> None:
        while not over.wait(0.02):
            self.looks += 1
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                if shown(secrets.copy(), line):
                    self.commands.add(line)


def readable_by_others(folder: Path, secrets: set[str]) -> list[str]:
    """The files below ``folder`` that hold a secret and that somebody else may read."""
    found = []
    for path, _, names in os.walk(folder):
        for file in (Path(path, name) for name in names):
            if file.is_file() and file.stat().st_mode & 0o077:
                text = file.read_bytes().decode(errors="replace")
                found += [f"{file}: {secret}" for secret in shown(secrets, text)]
    return found


def test_a_full_verbose_run_shows_no_secret(account: Account, tmp_path: Path) -> None:
    inventory, given, key = tmp_path / "relays.yml", tmp_path / "owner.json", tmp_path / "minisign.key"
    inventory.write_text("all: {children: {relays: {hosts: {relay: {ansible_connection: local}}}}}\n")
    pair = minisign.KeyPair.generate()
    pair.secret_key.encrypt(PASSWORD, opslimit=2**15, memlimit=2**24)
    key.write_bytes(bytes(pair.secret_key))
    vault = tmp_path / "vault-password"
    vault.write_text(VAULT)
    variables: dict[str, Any] = {
        "cctv_bucket": BUCKET,
        "cctv_endpoint_url": account.aws.url,
        "cctv_ingest": "spool",
        "cctv_jobs_on_relay": True,
        "cctv_archive_after_days": 1,
        "cctv_signing_key": str(key),
        "cctv_signing_password": PASSWORD,
        "cctv_older_than_days": 1,
        "vault_key_files_password": VAULT,
        "vault_viewer_users": {"owner": "scrypt:x"},
    }
    given.write_text(json.dumps(variables))
    for file in (given, key, vault):
        file.chmod(0o600)
    unlock = ["--vault-password-file", str(vault)]
    sources = ["-i", "inventory/hosts.yml", "-i", str(inventory), "-e", f"@{given}", *unlock]
    seen, output = Processes(), ""
    secrets = {account.aws.secret_key, PASSWORD, VAULT}

    def play(playbook: str, *more: str) -> None:
        nonlocal output
        done = account.ansible("ansible-playbook", f"playbooks/{playbook}.yml", *sources, "-vvvv", "--diff", *more)
        output += done.stdout + done.stderr
        assert done.returncode == 0, done.stdout + done.stderr

    def learn_keys() -> None:
        for user in ("home-cctv", "home-cctv-jobs", "home-cctv-viewer"):
            opened = account.ansible("ansible-vault", "view", *unlock, str(account.key_file(user)))
            secrets.add(opened.stdout.split("cctv_secret_key: ")[1].split()[0])

    with seen.watched_for(secrets):
        play("bucket_deploy", "--check")
        play("bucket_deploy")
        account.aws.boto3_client().put_object(Bucket=BUCKET, Key=PICTURE, Body=b"picture")
        learn_keys()
        jobs = ("-e", f"@{account.key_file('home-cctv-jobs')}")
        play("captures_archive", *jobs)
        play("site_drill")
        play("bucket_deploy", "-e", "bucket_rotate_key=true")
        learn_keys()
    assert len(secrets) == 9, "three keys, and three that took their place"
    assert "invocation" in output, "the run was not verbose"
    assert shown(secrets, output) == []
    assert seen.looks > 50
    assert seen.commands == set()
    assert readable_by_others(account.home, secrets) == []
    assert readable_by_others(ROOT / ".ansible", secrets) == []
    assert readable_by_others(tmp_path, secrets) == []


@pytest.mark.parametrize("secret", ["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 'with "quotes"'])
@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_a_secret_is_known_in_every_form(secret: str, before: str) -> None:
    packed = b64encode(f"{before}{secret} and more".encode()).decode()
    for text in (secret, json.dumps(before + secret), quote(before + secret, safe=""), packed):
        assert shown({secret, "another-secret-altogether"}, text) == [secret]


def test_the_watch_would_see_one(tmp_path: Path) -> None:
    """The proof that the test above can fail."""
    seen, secret = Processes(), "planted-on-a-command-line"
    with seen.watched_for({secret}):
        os.spawnlp(os.P_WAIT, "sh", "sh", "-c", f"sleep 0.3 # {secret}")
        time.sleep(0.05)
    assert seen.commands
    (tmp_path / "open").write_text(secret)
    (tmp_path / "open").chmod(0o644)
    assert readable_by_others(tmp_path, {secret})
