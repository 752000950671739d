"""Serve: ``python -m viewer /etc/hkawstoolkit/viewer.yml``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import waitress
from cctv.errors import CctvError

from viewer import journal
from viewer.app import create_app
from viewer.configuration import Configuration, load
from viewer.pictures import STEP
from viewer.site import Site


def main() -> None:
    """Serve until told to stop."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m viewer CONFIGURATION")
    journal.install()
    try:
        configuration = load(Path(sys.argv[1]))
        app = create_app(Site.open(configuration))
    except CctvError as error:
        sys.exit(str(error))
    serve(app, configuration)


def serve(app: object, configuration: Configuration) -> None:
    """Run the server; only a proxy that was named is believed what it says of the client."""
    waitress.serve(app, **options(configuration))


def options(configuration: Configuration) -> dict[str, Any]:
    """Return the server's options."""
    proxy = configuration.trusted_proxy
    trust = {"trusted_proxy": proxy, "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}} if proxy else {}
    return {
        "host": configuration.host,
        "port": configuration.port,
        "threads": configuration.threads,
        "clear_untrusted_proxy_headers": True,
        "connection_limit": 200,
        "max_request_body_size": 1024 * 1024,
        "max_request_header_size": 32 * 1024,
        "outbuf_high_watermark": STEP,
        "ident": "",
        **trust,
    }


if __name__ == "__main__":
    main()
