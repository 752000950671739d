"""The account that the README of hikvision-aws-toolkit has its reader make: a bucket, a user, its policy, its key.

The bucket has a day sorted, a day archived by the old program, and what the old watchdog leaves.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
from pathlib import Path

from tests.molecule import store

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": "arn:aws:s3:::*"},
        {
            "Effect": "Allow",
            "Action": [
                "s3:PutObject",
                "s3:GetObject",
                "s3:GetObjectTagging",
                "s3:PutObjectTagging",
                "s3:DeleteObject",
            ],
            "Resource": f"arn:aws:s3:::{store.BUCKET}/*",
        },
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [f"arn:aws:s3:::{store.BUCKET}"]},
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::*"},
    ],
}
"""Word for word, but for the bucket's name."""
OLD_ARCHIVE = "CAM-EXT-001/archive/2021-12-20.tar.gz"


def archive(names: list[str]) -> bytes:
    """As the old program writes it: a gzip stream for each picture, and no end."""
    whole = b""
    for name in names:
        buffer = io.BytesIO()
        with gzip.GzipFile(filename="x.tar", mode="wb", fileobj=buffer) as stream:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(name), 1640000000
            stream.write(info.tobuf() + name.encode() + bytes(-len(name) % 512))
        whole += buffer.getvalue()
    return whole


def main(folder: Path) -> None:
    """Start the emulator and furnish it; leave store.json."""
    store.account(folder)
    state = json.loads((folder / "store.json").read_text())["site"]
    here = state | {"url": f"http://127.0.0.1:{state['url'].rpartition(':')[2]}"}
    s3, iam = store.client(here, "s3"), store.client(here, "iam")
    s3.create_bucket(Bucket=store.BUCKET, CreateBucketConfiguration={"LocationConstraint": store.REGION})
    iam.create_user(UserName="home-cctv")
    made = iam.create_policy(PolicyName="AllowS3AccessCCTVMonitoring", PolicyDocument=json.dumps(POLICY))["Policy"]
    iam.attach_user_policy(UserName="home-cctv", PolicyArn=made["Arn"])
    key = iam.create_access_key(UserName="home-cctv")["AccessKey"]
    state |= {"relay": {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}}
    (folder / "store.json").write_text(json.dumps({"site": state}))
    s3.put_object(Bucket=store.BUCKET, Key=OLD_ARCHIVE, Body=archive([f"2021122007150{n}123.jpg" for n in range(3)]))
    s3.put_object(Bucket=store.BUCKET, Key="CAM-EXT-001/2022-02-23/sorted.jpg", Body=b"sorted before")
    s3.put_object(Bucket=store.BUCKET, Key="test.io", Body=b"")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
