"""Two clients that try once only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from obstore.store import S3Store

if TYPE_CHECKING:
    from tests.emulator.client import Emulator


@pytest.fixture(scope="module")
def s3(emulator: Emulator) -> Any:
    return emulator.boto3_client(config=Config(retries={"total_max_attempts": 1}, read_timeout=2))


@pytest.fixture
def store(emulator: Emulator, bucket: str) -> S3Store:
    return S3Store(
        bucket,
        endpoint=emulator.url,
        access_key_id=emulator.access_key,
        secret_access_key=emulator.secret_key,
        region="us-east-1",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
