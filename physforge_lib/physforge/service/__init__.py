"""The REST API of the workbench, at ``/services/api/v1``.

`create_app` makes it (FastAPI), `policy.TABLE` says who may call what, and every call
passes `guard` before anything of it is read. Tokens are verified here, whatever a proxy
in front may have said.
"""

from __future__ import annotations

from physforge.service.app import create_app
from physforge.service.settings import PREFIX, ServiceSettings

__all__ = ["PREFIX", "ServiceSettings", "create_app"]
