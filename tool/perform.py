"""Do one action: the module's own work, with a store that is watched, and its result told."""

from __future__ import annotations

import importlib
import json
import sys
from argparse import Namespace
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from ansible.module_utils.cctv.shell import COMMON, open_catalog, require

from tool import settings
from tool.actions import Action
from tool.progress import Bar, Counts, Lines, WatchedStore

DONE, FAILED, PENDING = 0, 1, 75


@dataclass
class Request:
    """What a module's ``work`` asks of Ansible: its options, whether it is only a plan, and somewhere to warn."""

    params: dict[str, Any]
    check_mode: bool
    quiet: bool

    def warn(self, text: str) -> None:
        """Say what is no failure and may be a surprise."""
        if not self.quiet:
            print(text, file=sys.stderr)


class Performer:
    """Runs one action; ``stop`` ends its display at any moment."""

    def __init__(self, action: Action, given: Namespace) -> None:
        self._action, self._given = action, given
        self._planned = action.plans or given.dry_run or (action.deletes and not given.delete)
        self._on_terminal = sys.stderr.isatty() and not given.quiet
        self._display: Bar | Lines | None = None
        name = action.module
        self._module = importlib.import_module(name if "." in name else f"library.{name}")

    @property
    def deletes(self) -> bool:
        """Whether what goes is nowhere else."""
        return self._action.deletes and not self._planned

    def run(self) -> int:
        """Return the exit status; CctvError when nothing could be done."""
        given, action = self._given, self._action
        config = settings.read(given)
        settings.use_credentials(config)
        params = settings.options(action, given, config, COMMON | self._module.SPEC)
        require(params, getattr(self._module, "RANGES", {}))
        result = self._plan(params) if self._planned or action.counts is None else self._act(params, action.counts)
        self._tell(result)
        pending = not self._planned and result.get("pending")
        return FAILED if result.get("failures") else PENDING if pending else DONE

    def stop(self) -> None:
        """Take the display away."""
        if self._display:
            self._display.stop()

    def _plan(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._work(self._module, params, Counts.LISTED, None, check_mode=True)

    def _act(self, params: dict[str, Any], counts: Counts) -> dict[str, Any]:
        # How much there is to do is known by a plan alone; only a person who watches is worth its listings.
        asked = self._on_terminal and self._action.total
        plan = importlib.import_module(self._action.plan) if self._action.plan else self._module
        total = asked(self._work(plan, params, Counts.LISTED, None, check_mode=True)) if asked else 0
        return self._work(self._module, params, counts, total or None, check_mode=False)

    def _work(
        self, module: ModuleType, params: dict[str, Any], counts: Counts, total: int | None, *, check_mode: bool
    ) -> dict[str, Any]:
        self._display = Bar(counts, total) if self._on_terminal else Lines(counts)
        note = (lambda _: None) if self._given.quiet else self._display.note
        try:
            catalog = open_catalog(params, partial(WatchedStore, counts=counts, note=note))
            request = Request(params, check_mode, self._given.quiet)
            found: dict[str, Any] = module.work(request, catalog)
        finally:
            self._display.stop()
        return found

    def _tell(self, result: dict[str, Any]) -> None:
        given, action = self._given, self._action
        planned, acts = self._planned, action.counts is not None
        failures = [{"key": key, "reason": reason} for key, reason in result.get("failures", {}).items()]
        if given.json:
            whole = {"action": given.action, "planned": planned} | result | {"failures": failures}
            print(json.dumps(whole | {"failed": len(failures)}, indent=1, ensure_ascii=False))
        elif planned or given.verbose or not acts or action.tells:
            for line in action.data(result):
                print(line)
        if not given.quiet:
            plan = "Nothing is done yet, this would be: " if planned and acts else ""
            notes = [f"{plan}{result['msg']}", *action.notes(result)]
            if action.deletes and planned and not given.dry_run:
                notes.append("Nothing was deleted: add --delete to delete.")
            print(*notes, sep="\n", file=sys.stderr)
        for failure in failures:
            print(f"Failed: {failure['key']}: {failure['reason']}", file=sys.stderr)
