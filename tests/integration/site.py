"""A bucket of the emulator with the core's objects on it, and what its archives really hold."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import obstore
import obstore.store
from ansible.module_utils.cctv import archiving, purging, restore_outcome, restoring, sort_outcome, sorting
from ansible.module_utils.cctv.catalog import Catalog
from ansible.module_utils.cctv.clock import Zones
from ansible.module_utils.cctv.index import Index, parse_index
from ansible.module_utils.cctv.layout import Layout
from ansible.module_utils.cctv.selection import DayRule, name_filter
from ansible.module_utils.cctv.store import Access, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.emulator.client import Emulator

CAM = "CAM-EXT-001"
DAY = date(2022, 2, 24)


def picture(number: int, *, day: date = DAY, event: str = "MOTION_DETECTION", extension: str = "jpg") -> str:
    """The name that a camera gives to the ``number``-th picture of a day."""
    moment = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(seconds=number)
    return f"192.168.1.64_01_{moment:%Y%m%d%H%M%S}{number % 1000:03}_{event}.{extension}"


def pictures(count: int, folder: str, *, day: date = DAY, first: int = 0) -> dict[str, bytes]:
    """So many pictures by key, each with bytes of its own."""
    names = [picture(number, day=day) for number in range(first, first + count)]
    return {f"{folder}{name}": f"{folder}{name}".encode() * 4 for name in names}


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def members(archive: bytes) -> dict[str, bytes]:
    """What tar finds in an archive."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}


@dataclass
class Site:
    emulator: Emulator
    bucket: str
    key: dict[str, str] = field(default_factory=dict)  # another user's access_key and secret_key

    @cached_property  # a client takes longer to make than many a test to run
    def s3(self) -> Any:
        return self.emulator.boto3_client()

    @property
    def access(self) -> Access:
        key = {"access_key": self.emulator.access_key, "secret_key": self.emulator.secret_key} | self.key
        return Access(bucket=self.bucket, endpoint_url=self.emulator.url, region="us-east-1", is_one_job=True, **key)

    @cached_property
    def store(self) -> Store:
        return Store(self.access)

    def catalog(self, store: Store | None = None, *, later: timedelta = timedelta()) -> Catalog:
        return Catalog(store or self.store, Layout(), Zones.load("UTC"), datetime.now(UTC) + later)

    def put(self, objects: Mapping[str, bytes], **options: Any) -> None:
        if not options:
            self._put_plain(objects)
            return
        s3 = self.s3
        with ThreadPoolExecutor(4) as pool:
            list(
                pool.map(
                    lambda item: s3.put_object(Bucket=self.bucket, Key=item[0], Body=item[1], **options),
                    objects.items(),
                )
            )

    def _put_plain(self, objects: Mapping[str, bytes]) -> None:
        """Without options, and with a name it can say, obstore does it at a fraction of the CPU."""
        root = obstore.store.S3Store(
            self.bucket,
            endpoint=self.emulator.url,
            region="us-east-1",
            access_key_id=self.emulator.access_key,
            secret_access_key=self.emulator.secret_key,
            client_options={"allow_http": True},
        )

        def put(item: tuple[str, bytes]) -> None:
            key, body = item
            if key.isprintable() and not {"", ".", ".."} & set(key.split("/")):
                obstore.put(root, key, body, use_multipart=False)
            else:
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(put, objects.items()))

    def put_in_parts(self, key: str, body: bytes, part: int = 5 * 1024 * 1024, **options: Any) -> None:
        where = {"Bucket": self.bucket, "Key": key}
        upload = self.s3.create_multipart_upload(**where, **options)["UploadId"]
        parts = []
        for number, start in enumerate(range(0, len(body), part), 1):
            piece = body[start : start + part]
            reply = self.s3.upload_part(**where, UploadId=upload, PartNumber=number, Body=piece)
            parts.append({"PartNumber": number, "ETag": reply["ETag"]})
        self.s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})

    def keys(self, prefix: str = "") -> list[str]:
        return [entry.key for entry in self.store.list_all(prefix)]

    def bodies(self, prefix: str = "") -> dict[str, bytes]:
        return {key: self.body(key) for key in self.keys(prefix)}

    def body(self, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def sort(
        self, *cameras: str, store: Store | None = None, patterns: Sequence[str] = ("*",), check_mode: bool = False
    ) -> sort_outcome.Outcome:
        catalog = self.catalog(store, later=timedelta(seconds=2))
        sorter = sorting.Sorter(
            catalog=catalog, takes=name_filter(patterns), min_age=timedelta(), check_mode=check_mode
        )
        return sorter.sort(cameras or catalog.cameras())

    def archive(
        self, camera: str = CAM, *days: date, store: Store | None = None, storage_class: str = "GLACIER_IR"
    ) -> archiving.Outcome:
        archiver = archiving.Archiver(catalog=self.catalog(store), storage_class=storage_class)
        return archiver.archive([(camera, day) for day in days or (DAY,)])

    def purge(self, *cameras: str, store: Store | None = None, **options: Any) -> purging.Outcome:
        purger = purging.Purger(catalog=self.catalog(store), **{"older_than_days": 1, **options})
        return purger.purge(cameras or (CAM,))

    def restore(self, *cameras: str, names: Iterable[str] = ("*",), **options: Any) -> restore_outcome.Outcome:
        terms: dict[str, Any] = {"days": DayRule(), "tier": "Bulk", "keep_days": 7, "destination": None, **options}
        restorer = restoring.Restorer(catalog=self.catalog(), names=tuple(names), poll_seconds=0.01, **terms)
        return restorer.restore(cameras or (CAM,))

    def index(self, camera: str = CAM, day: date = DAY, number: int = 0) -> Index:
        key = Layout().index_key(camera, day, number)
        return parse_index(self.body(key), name=key)

    def archived(self, camera: str = CAM, day: date = DAY) -> dict[str, list[bytes]]:
        """What all archives of a day hold by name, after a check that each index fits its archive to the byte."""
        found: dict[str, list[bytes]] = {}
        for archive in self.catalog().archives(camera, day):
            assert archive.object
            assert archive.index
            inside = members(self.body(archive.object.key))
            index = self.index(camera, day, archive.number)
            assert index.fits(self.store.head(archive.object.key))
            assert [entry.name for entry in index.captures] == list(inside)
            assert [entry.sha256 for entry in index.captures] == [sha256(body) for body in inside.values()]
            for name, body in inside.items():
                found.setdefault(name, []).append(body)
        return found

    def allow(self, *actions: str) -> Site:
        """The same bucket in the eyes of a new user who may do only this."""
        iam = self.emulator.boto3_client("iam")
        iam.create_user(UserName=self.bucket)
        resources = [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]
        allowed = {"Effect": "Allow", "Action": actions, "Resource": resources}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_user_policy(UserName=self.bucket, PolicyName="only", PolicyDocument=policy)
        key = iam.create_access_key(UserName=self.bucket)["AccessKey"]
        self.emulator.set(enforce_iam=True)
        return Site(
            self.emulator, self.bucket, {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
        )
