"""The viewer's own files, with their version in their addresses: after an upgrade no browser shows an old style."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

from flask import Flask, url_for

LIFETIME = timedelta(days=365)
"""How long a browser keeps them: what changes gets another address."""


def install(app: Flask) -> None:
    """Give the templates ``static(name)``."""
    folder = Path(str(app.static_folder))
    versions = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in folder.iterdir()}
    app.jinja_env.globals["static"] = lambda name: url_for("static", filename=name, v=versions[name])
