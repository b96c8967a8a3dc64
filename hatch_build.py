"""Put scenes and lessons into the wheel, so that `nnanim list` and `nnanim new` work there too."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TopLevelFolders(BuildHookInterface):
    """Ships `scenes/` as `nnanim/_scenes` and `lessons/` as `nnanim/_lessons`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add what is there; an editable install reads the folders where they are."""
        if version == "editable":
            return
        for folder in ("scenes", "lessons"):
            if Path(self.root, folder).is_dir():
                build_data["force_include"][folder] = f"nnanim/_{folder}"
