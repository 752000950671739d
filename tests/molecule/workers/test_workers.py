"""Three containers share sorting and archiving; one dies half-way, and the other two do the rest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from datetime import date, timedelta
from pathlib import Path

from tests.molecule import store
from tests.molecule.given import COMPANY, LOOSE

STATE = json.loads((Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "store.json").read_text())["site"]
S3 = store.client(STATE, "s3")
DAYS = [date(2022, 2, 1) + timedelta(days=number) for number in range(24)]
PICTURES = {
    f"{camera}/192.168.1.64_01_{day:%Y%m%d}071500{second:03}_LINE_CROSSING_DETECTION.jpg": os.urandom(2000)
    for camera in ("CAM-1", "CAM-2")
    for day in DAYS
    for second in range(5)
}
ACCESS = {
    "cctv_hosts": "workers",
    "cctv_bucket": store.BUCKET,
    "cctv_endpoint_url": STATE["url"],
    "cctv_access_key": STATE["access_key"],
    "cctv_secret_key": STATE["secret_key"],
    "cctv_timezone": "UTC",
    "cctv_older_than_days": 1,
    "cctv_limit": 100,
    "cctv_min_age_seconds": 0,
}


def begin(playbook: str, *flags: str) -> subprocess.Popen[str]:
    command = ["ansible-playbook", "-i", os.environ["WORKERS_INVENTORY"], f"playbooks/{playbook}", *flags]
    return subprocess.Popen([*command, "-e", json.dumps(ACCESS)], stdout=subprocess.PIPE, text=True)


def run(playbook: str, *flags: str) -> str:
    process = begin(playbook, *flags)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def keys() -> list[str]:
    pages = S3.get_paginator("list_objects_v2").paginate(Bucket=store.BUCKET)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def test_those_of_the_guide_have_sorted() -> None:
    (entry,) = S3.list_objects_v2(Bucket=COMPANY, Prefix="kyiv-office/CAM-EXT-001/")["Contents"]
    assert entry["Key"] == LOOSE.replace("CAM-EXT-001/", "CAM-EXT-001/2022-02-24/")


def test_three_share_and_two_finish() -> None:
    S3.create_bucket(Bucket=store.BUCKET, CreateBucketConfiguration={"LocationConstraint": store.REGION})
    for key, body in PICTURES.items():
        S3.put_object(Bucket=store.BUCKET, Key=key, Body=body)
    moved = [int(count) for count in re.findall(r"(\d+) pictures sorted", run("captures_sort.yml"))]
    assert (len(moved), sum(moved)) == (3, len(PICTURES))
    assert min(moved) > 0

    archiving = begin("captures_archive.yml")
    while not any(key.endswith(".tar.gz") for key in keys()):
        assert archiving.poll() is None
        time.sleep(0.05)
    subprocess.run(["podman", "kill", os.environ["WEST_CONTAINER"]], check=True)
    archiving.communicate(timeout=300)
    run("captures_archive.yml", "--limit", "!west")

    listed = keys()
    assert all("/archive/" in key for key in listed)
    held = []
    for camera in ("CAM-1", "CAM-2"):
        for day in DAYS:
            mine = [key for key in listed if key.startswith(f"{camera}/archive/{day}")]
            assert mine == [f"{camera}/archive/{day}.index.json", f"{camera}/archive/{day}.tar.gz"]
            index = json.loads(S3.get_object(Bucket=store.BUCKET, Key=mine[0])["Body"].read())
            held += [f"{camera}/{entry['name']}" for entry in index["captures"]]
    assert sorted(held) == sorted(PICTURES)
