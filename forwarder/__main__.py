"""The command line: ``python -m forwarder serve | status | check | adopt``."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from dataclasses import asdict
from pathlib import Path

from cctv.errors import CctvError

from forwarder import adoption, durability, report, settings, state
from forwarder.service import Service


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; 0 when all is well, 1 with one sentence when not."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("forwarder").setLevel(logging.INFO)  # and of the libraries only what is wrong
    try:
        return int(options.work(settings.load(options.config), options))
    except CctvError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="forwarder", description="Takes what cameras left in the spool to the bucket."
    )
    parser.add_argument("--config", type=Path, default=settings.FILE, help="default: %(default)s")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="forward until told to stop")
    serve.set_defaults(work=_serve)
    status = commands.add_parser("status", help="say how things stand; exit 1 when somebody has to act")
    form = status.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument(
        "--prometheus", nargs="?", const="-", metavar="FILE", help="for node_exporter's textfile collector"
    )
    status.set_defaults(work=_status)
    check = commands.add_parser("check", help="say whether pictures in the spool outlive a power cut")
    check.set_defaults(work=_check)
    adopt = commands.add_parser("adopt", help="take pictures from an old folder to the bucket, and then away")
    adopt.add_argument("path", type=Path, help="a folder that holds one folder for each camera")
    adopt.add_argument("--camera", default="", help="the folder holds pictures of this one camera instead")
    adopt.add_argument("--keep", action="store_true", help="leave the local files where they are")
    adopt.add_argument(
        "--quiet-seconds",
        type=float,
        default=adoption.QUIET_SECONDS,
        metavar="N",
        help="leave files that changed in the last N seconds (default: %(default)g), and those that vsftpd is writing",
    )
    adopt.add_argument("--dry-run", action="store_true", help="only say what would be done")
    adopt.set_defaults(work=_adopt)
    return parser


def _serve(given: settings.Settings, _: argparse.Namespace) -> int:
    Service(given).run()
    return 0


def _status(given: settings.Settings, options: argparse.Namespace) -> int:
    now, found = time.time(), state.read(Path(given.state_file))
    if options.json:
        text = json.dumps(asdict(found) | {"healthy": report.healthy(found, now)}, indent=1) + "\n"
    elif options.prometheus:
        text = report.for_prometheus(found)
        if options.prometheus != "-":
            _replace(Path(options.prometheus), text)
            return 0
    else:
        text = report.for_people(found, now)
    sys.stdout.write(text)
    return 0 if options.prometheus or report.healthy(found, now) else 1


def _replace(file: Path, text: str) -> None:
    """Write ``file`` whole or not at all: the collector may read at any moment."""
    new = file.with_name(f"{file.name}.new")
    try:
        new.write_text(text)
        new.chmod(0o644)
        new.replace(file)
    except OSError as error:
        raise CctvError(f"{file} cannot be written: {error.strerror}.") from error


def _check(given: settings.Settings, _: argparse.Namespace) -> int:
    wrong = durability.check(Path(given.spool))
    if wrong:
        raise CctvError(f"A power cut may take acknowledged pictures: {wrong}")
    sys.stdout.write(f"What is acknowledged in {given.spool} outlives a power cut.\n")
    return 0


def _adopt(given: settings.Settings, options: argparse.Namespace) -> int:
    outcome = adoption.adopt(
        given,
        options.path,
        camera=options.camera,
        keep=options.keep,
        dry_run=options.dry_run,
        quiet_seconds=options.quiet_seconds,
    )
    sys.stdout.write(f"{outcome}\n")
    return 1 if outcome.failures or outcome.unfinished else 0


sys.exit(main())
