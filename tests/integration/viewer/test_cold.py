"""Pictures that a rule of the bucket made cold, and what S3 says or does not say of a restore."""

from __future__ import annotations

import csv
import html
import io
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name
from tests.integration.viewer.test_export import export
from tests.integration.viewer.test_export_truth import planned, zipped
from tests.integration.viewer.visitor import Visitor, site_of
from viewer import restores

if TYPE_CHECKING:
    from pathlib import Path

OLD = {"date": str(DAY), "camera": CAMERA}
PICTURE = {**OLD, "place": "sorted", "name": name(1)}


@pytest.fixture
def restorer(owner: Visitor) -> Visitor:
    object.__setattr__(owner.site, "restoring", owner.site.gallery.store)
    return owner


def ask(visitor: Visitor, tier: str = "Standard") -> Any:
    return visitor.client.post("/restore", data={"form_token": visitor.token("/export"), "tier": tier, **OLD})


def test_pictures_that_are_cold_themselves_are_restored_from_their_day(restorer: Visitor, pictures: Bucket) -> None:
    for number in range(1, 30):
        pictures.put(f"{CAMERA}/{DAY}/{name(number)}", jpeg(number), StorageClass="GLACIER")
    pictures.put(f"{CAMERA}/{DAY}/{name(50)}", jpeg(50))
    assert "A rule of the bucket put pictures" in restorer.get("/day", **OLD).text
    assert restorer.get("/thumbnail", **PICTURE).location.endswith("cold.svg")
    assert "lies in cold storage" in restorer.get("/picture", **PICTURE).text
    assert "/restore" in restorer.get("/original", **PICTURE).location
    page = restorer.get("/restore", **OLD)
    assert "within 5 hours" in page.text
    with export(restorer, [CAMERA]) as archive:
        remarks = [row["remark"] for row in csv.DictReader(io.StringIO(archive.read("contents.csv").decode()))]
        assert remarks == ["", *["in cold storage: restore it first"] * 29]
    assert ask(restorer).status_code == 303
    assert "The pictures can be read" in restorer.get("/restore", **OLD).text
    assert restorer.get("/original", **PICTURE).data == jpeg(1)
    with export(restorer, [CAMERA]) as archive:
        assert "Complete:  yes" in archive.read("README.txt").decode()
    assert pictures.emulator.requests()["RestoreObject"] == 29


def test_more_cold_pictures_than_a_page_asks_for_are_told_with_a_command(
    restorer: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restores, "MOST_OBJECTS", 1)
    for number in (1, 2):
        pictures.put(f"{CAMERA}/{DAY}/{name(number)}", StorageClass="GLACIER")
    page = restorer.get("/restore", **OLD)
    assert "2 pictures that lie in cold storage one by one" in page.text
    assert "aws s3api restore-object" in page.text


AWS = """
ansible-playbook() { printf '%s\\n' "$@"; }
aws() {
  case $2 in
    list-objects-v2) printf '%s\\n' "$6" >&2; echo one; echo 'two of it' ;;
    restore-object) printf '%s\\n' "$6" >&2 ;;
  esac
}
"""


def test_the_command_for_cold_pictures_can_be_pasted(pictures: Bucket, stranger: Visitor, tmp_path: Path) -> None:
    owner = Visitor(site_of(pictures.name, tmp_path / "site", prefix="site1"))
    owner.log_in()
    pictures.put(f"site1/{CAMERA}/{DAY}/{name(1)}", StorageClass="GLACIER")
    page = owner.get("/restore", **OLD)
    typed = re.search(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    assert typed
    done = subprocess.run(
        ["bash", "-euc", AWS + html.unescape(typed[1])], capture_output=True, text=True, check=True, timeout=10
    )
    assert done.stderr.splitlines() == [f"site1/{CAMERA}/{DAY}/", "one", "two of it"]
    assert '"cctv_prefix": "site1/"' in done.stdout


def test_a_double_click_on_a_restore_leads_to_its_state(restorer: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1)
    pictures.archive(storage_class="GLACIER")
    pictures.emulator.set(restore_heads=30)
    answers = [ask(restorer) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "S3 is restoring the day" in restorer.get(answers[1].location).text
    assert pictures.emulator.requests()["RestoreObject"] == 1


@pytest.mark.parametrize(
    ("status", "code", "title"),
    [
        (403, "AccessDenied", "S3 refused the restore"),
        (503, "GlacierExpeditedRetrievalNotAvailable", "S3 cannot restore so quickly now"),
        (503, "SlowDown", "S3 is too busy"),
    ],
)
def test_a_restore_that_s3_does_not_take_is_no_damage(
    restorer: Visitor, pictures: Bucket, status: int, code: str, title: str
) -> None:
    pictures.put_day(1)
    pictures.archive(storage_class="GLACIER")
    pictures.emulator.fault("error", status=status, code=code, operation="RestoreObject")
    answer = ask(restorer)
    assert title in answer.text
    assert "damaged" not in answer.text


def test_a_state_that_s3_does_not_say_is_not_called_ready(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1)
    pictures.archive(storage_class="GLACIER")
    pictures.emulator.fault("error", status=403, code="AccessDenied", operation="HeadObject")
    answer = owner.get("/restore", **OLD)
    assert answer.status_code == 503
    assert "The viewer may not read this" in answer.text
    day = owner.get("/day", **OLD)
    assert day.status_code == 200
    assert "S3 does not say now whether the archive" in day.text


def test_an_export_asks_of_the_cold_pictures_of_its_span_alone_and_of_so_many(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 8):
        pictures.put(f"{CAMERA}/{DAY}/{name(number)}", jpeg(number), StorageClass="GLACIER")
    span = {"from": f"{DAY}T00:00", "to": f"{DAY}T00:00"}  # one minute: five of the seven
    pictures.emulator.reset()
    assert "5 pictures more lie in cold storage" in owner.get("/export", camera=CAMERA, **span).text
    assert pictures.emulator.requests()["HeadObject"] == 5
    monkeypatch.setattr("viewer.evidence.MOST_ASKED", 3)
    key = f"{CAMERA}/{DAY}/{name(2)}"
    wish = {"Days": 2, "GlacierJobParameters": {"Tier": "Bulk"}}
    pictures.client.restore_object(Bucket=pictures.name, Key=key, RestoreRequest=wish)
    pictures.emulator.reset()
    page = owner.get("/export", camera=CAMERA, **span)
    assert "they are too many to ask S3 here" in page.text
    assert "Download the zip" in page.text
    with export(owner, [CAMERA], **span) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("contents.csv").decode())))
        assert archive.read(rows[1]["file"]) == jpeg(2)
    assert [bool(row["remark"]) for row in rows] == [True, False, True, True, True]
    assert "HeadObject" not in pictures.emulator.requests()


def test_what_an_export_knows_of_a_picture_is_not_asked_again(owner: Visitor, pictures: Bucket) -> None:
    key = f"{CAMERA}/{DAY}/{name(1)}"
    pictures.put(key, jpeg(1), StorageClass="GLACIER")
    wish = {"Days": 2, "GlacierJobParameters": {"Tier": "Bulk"}}
    pictures.client.restore_object(Bucket=pictures.name, Key=key, RestoreRequest=wish)
    found = planned(owner)
    owner.site.gallery.cache._entries.clear()  # as in a long export
    pictures.emulator.reset()
    with zipped(owner, found) as archive:
        assert archive.read(key) == jpeg(1)
    assert pictures.emulator.requests() == {"GetObject": 1}
