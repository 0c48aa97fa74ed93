"""What the operator allows and provides for notices."""

from __future__ import annotations

import base64
import json
from typing import Self

from pydantic import ValidationError

from physforge.errors import SettingsError
from physforge.workbench.notice_options import Notices

#: Holds the settings: JSON, or its base64, as not every way of setting a variable takes quotation marks.
VARIABLE = "PHYSFORGE_API_NOTICES"


class NoticeSettings(Notices):
    """What the operator allows and provides, as the service is told.

    Parameters
    ----------
    smtp : MailServer, optional
        Without it there are no notices by e-mail.
    webhooks : {"off", "public", "any"}, default "public"
        Which addresses are called: none, those on the internet, or those of the operator's own network as well.
    address : str, default ""
        Of the workbench, put into links; without it there are none.
    """

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
