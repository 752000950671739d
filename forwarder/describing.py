"""Where each picture goes, by the settings, and a word when its name makes the camera's clock doubtful."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cctv.doubts import Doubts

from forwarder.inspection import shown
from forwarder.naming import Destination, destination
from forwarder.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Describer:
    """Tells of each camera once since the start what its clock may be wrong about. Safe to use from several threads."""

    settings: Settings
    _told: set[str] = field(default_factory=set)

    def __call__(self, name: str, arrived: float) -> Destination:
        """Return where the file ``name`` goes that ``arrived`` then; CctvError for an unknown time zone."""
        settings = self.settings
        layout, zones, unnamed = settings.layout(), settings.zones(), settings.unnamed_camera
        goal = destination(name, arrived=arrived, layout=layout, zones=zones, unnamed=unnamed)
        doubts = Doubts()
        doubts.note(layout.camera_of(goal.key), goal.reading, datetime.fromtimestamp(arrived, UTC))
        for sentence in set(doubts.sentences()) - self._told:
            self._told.add(sentence)
            log.warning("%s Told once of each camera, the first time for %s.", sentence, shown(name))
        return goal
