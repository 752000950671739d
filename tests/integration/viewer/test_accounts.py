"""Accounts: what one does says nothing of another, and a configuration that cannot check a password is refused."""

from __future__ import annotations

import html
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from cctv.errors import CctvError

from tests.integration.viewer.bucket import CAMERA, DAY
from tests.integration.viewer.visitor import HASH, Visitor, site_of
from viewer.configuration import Configuration
from viewer.guard import SESSION_COOKIE
from viewer.journal import OneLine
from viewer.throttle import ATTEMPTS, ATTEMPTS_OF_ALL, Throttle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator


@pytest.fixture
def guest(emulator: Emulator, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody with an account of his own, beside the owner's."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    return Visitor(site_of(bucket, tmp_path, users={"owner": HASH, "guest": HASH}))


def test_ones_own_successes_do_not_clear_the_attempts_at_another_account(guest: Visitor) -> None:
    for _ in range(ATTEMPTS):
        assert guest.log_in("a guess", "owner").status_code == 401
        assert guest.log_in(name="guest").status_code == 303
        guest.client.delete_cookie(SESSION_COOKIE)
    assert guest.log_in("a guess", "owner").status_code == 429
    assert guest.log_in(name="guest").status_code == 303


def test_an_address_has_no_more_attempts_by_trying_many_names() -> None:
    throttle = Throttle(lambda: 0.0)
    assert [throttle.take("192.0.2.1", f"name {number}") for number in range(ATTEMPTS_OF_ALL)] == [0] * ATTEMPTS_OF_ALL
    assert throttle.take("192.0.2.1", "one more") > 0
    assert throttle.take("192.0.2.2", "one more") == 0


@pytest.mark.parametrize(
    ("path", "fields", "back"),
    [
        ("/restore", {"camera": CAMERA, "date": str(DAY), "tier": "Bulk"}, f"/restore?camera={CAMERA}&date={DAY}"),
        ("/export", {"camera": CAMERA, "from": "2022-02-24T00:00"}, f"/export?camera={CAMERA}&from=2022-02-24T00%3A00"),
        ("/logout", {}, "/"),
    ],
)
def test_a_form_sent_after_the_sessions_end_leads_to_the_login_and_back(
    owner: Visitor, path: str, fields: dict[str, str], back: str
) -> None:
    token = owner.token("/export")
    owner.site.sessions._sessions.clear()
    answer = owner.client.post(path, data=fields | {"form_token": token}, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "Your login has ended" in answer.text
    assert f'name="next" value="{back}"' in html.unescape(answer.text)


@pytest.mark.parametrize(
    "bad",
    ["secret", "scrypt:x", "scrypt:0:8:1$salt$" + "ab" * 64, "md9$salt$" + "ab" * 32, "scrypt:1:8:1$s$x", ""],
)
def test_what_is_no_hash_is_refused_at_the_start(bad: str) -> None:
    with pytest.raises(CctvError, match="'owner' has no password hash: make one with"):
        Configuration(bucket="b", users={"owner": bad})


def test_the_refusal_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "viewer.yml"
    path.write_text(yaml.safe_dump({"bucket": "b", "users": {"owner": "secret"}, "cache_folder": str(tmp_path / "c")}))
    command, where = [sys.executable, "-m", "viewer", str(path)], os.environ | {"PYTHONPATH": ".:module_utils"}
    done = subprocess.run(command, env=where, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_a_name_cannot_forge_a_line_of_the_log() -> None:
    record = logging.LogRecord(
        "viewer", logging.INFO, "", 0, "exports of %s", ("a\nINFO viewer: owner logged in",), None
    )
    assert OneLine().format(record) == "INFO viewer: exports of a[000A]INFO viewer: owner logged in"
