"""The state for people (one screen) and for Prometheus. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, tzinfo

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from forwarder.state import State

STALE = 60.0
"""Seconds without a new state after which the service is not believed to be well."""


def healthy(state: State, now: float) -> bool:
    """Say whether nobody has to do anything."""
    able = state.uplink != "down" and state.room == "enough" and not state.durable
    seen = state.upload_log and state.watched and not state.unreadable
    return now - state.written < STALE and able and seen and not state.set_aside


def for_people(state: State, now: float, zone: tzinfo | None = None) -> str:
    """Return one screen."""
    reason = f" ({state.uplink_reason})" if state.uplink_reason else ""
    lines = [
        f"uplink     {state.uplink} for {_span(now - state.uplink_since)}{reason}",
        f"waiting    {state.waiting} pictures, {state.waiting_bytes / 1e6:.1f} MB"
        + ("; still counting" if state.counting else ""),
        f"sent       {state.sent} since {_moment(state.started, zone)}, {state.failed_attempts} failed attempts",
        f"disk       {state.room}, {state.free_bytes / 1e9:.1f} GB free"
        + ("" if state.room != "full" else ": cameras are refused until pictures have gone"),
    ]
    lines += [line for there, line in _remarks(state) if there]
    if now - state.written >= STALE:
        lines.insert(0, f"STOPPED    nothing heard from the forwarder for {_span(now - state.written)}")
    rows = [("camera", "last picture", "waiting", "oldest", "sent", "median", "p99")]
    for name, camera in sorted(state.cameras.items()):
        rows.append(
            (
                name,
                _moment(camera.last_picture, zone) if camera.last_picture else "-",
                str(camera.waiting),
                _span(now - camera.oldest_waiting) if camera.oldest_waiting is not None else "-",
                str(camera.sent),
                _seconds(camera.median_seconds),
                _seconds(camera.p99_seconds),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join([*lines, "", *table]) + "\n"


def _remarks(state: State) -> list[tuple[bool, str]]:
    """Return what is said only where it is so."""
    return [
        (state.set_aside > 0, f"set aside  {state.set_aside}: look at .rejected in the spool"),
        (state.thinned > 0, f"thinned    {state.thinned} of the oldest, for want of room"),
        (state.durable != "", f"NOT SAFE   {state.durable}"),
        (not state.upload_log, "NO LOG     vsftpd's transfer log is not to be read: files wait to settle"),
        (state.unreadable > 0, f"UNREAD     {state.unreadable} folders of cameras: the journal says why"),
        (not state.watched, "UNWATCHED  some folders: raise fs.inotify.max_user_watches, and restart"),
    ]


def for_prometheus(state: State) -> str:
    """Return the text that node_exporter's textfile collector reads."""
    registry = CollectorRegistry()
    registry.register(_Figures(state))
    return generate_latest(registry).decode()


class _Figures(Collector):
    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        state = self._state
        for name, text, value in (
            ("last_update_timestamp_seconds", "When the forwarder last wrote its state", state.written),
            ("uplink_up", "1 unless S3 cannot be reached or refuses", float(state.uplink != "down")),
            ("spool_free_bytes", "Free space for cameras", float(state.free_bytes)),
            ("spool_accepting", "0 while cameras are refused for want of space", float(state.room != "full")),
            ("spool_durable", "1 when an acknowledged picture outlives a power cut", float(not state.durable)),
            ("waiting_bytes", "Bytes that wait for the bucket", float(state.waiting_bytes)),
            ("set_aside_pictures", "Files that a person has to look at", float(state.set_aside)),
            ("unreadable_folders", "Folders of cameras that cannot be looked into", float(state.unreadable)),
            ("thinned_pictures", "Pictures dropped for want of space since the start", float(state.thinned)),
            ("failed_attempts", "Uploads that were tried in vain since the start", float(state.failed_attempts)),
        ):
            yield GaugeMetricFamily(f"cctv_forwarder_{name}", text, value=value)
        yield from self._by_camera()

    def _by_camera(self) -> Iterator[Metric]:
        for field, name, text in (
            ("waiting", "waiting_pictures", "Pictures that wait for the bucket"),
            ("oldest_waiting", "oldest_waiting_timestamp_seconds", "Arrival of the oldest picture that waits"),
            ("last_picture", "last_picture_timestamp_seconds", "Arrival of the last picture"),
            ("sent", "sent_pictures", "Pictures that S3 confirmed since the start"),
            ("median_seconds", "delivery_median_seconds", "From camera to cloud, median of the last 1000"),
            ("p99_seconds", "delivery_p99_seconds", "From camera to cloud, 99th percentile of the last 1000"),
        ):
            family = GaugeMetricFamily(f"cctv_forwarder_{name}", text, labels=["camera"])
            for camera, figures in sorted(self._state.cameras.items()):
                value = asdict(figures)[field]
                if value is not None:
                    family.add_metric([camera], float(value))
            yield family


def _moment(at: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(at, zone).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _span(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"
