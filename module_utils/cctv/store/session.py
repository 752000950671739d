"""Clients for one bucket from one set of options: botocore for single calls, obstore for the hot path."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from obstore.store import S3Store

from ..errors import UnusableError
from ..pace import ATTEMPTS, MOST
from ..process import loading, share_heap
from .contact import FirstContact
from .errors import credentials_error
from .listing import take_objects
from .version_listing import take_versions

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

TIMEOUT = 300.0
_BODY_UNSIGNED = Config(s3={"payload_signing_enabled": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Which bucket, where, and as whom. Everything left None comes from the usual AWS variables and files.

    ``attempts`` and ``timeout`` (seconds each) say how long a call may take: a job waits, a page does not.
    ``paced`` is off for a caller that decides itself how many calls run at once, and when to try again.
    ``is_one_job``: after an UnusableError nothing is sent any more, and every call raises it again. Not for a service.
    """

    bucket: str
    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    session_token: str | None = None
    attempts: int = ATTEMPTS
    timeout: float = TIMEOUT
    paced: bool = True
    is_one_job: bool = False


@loading()
def connect(access: Access) -> tuple[S3Client, S3Store]:
    """Return the client for single calls and the store for many.

    Raises StoreError when credentials are missing or the profile is unknown.
    """
    share_heap()
    try:
        session = botocore.session.Session(profile=access.profile)
        # By a wildcard, which comes before botocore's own handler of s3.*: that one parses the whole page, too.
        events = session.get_component("event_emitter")
        events.register("before-parse.*.ListObjectsV2", take_objects)
        events.register("before-parse.*.ListObjectVersions", take_versions)
        if access.access_key and access.secret_key:
            session.set_credentials(access.access_key, access.secret_key, access.session_token)
        elif access.session_token and (found := session.get_credentials()):
            session.set_credentials(found.access_key, found.secret_key, access.session_token)
        access = replace(access, endpoint_url=access.endpoint_url or _endpoint(session))
        region = _named_region(access, session) or "us-east-1"
        client: Any = session.create_client(
            "s3",
            region_name=region,
            endpoint_url=access.endpoint_url,
            config=Config(
                # Standard mode backs off with jitter and a retry quota, and knows which errors are safe to retry.
                retries={"mode": "standard", "total_max_attempts": access.attempts},
                connect_timeout=min(10.0, access.timeout),
                read_timeout=min(60.0, access.timeout),
                # Stores that are only like S3 refuse the newer default checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path"} if access.endpoint_url else {},
                max_pool_connections=MOST,
            ),
        )
        client.meta.events.register_first("needs-retry.s3", FirstContact().judge)
        client.meta.events.register("before-call.s3.UploadPart", _sign_checksum_only)
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
    except BotoCoreError as error:
        raise credentials_error(error) from error
    except ValueError as error:  # what botocore says of an endpoint that is none
        raise UnusableError(
            f"endpoint_url: {access.endpoint_url!r} is no address: write it as https://HOST or https://HOST:PORT.",
            code="InvalidEndpoint",
        ) from error
    return client, _object_store(access, region, credentials)


def region_of_bucket(access: Access, client: S3Client) -> str:
    """Return the region that S3 says the bucket is in; nothing where somebody has named one, or S3 says none."""
    if _named_region(access, botocore.session.Session(profile=access.profile)):
        return ""
    try:
        reply: Any = client.head_bucket(Bucket=access.bucket)
    except ClientError as error:  # it says so whatever else it answers
        reply = error.response
    except BotoCoreError:
        return ""
    return str(reply["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", ""))


def _named_region(access: Access, session: botocore.session.Session) -> str | None:
    # botocore knows AWS_DEFAULT_REGION alone; every other SDK, and our documentation, AWS_REGION.
    named = access.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return str(named) if named else None


def _sign_checksum_only(context: dict[str, Any], **_: Any) -> None:
    """Leave a part's bytes unsigned: its SHA-256 is a signed header, and signing would hash all of it once more."""
    context["client_config"] = context["client_config"].merge(_BODY_UNSIGNED)


def _endpoint(session: botocore.session.Session) -> str | None:
    """Return the endpoint of the environment or the profile: botocore knows it by itself, obstore does not."""
    named = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return named or session.get_scoped_config().get("endpoint_url")


def _object_store(access: Access, region: str, credentials: Any) -> S3Store:
    def provide() -> Any:
        # Asked again before each expiry, so that a long run outlives a role's session.
        frozen = credentials.get_frozen_credentials()
        expires = getattr(credentials, "_expiry_time", None)
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": expires,
        }

    options: dict[str, Any] = {
        "region": region,
        "credential_provider": provide,
        "client_options": {
            "allow_http": True,
            "timeout": timedelta(seconds=access.timeout),
            "connect_timeout": timedelta(seconds=min(10.0, access.timeout)),
        },
        # Tried again by ``pace``, which then learns of every SlowDown.
        "retry_config": {"max_retries": 0},
        # AWS then refuses to copy over an object; a store that ignores it is guarded by the listing before.
        "copy_if_not_exists": "header: if-none-match: *",
    }
    if access.endpoint_url:
        options |= {"endpoint": access.endpoint_url, "virtual_hosted_style_request": False}
    return S3Store(access.bucket, **options)
