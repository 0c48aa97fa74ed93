"""What the operator allows and provides for notices."""

from __future__ import annotations

import base64
import json
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from physforge.errors import SettingsError

#: Holds the settings: JSON, or its base64, as not every way of setting a variable takes quotation marks.
VARIABLE = "PHYSFORGE_API_NOTICES"


class Smtp(BaseModel):
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
    password_file : str, optional
        One line, readable by the service alone.
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
    password_file: str | None = None
    encrypted: bool = True
    domains: tuple[str, ...] = ()


class NoticeSettings(BaseModel):
    """What the operator allows and provides.

    Parameters
    ----------
    smtp : Smtp, optional
        Without it there are no notices by e-mail.
    webhooks : {"off", "public", "any"}, default "public"
        Which addresses are called: none, those on the internet, or those of the operator's own network as well.
    address : str, default ""
        Of the workbench, put into links; without it there are none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    smtp: Smtp | None = None
    webhooks: Literal["off", "public", "any"] = "public"
    address: str = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the settings from what the environment says.

        Parameters
        ----------
        text : str
            JSON, or its base64; empty for the defaults.

        Returns
        -------
        NoticeSettings
            Checked.

        Raises
        ------
        SettingsError
            Naming what is wrong.
        """
        try:
            written = text if text.startswith("{") else base64.b64decode(text, validate=True) or b"{}"
            return cls.model_validate(json.loads(written))
        except (ValueError, ValidationError) as error:
            raise SettingsError(f"{VARIABLE} cannot be used: {error}") from error
