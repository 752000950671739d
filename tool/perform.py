"""Do one action: the module's own work, with a store that is watched, and its result told."""

from __future__ import annotations

import importlib
import json
import sys
from argparse import Namespace
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible.module_utils.cctv.shell import COMMON, open_catalog, require, told

from tool import settings
from tool.actions import Action
from tool.progress import Bar, Counts, Lines, WatchedStore

DONE, FAILED, PENDING = 0, 1, 75


@dataclass
class Request:
    """What a module's ``work`` asks of Ansible: its options, whether it is only a plan, and somewhere to warn."""

    params: dict[str, Any]
    check_mode: bool

    def warn(self, text: str) -> None:
        """Say what is no failure and may be a surprise."""
        print(text, file=sys.stderr)


class Performer:
    """Runs one action; ``stop`` ends its display at any moment."""

    def __init__(self, action: Action, given: Namespace) -> None:
        self._action, self._given = action, given
        self._display: Bar | Lines | None = None
        name = action.module
        self._module = importlib.import_module(name if "." in name else f"library.{name}")

    def run(self) -> int:
        """Return the exit status; CctvError when nothing could be done."""
        given, action = self._given, self._action
        config = settings.read(given)
        settings.use_credentials(config)
        params = settings.options(action, given, config, COMMON | self._module.SPEC)
        require(params, getattr(self._module, "RANGES", {}))
        plans = action.plans or given.dry_run or (action.deletes and not given.force)
        result = self._plan(params) if plans or action.counts is None else self._act(params, action.counts)
        self._tell(told(result), planned=plans)
        pending = not plans and result.get("pending")
        return FAILED if result.get("failures") else PENDING if pending else DONE

    def stop(self) -> None:
        """Take the display away."""
        if self._display:
            self._display.stop()

    def _plan(self, params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._module.work(Request(params, check_mode=True), open_catalog(params))
        return found

    def _act(self, params: dict[str, Any], counts: Counts) -> dict[str, Any]:
        on_terminal = sys.stderr.isatty() and not self._given.quiet
        # How much there is to do is known by a plan alone; only a person who watches is worth its listings.
        total = self._action.total(self._plan(params)) if on_terminal and self._action.total else None
        self._display = Bar(counts, total) if on_terminal else Lines(counts, total)
        note = (lambda _: None) if self._given.quiet else self._display.note
        try:
            catalog = open_catalog(params, partial(WatchedStore, counts=counts, note=note))
            found: dict[str, Any] = self._module.work(Request(params, check_mode=False), catalog)
        finally:
            self._display.stop()
        return found

    def _tell(self, result: dict[str, Any], *, planned: bool) -> None:
        given, acts = self._given, self._action.counts is not None
        if given.json:
            print(json.dumps({"action": given.action, "planned": planned} | result, indent=1, ensure_ascii=False))
        elif planned or given.verbose or not acts or self._action.tells:
            for line in self._action.data(result):
                print(line)
        if not given.quiet:
            plan = "Nothing is done yet, this would be: " if planned and acts else ""
            print(f"{plan}{result['msg']}", file=sys.stderr)
            if self._action.deletes and planned and not given.dry_run:
                print("Nothing was deleted: add -f to delete.", file=sys.stderr)
        for failure in result["failures"]:
            print(f"Failed: {failure['key']}: {failure['reason']}", file=sys.stderr)
