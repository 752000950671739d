"""A browser without a screen: it keeps cookies, sends forms with their hidden fields, and finds links."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from werkzeug.security import generate_password_hash

from viewer.app import create_app
from viewer.configuration import Configuration
from viewer.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

NAME, PASSWORD = "owner", "a password for tests alone"
HASH = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")  # weak, and therefore quick
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_LINK = re.compile(r'href="([^"]+)"')
_SOURCE = re.compile(r'src="([^"]+)"')


def site_of(bucket: str, folder: Path, **settings: Any) -> Site:
    values = {"users": {NAME: HASH}, "cache_folder": str(folder / "cache"), "timezone": "Europe/Kyiv"} | settings
    return Site.open(Configuration(bucket=bucket, **values))


class Visitor:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.app = create_app(site)
        self.client = self.app.test_client()

    def get(self, path: str, **query: Any) -> TestResponse:
        headers = query.pop("headers", {})
        return self.client.get(path, query_string=query or None, headers=headers)

    def token(self, path: str = "/login", **query: Any) -> str:
        found = _TOKEN.search(self.get(path, **query).text)
        assert found, path
        return found[1]

    def log_in(self, password: str = PASSWORD, name: str = NAME, **fields: str) -> TestResponse:
        fields |= {"name": name, "password": password, "form_token": self.token()}
        return self.client.post("/login", data=fields)

    def links(self, page: TestResponse, containing: str) -> list[str]:
        return [found for each in _LINK.findall(page.text) if containing in (found := html.unescape(each))]

    def sources(self, page: TestResponse, containing: str) -> list[str]:
        return [found for each in _SOURCE.findall(page.text) if containing in (found := html.unescape(each))]
