"""How the hub hands its routes to Traefik, also to one that runs as another user."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyterhub_traefik_proxy.fileprovider import TraefikFileProviderProxy
from jupyterhub_traefik_proxy.traefik_utils import TraefikConfigFileHandler
from traitlets import default

from physforge.workbench.publishing import MIDDLEWARE, is_published_route


class RulesProxy(TraefikFileProviderProxy):  # type: ignore[misc]
    """Put what published dashboards answer into a sandbox."""

    def _dynamic_config_for_route(
        self, routespec: str, target: str, data: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        rules, known = super()._dynamic_config_for_route(routespec, target, data)
        if is_published_route(routespec):
            for router in rules["http"]["routers"].values():
                router["middlewares"] = [f"{MIDDLEWARE}@file"]
        return rules, known


class SharedRulesProxy(RulesProxy):
    """Write the rules so that the group of their folder can read them, and nobody else.

    The original's files are for their owner alone, which makes Traefik run as root
    where the hub does.
    """

    @default("dynamic_config_handler")
    def _default_handler(self) -> _SharedRulesFile:
        return _SharedRulesFile(self.dynamic_config_file)

    def _set_dynamic_config_file(self, _change: Any) -> None:
        self.dynamic_config_handler = _SharedRulesFile(self.dynamic_config_file)


class _SharedRulesFile(TraefikConfigFileHandler):  # type: ignore[misc]
    def atomic_dump(self, data: Mapping[str, Any]) -> None:
        path = Path(self.file_path)
        # No suffix that Traefik looks for: a half-written file is never read.
        descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                self._dump(data, stream)
                os.fchmod(stream.fileno(), 0o640)
            Path(scratch).replace(path)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
