"""moto's server application, wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from tests.emulator import (
    access,
    batch_permissions,
    bucket_policy,
    checksums,
    conditions,
    hidden_keys,
    multipart_checksums,
    object_lock,
    part_copies,
    policy_conditions,
    policy_resources,
    session_tokens,
    speed,
    tagging,
    version_order,
)
from tests.emulator.clock import Clock
from tests.emulator.control import Control
from tests.emulator.faults import Faults
from tests.emulator.journal import Journal
from tests.emulator.query_encoding import QueryEncoding
from tests.emulator.regions import Regions
from tests.emulator.restore import Restores

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer


def create(host: str, port: int, *, latency_ms: float = 0, restore_heads: int = 0) -> BaseWSGIServer:
    """Bind the server; port 0 takes a free one."""
    restores = Restores(restore_heads)
    clock = Clock()
    closer_to_aws = (
        access,
        bucket_policy,
        policy_resources,
        policy_conditions,
        object_lock,
        restores,
        clock,
        checksums,
        multipart_checksums,
        part_copies,
        conditions,
        batch_permissions,
        tagging,
        version_order,
        hidden_keys,
        session_tokens,
    )
    for closer in (*closer_to_aws, speed):
        closer.install()
    regions = Regions(QueryEncoding(DomainDispatcherApplication(create_backend_app)))
    faults = Faults(regions, latency_ms)
    journal = Journal(faults)
    MotoRequestHandler.log_request = lambda *_: None  # the journal knows more, and costs less
    MotoRequestHandler.disable_nagle_algorithm = True
    app = Control(journal, journal, faults, restores, clock, regions)
    return make_server(host, port, app, threaded=True, request_handler=MotoRequestHandler)
