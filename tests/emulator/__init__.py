"""An emulated AWS for tests and the demo: moto, brought closer to the real thing, with faults on request."""

from __future__ import annotations

import os

# Clients reach the server under any host name; moto reads this when it is first imported.
os.environ.setdefault("S3_IGNORE_SUBDOMAIN_BUCKETNAME", "true")
