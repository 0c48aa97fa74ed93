"""The client of a workbench's REST API: what the command line and hub sessions use.

`RemoteWorkbench` lists, uploads and downloads data sets; `Login` says where and who.
"""

from __future__ import annotations

from physforge.client.login import Login, forget_login
from physforge.client.remote import RemoteWorkbench

__all__ = ["Login", "RemoteWorkbench", "forget_login"]
