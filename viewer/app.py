"""The application: pages, guard, headers and errors put together."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import Unauthorized

from viewer import compression, failures, guard, headers, static_files, wording
from viewer.address import same_page
from viewer.pages import camera, day, export, login, media, overview, picture, restore
from viewer.site import Site

PAGES = (login, overview, camera, day, picture, media, restore, export)
LARGEST_FORM = 64 * 1024


def create_app(site: Site) -> Flask:
    """Return the WSGI application for ``site``."""
    app = Flask("viewer", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = static_files.LIFETIME
    app.extensions["site"] = site
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= wording.filters(site.configuration.language)
    app.jinja_env.globals |= {"same_page": same_page, "language": site.configuration.language.replace("_", "-")}
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    guard.install(app)
    headers.install(app)
    compression.install(app)
    failures.install(app)
    static_files.install(app)
    app.register_error_handler(Unauthorized, login.ask)
    return app
