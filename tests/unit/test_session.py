"""What goes over the wire, seen just before it is sent."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from cctv.store.session import Access, connect

ACCESS = Access(bucket="b", endpoint_url="http://127.0.0.1:1", access_key="k", secret_key="s", attempts=1)


def test_a_part_is_signed_by_its_checksum_and_every_other_body_whole() -> None:
    client, _ = connect(ACCESS)
    sent: dict[str, Any] = {}

    def keep(request: Any, event_name: str, **_: Any) -> None:
        sent[event_name.rpartition(".")[2]] = request.headers
        raise ConnectionClosedError(endpoint_url=request.url)

    client.meta.events.register("before-send.s3", keep)
    digest = base64.b64encode(hashlib.sha256(b"part").digest()).decode()
    with pytest.raises(ConnectionClosedError):
        client.upload_part(Bucket="b", Key="k", UploadId="u", PartNumber=1, Body=b"part", ChecksumSHA256=digest)
    with pytest.raises(ConnectionClosedError):
        client.put_object(Bucket="b", Key="k", Body=b"body")
    part, body = sent["UploadPart"], sent["PutObject"]
    assert part["X-Amz-Content-SHA256"] in (b"UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD")
    assert b"x-amz-checksum-sha256" in bytes(part["Authorization"])
    assert bytes(body["X-Amz-Content-SHA256"]).decode() == hashlib.sha256(b"body").hexdigest()


def test_the_region_of_the_environment_counts_and_the_option_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert connect(ACCESS)[0].meta.region_name == "eu-north-1"
    assert connect(replace(ACCESS, region="eu-south-1"))[0].meta.region_name == "eu-south-1"
    monkeypatch.delenv("AWS_REGION")
    assert connect(ACCESS)[0].meta.region_name == "eu-west-1"


def test_a_session_token_goes_with_the_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    client, _ = connect(replace(ACCESS, access_key=None, secret_key=None, session_token="t"))
    used: Any = client
    credentials = used._request_signer._credentials
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("k", "s", "t")
