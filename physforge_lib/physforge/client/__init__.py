"""The client of a workbench's REST API: what the command line and hub sessions use.

`RemoteStore` is the store of a session, `RemoteWorkbench` lists, uploads and downloads
from the command line; `Login` says where and who.
"""

from __future__ import annotations

from physforge.client.cache import Cache
from physforge.client.login import Login, forget_login
from physforge.client.remote import RemoteWorkbench
from physforge.client.remote_store import RemoteStore

__all__ = ["Cache", "Login", "RemoteStore", "RemoteWorkbench", "forget_login"]
