"""``python -m tests.bench.baselines WHAT``: what ours is held against that no package brings.

``seed``: how the old toolkit sorts, one picture after the other: HEAD, HEAD, COPY, DELETE.
``limit``: reading a day and writing the same bytes at once, with nothing in between: no archiver can be faster.
``download``: a day's archive as one object to one file.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import obstore
from botocore.exceptions import ClientError
from obstore.store import S3Store


def seed(bucket: str, camera: str, day: str) -> None:
    """Sort ``camera``."""
    client: Any = boto3.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{camera}/", Delimiter="/")
    for key in [entry["Key"] for page in pages for entry in page.get("Contents", ())]:
        target = f"{camera}/{day}/{key.rpartition('/')[2]}"
        client.head_object(Bucket=bucket, Key=key)
        try:
            client.head_object(Bucket=bucket, Key=target)
        except ClientError:
            client.copy_object(Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": key})
        client.delete_object(Bucket=bucket, Key=key)


def limit(bucket: str, prefix: str) -> None:
    """Read everything below ``prefix`` and write as many bytes as one object."""
    store = S3Store(
        bucket, client_options={"allow_http": True}, virtual_hosted_style_request=False, endpoint=_endpoint()
    )
    keys = [entry["path"] for page in obstore.list(store, prefix) for entry in page]
    with ThreadPoolExecutor(16) as pool:
        bodies = pool.map(lambda key: obstore.get(store, key).bytes(), keys)
        obstore.put(store, "limit.bin", (bytes(body) for body in bodies), use_multipart=True)


def download(bucket: str, key: str, path: str) -> None:
    """Read one object into a file."""
    boto3.client("s3").download_file(bucket, key, path)


def _endpoint() -> str:
    return boto3.client("s3").meta.endpoint_url


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    {"seed": seed, "limit": limit, "download": download}[what](*arguments)
