"""The viewer's own key: it reads, and cannot do anything else; the restore needs a second one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cctv.errors import StoreError

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, name
from tests.integration.viewer.visitor import Visitor, site_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLD = {"date": str(DAY), "camera": CAMERA}
VIEW = {"s3:ListBucket": "", "s3:GetObject": "/*"}  # the row "view" of docs/iam_permissions.md


@pytest.fixture
def key_for(pictures: Bucket) -> Callable[[str, dict[str, str]], dict[str, str]]:
    iam: Any = pictures.emulator.boto3_client("iam")

    def make(user: str, actions: dict[str, str]) -> dict[str, str]:
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::{pictures.name}{what}"}
            for action, what in actions.items()
        ]
        its_name = f"{user}-{pictures.name}"
        iam.create_user(UserName=its_name)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=its_name, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=its_name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    return make


@pytest.fixture
def visitor(
    pictures: Bucket,
    key_for: Callable[[str, dict[str, str]], dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Visitor:
    pictures.put_day(2)
    pictures.put_day(2, day=DAY.replace(day=25))
    pictures.archive(storage_class="GLACIER")
    profiles = {"viewer": key_for("viewer", VIEW), "restorer": key_for("restorer", VIEW | {"s3:RestoreObject": "/*"})}
    lines = [f"[{each}]\n" + "".join(f"{k} = {v}\n" for k, v in key.items()) for each, key in profiles.items()]
    (tmp_path / "credentials").write_text("\n".join(lines))
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    pictures.emulator.set(enforce_iam=True)
    settings = {"endpoint_url": pictures.emulator.url, "profile": "viewer", "restore_profile": "restorer"}
    made = Visitor(site_of(pictures.name, tmp_path, **settings))
    made.log_in()
    return made


def test_every_page_works_with_the_key_that_may_only_read(visitor: Visitor, pictures: Bucket) -> None:
    day = str(DAY.replace(day=25))
    picture = {"camera": CAMERA, "date": day, "place": "sorted", "name": name(0, DAY.replace(day=25))}
    for path, query in [
        ("/", {}),
        ("/day", OLD),
        ("/camera", {"camera": CAMERA}),
        ("/restore", OLD),
        ("/picture", picture),
        ("/original", picture),
        ("/thumbnail", picture),
        ("/export", {"camera": CAMERA, "from": f"{day}T00:00", "to": f"{day}T01:00"}),
    ]:
        assert visitor.get(path, **query).status_code == 200, path
    used = {each["access_key"] for each in pictures.emulator.journal()["recent"] if each["operation"] != "CreateUser"}
    assert used


def test_the_key_of_the_viewer_can_change_nothing(visitor: Visitor) -> None:
    store = visitor.site.gallery.store
    with pytest.raises(StoreError, match="Not allowed"):
        store.put("x", b"", content_type="text/plain")
    with pytest.raises(StoreError, match="Not allowed"):
        store.restore(f"{CAMERA}/archive/{DAY}.tar.gz", tier="Bulk", days=1)
    assert store.delete([f"{CAMERA}/archive/{DAY}.tar.gz"])


def test_a_restore_is_asked_for_by_the_second_key_after_a_form_of_ours(visitor: Visitor, pictures: Bucket) -> None:
    pictures.emulator.set(restore_heads=5)
    offer = visitor.get("/restore", **OLD)
    assert "Restore for" in offer.text
    token = visitor.token("/restore", **OLD)
    assert visitor.client.post("/restore", data={"tier": "Standard", **OLD}).status_code == 403
    assert visitor.client.post("/restore", data={"form_token": token, "tier": "Now", **OLD}).status_code == 404
    answer = visitor.client.post("/restore", data={"form_token": token, "tier": "Standard", **OLD})
    assert answer.status_code == 303
    assert "S3 is restoring the day" in visitor.get(answer.location).text
    assert pictures.emulator.requests()["RestoreObject"] == 1
