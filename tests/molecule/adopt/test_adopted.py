"""What was a relay by hand is one of ours, and every picture that it ever acknowledged is in the bucket."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from tests.molecule import store
from tests.molecule.adopt.account import OLD_ARCHIVE

STATE = json.loads((Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "store.json").read_text())["site"]
S3 = store.client(STATE, "s3")
CAMERA = "CAM-EXT-009"


def inside(command: str, *, check: bool = True) -> str:
    words = ["podman", "exec", os.environ["RELAY_CONTAINER"], "sh", "-c", command]
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=300).stdout


def bodies() -> dict[str, bytes]:
    """All that the bucket holds."""
    pages = S3.get_paginator("list_objects_v2").paginate(Bucket=store.BUCKET)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return {key: S3.get_object(Bucket=store.BUCKET, Key=key)["Body"].read() for key in keys}


def test_no_acknowledged_picture_is_lost(capsys):
    inside("systemctl stop camera")
    notes = [line.partition(" ")[::2] for line in inside("cat /var/log/camera").splitlines()]
    acknowledged = [name for name, word in notes if word.startswith("226")]
    for _ in range(30):
        held = {key.rpartition("/")[2]: body for key, body in bodies().items() if key.startswith(f"{CAMERA}/")}
        if set(acknowledged) <= held.keys():
            break
        time.sleep(5)
    assert [name for name in acknowledged if held.get(name) != name.encode() * 100] == []
    refused = [word for _, word in notes if not word.startswith("226")]
    with capsys.disabled():
        print(f"\n{len(acknowledged)} acknowledged, all in the bucket; {len(refused)} refused: {sorted(set(refused))}")
    assert len(refused) <= 2, "more than the sessions that the restart of vsftpd and the new mount may cut"
    assert notes[-1][1].startswith("226"), "the camera's password still opens"


def test_what_was_hidden_underneath_is_in_the_bucket():
    held = bodies()
    for number in (1, 2):
        name = f"192.168.1.64_01_2022022407150{number}123_LINE_CROSSING_DETECTION.jpg"
        found = [body for key, body in held.items() if key.endswith(f"/{name}")]
        assert found == [f"stranded {number}\n".encode()]
    hidden = "mount --bind /var/lib/cctv /mnt && find /mnt/storage /mnt/.storage.stranded -type f 2>/dev/null | wc -l"
    assert inside(f"unshare --mount --propagation private sh -c '{hidden}'").strip() == "0"


def test_what_was_there_is_there():
    held = bodies()
    assert held["CAM-EXT-001/2022-02-23/sorted.jpg"] == b"sorted before"
    index = json.loads(held[OLD_ARCHIVE.replace(".tar.gz", ".index.json")])
    assert [entry["name"] for entry in index["captures"]] == [f"2021122007150{n}123.jpg" for n in range(3)]


def test_the_old_way_is_gone():
    fstab = [line for line in inside("cat /etc/fstab").splitlines() if "/var/lib/cctv/storage" in line]
    assert len(fstab) == 1
    assert fstab[0].startswith("my-video-surveillance /var/lib/cctv/storage fuse.s3fs ")
    assert "nonempty" not in fstab[0]
    gone = "/etc/cron.d/s3fs-hk-watchdog /usr/bin/s3fs-hk-watchdog.sh /var/lib/cctv/.aws /var/tmp/my-video-surveillance"
    assert inside(f"ls -d {gone} 2>/dev/null", check=False) == ""
    assert inside("systemctl is-enabled hk-aws-web.service 2>/dev/null", check=False).strip() in ("", "not-found")
    assert inside("systemctl --failed --plain --no-legend") == ""


def test_what_was_replaced_is_kept_for_root_alone():
    kept = "/var/lib/hkawstoolkit-adopted"
    assert "s3fs#my-video-surveillance" in inside(f"cat {kept}/etc/fstab")
    assert inside(f"stat -c %a:%U {kept} {kept}/etc/passwd-s3fs").split() == ["700:root", "600:root"]
    gone = ["etc/cron.d/s3fs-hk-watchdog", "etc/cron.d/s3fs-cache-cleanup", "usr/bin/s3fs-hk-watchdog.sh"]
    gone += ["usr/bin/s3fs-delcache.sh", "usr/lib/systemd/system/hk-aws-web.service", "usr/bin/hk-aws-tool.py"]
    gone += ["usr/local/bin/hk-aws-tool.py", "usr/share/hkawstoolkit/web/cache/cache.json"]
    gone += ["etc/cron.d/cameras", "var/spool/cron/crontabs/cctv", "var/lib/cctv/.aws/credentials"]
    lost = inside(f"cd {kept} && for file in {' '.join(gone)}; do [ -s $file ] || echo $file; done")
    assert lost == ""


def test_old_lines_and_names_go_on_working():
    cron = inside("cat /etc/cron.d/hk-aws-tool-collect")
    assert "10 */1 * * * root systemctl start cctv-job@sort.service " in cron
    config = inside("cat /etc/hkawstoolkit/config.yaml")
    assert "*.jpg" in config
    assert "*.mp4" in config
    user, command = inside("cat /etc/cron.d/cameras").split(" ", 6)[5:]
    assert user == "hkawstoolkit"
    assert CAMERA in inside(f"runuser -u {user} -- env -i HOME=/nonexistent PATH=/usr/bin:/bin {command}").splitlines()
    assert CAMERA in inside("hk-aws-tool list-cameras -q").splitlines()
    assert "mount      healthy" in inside("hk-aws-tool status", check=False)
    completion = "/usr/local/share/bash-completion/completions/hk-aws-tool"
    assert "hk-aws-tool" in inside(f"bash -c '. {completion}; complete -p hk-aws-tool'")


def test_every_other_line_of_cron_goes_on_as_who_may_read_the_key():
    lines = inside("cat /etc/cron.d/hk-aws-tool-adopted").splitlines()
    assert [line.partition(" hkawstoolkit ")[::2] for line in lines] == [
        (
            "10 3 * * 0",
            '/usr/bin/hk-aws-tool.py -c /etc/hkawstoolkit/config.yaml -a store-camera-files -m CAM-EXT-003 -p "*.bmp"',
        ),
        ("@monthly", '/usr/bin/hk-aws-tool.py -a archive-all-by-pattern -p "*2021-12-*"'),
        ("30 5 * * 1", "/usr/bin/hk-aws-tool.py -a list-camera-dirs -m CAM-EXT-001 -q"),
    ]
    assert inside("crontab -u cctv -l").splitlines()[-1:] == ["0 6 * * * true"]
    assert "hk-aws-tool" not in inside("crontab -u cctv -l")
    as_cron = "runuser -u hkawstoolkit -- env -i HOME=/nonexistent PATH=/usr/bin:/bin"
    inside(f"{as_cron} {lines[1].partition(' hkawstoolkit ')[2]}")
    assert "CAM-EXT-001/2022-02-23" in inside(f"{as_cron} {lines[2].partition(' hkawstoolkit ')[2]}").splitlines()


def test_what_the_old_configuration_said_of_archives_is_still_said():
    config = inside("cat /etc/hkawstoolkit/config.yaml")
    section = config.partition("\narchive:\n")[2].partition("\naws:")[0]
    assert sorted(section.split("\n")) == [
        "  batch_folder_limit: 31",
        "  extension: tar.gz",
        "  glacier: true",
        "  keep_files_days: 365",
        "  purge_permanently: true",
    ]


def test_who_has_a_key_of_his_own_uses_the_tool_as_before():
    inside("id owner 2>/dev/null || useradd --create-home owner")
    key = f"aws_access_key_id={STATE['relay']['access_key']}\\naws_secret_access_key={STATE['relay']['secret_key']}"
    inside(f"mkdir -p ~owner/.aws && printf '[hk-aws-toolkit]\\n{key}\\n' > ~owner/.aws/credentials")
    assert CAMERA in inside("runuser -u owner -- env HOME=/home/owner hk-aws-tool.py -a list-cameras -q").splitlines()
