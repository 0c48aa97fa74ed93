"""How people are told that their jobs have ended: the part ``notices`` of ``workbench.yaml``."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MailServer(BaseModel):
    """A server that takes mail.

    Parameters
    ----------
    host : str
        Its name.
    port : int, default 587
        465 speaks TLS from the first byte; on others the connection is encrypted before anything is said.
    sender : str
        Address that mail comes from.
    user : str, optional
        To log in.
    password_file : pathlib.Path, optional
        One line, readable by the user alone that the REST API runs as.
    encrypted : bool, default True
        False for a server on this machine or a trusted network that has no TLS.
    domains : list of str, default []
        Mail goes to addresses of these domains alone; by default to any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9.:-]+$")
    port: int = Field(default=587, ge=1, le=65535)
    sender: str = Field(max_length=254, pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+$")
    user: str | None = None
    password_file: Path | None = None
    encrypted: bool = True
    domains: tuple[str, ...] = ()


class Notices(BaseModel):
    """How people are told that their jobs have ended, if they choose so.

    Parameters
    ----------
    smtp : MailServer, optional
        Without it there are no notices by e-mail.
    webhooks : {"off", "public", "any"}, default "public"
        Which addresses are called: none, those on the internet, or those of the operator's own network as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    smtp: MailServer | None = None
    webhooks: Literal["off", "public", "any"] = "public"

    def document(self, address: str) -> str:
        """Return what the REST API is told.

        Parameters
        ----------
        address : str
            Of the workbench, put into links.

        Returns
        -------
        str
            JSON in base64, without a password: the supervisor's settings take no quotation marks.
        """
        told = {**self.model_dump(mode="json"), "address": address}
        return base64.b64encode(json.dumps(told).encode()).decode("ascii")
