"""JupyterHub's authenticator for accounts of our own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from physforge.workbench.accounts import Accounts


class AccountAuthenticator(Authenticator):  # type: ignore[misc]
    """Check a name and password against a file of argon2 hashes.

    The file is the list of who may come in: a name that is not in it is refused,
    whatever the hub's database says.
    """

    accounts_file = Unicode(help="JSON file of account name -> argon2 hash").tag(config=True)

    #: One check at a time bounds memory and CPU under a flood of logins.
    _one_at_a_time = asyncio.Semaphore(1)

    async def authenticate(self, _handler: Any, data: dict[str, str]) -> str | None:
        """Return the account's name, or None when name or password is wrong.

        Parameters
        ----------
        _handler : tornado.web.RequestHandler
            Of the login page.
        data : dict
            Its fields ``username`` and ``password``.

        Returns
        -------
        str or None
            The name as normalised by JupyterHub.
        """
        accounts = Accounts(Path(self.accounts_file))
        name = self.normalize_username(data.get("username", ""))
        async with self._one_at_a_time:
            matches = await asyncio.to_thread(accounts.check, name, data.get("password", ""))
        return name if matches else None
