"""The mount as the role leaves it."""

from __future__ import annotations

from conftest import BUCKET, MOUNT, S3, STATE, content, inside, reboot, status, wait_until


def test_what_is_written_is_in_the_bucket():
    inside(f"mkdir -p {MOUNT}/CAM-EXT-001 && printf picture > {MOUNT}/CAM-EXT-001/a.jpg")
    assert content("CAM-EXT-001/a.jpg") == b"picture"


def test_what_others_put_into_the_bucket_can_be_read():
    S3.put_object(Bucket=BUCKET, Key="CAM-EXT-002/2022-02-24/b.jpg", Body=b"other")
    assert inside(f"cat {MOUNT}/CAM-EXT-002/2022-02-24/b.jpg").stdout == "other"
    assert inside(f"stat -c '%U %G %a' {MOUNT}/CAM-EXT-002").stdout.split() == ["cctv", "cctv", "750"]


def test_nobody_else_can_look_in():
    assert inside(f"setpriv --reuid nobody --clear-groups ls {MOUNT}", check=False).returncode != 0


def test_the_key_is_hidden():
    assert inside("stat -c '%a %U' /etc/passwd-s3fs").stdout.split() == ["600", "root"]
    everything = inside("ps -eo args; cat /etc/fstab /etc/s3_mount.json; journalctl --no-pager").stdout
    assert STATE["relay"]["secret_key"] not in everything


def test_systemd_has_the_mount_and_the_timers():
    states = inside("systemctl is-active var-lib-cctv-storage.mount s3-mount-watchdog.timer s3-mount-cache.timer")
    assert states.stdout.split() == ["active"] * 3
    assert inside("systemctl is-enabled s3-mount-watchdog.timer s3-mount-cache.timer").returncode == 0


def test_a_reboot_brings_it_back():
    reboot()
    wait_until(lambda: inside("systemctl is-system-running", check=False).stdout.strip() == "running")
    wait_until(lambda: status()["state"] == "healthy")


def test_the_cache_is_cut_to_its_bound_while_mounted():
    inside(f"for n in 1 2 3 4; do head -c 1000000 /dev/urandom > {MOUNT}/big-$n.bin; done")
    sums = inside(f"cd {MOUNT} && sha256sum big-*.bin").stdout
    clean = "import sys; sys.path.insert(0, '/usr/local/lib/s3_mount'); import cache, settings, dataclasses; "
    clean += (
        "cache.QUIET_SECONDS = 0; print(cache.clean(dataclasses.replace(settings.read(), cache_max_bytes=1500000)))"
    )
    inside(f"touch -d '1 hour ago' /var/cache/s3fs/{BUCKET}/big-*.bin")
    held = inside(f'exec 3>>{MOUNT}/big-1.bin; python3 -c "{clean}"; ls /var/cache/s3fs/{BUCKET}/big-1.bin')
    assert "big-1.bin" in held.stdout, "a file in use must stay"
    assert int(inside(f"du -s -B1 /var/cache/s3fs/{BUCKET} | cut -f1").stdout) < 2_500_000
    assert inside(f"cd {MOUNT} && sha256sum big-*.bin").stdout == sums
