"""What cctv_relay_info reads from a relay's files, as they were kept and as they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.module_runs import load

KEPT = "/var/lib/kept"
BY_HAND = "s3fs#backup /mnt/backup fuse x 0 0\ns3fs#pictures /var/lib/cctv/storage fuse use_cache=/var/tmp 0 0\n"
OURS = "s3fs#backup /mnt/backup fuse x 0 0\npictures /var/lib/cctv/storage fuse.s3fs _netdev,mp_umask=0027 0 0\n"
SPOOL = {"/etc/hkawstoolkit/forwarder.yaml": "bucket: pictures\n"}
RELAY = {
    "/etc/fstab": BY_HAND,
    "/etc/hkawstoolkit/config.yaml": "aws:\n  cctv_bucket: pictures\n",
    "/etc/passwd": "cctv:x:1000:1000::/var/lib/cctv:/bin/false\n",
    "/etc/passwd-s3fs": "backup:OTHER:o\npictures:AKIA:s\n",
    "/etc/shadow": "cctv:$y$hash:1::::::\n",
}


class Host:
    """Ansible's module, on a host where nothing can be run."""

    def run_command(self, _words: list[str]) -> tuple[int, str, str]:
        return 1, "", ""


def look(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> dict[str, Any]:
    module = load("cctv_relay_info")
    monkeypatch.setattr(
        module,
        "text",
        lambda path, kept: files.get(f"{kept}{path}") or files.get(path, "") if kept else files.get(path, ""),
    )
    found: dict[str, Any] = module.look(Host(), KEPT, "hkawstoolkit")
    return found


def adopted(**now: str) -> dict[str, str]:
    return RELAY | {f"{KEPT}{path}": text for path, text in RELAY.items()} | now


def test_the_cameras_mount_is_found_behind_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = look(monkeypatch, RELAY)
    assert (found["bucket"], found["path"], found["cache"]) == ("pictures", "/var/lib/cctv/storage", "/var/tmp")
    assert (found["access_key"], found["account"], found["by_hand"], found["spool"]) == ("AKIA", "cctv", True, False)


@pytest.mark.parametrize(
    ("now", "by_hand"),
    [
        ({"/etc/fstab": OURS}, False),
        ({"/etc/fstab": BY_HAND}, True),
        ({"/etc/fstab": BY_HAND.partition("\n")[0]}, True),  # killed between letting go and mounting anew
        ({"/etc/fstab": "", **SPOOL}, False),
        ({"/etc/fstab": BY_HAND, **SPOOL}, False),
    ],
)
def test_what_was_adopted_is_not_by_hand(monkeypatch: pytest.MonkeyPatch, now: dict[str, str], by_hand: bool) -> None:
    found = look(monkeypatch, adopted(**now))
    assert (found["by_hand"], found["spool"]) == (by_hand, bool(SPOOL.keys() & now.keys()))
    assert found["bucket"] == "pictures"
