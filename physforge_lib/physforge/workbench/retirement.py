"""Tell the REST API of an account that was deleted, so that its id can be used by nobody any more."""

from __future__ import annotations

import uuid

import httpx

from physforge.errors import WorkbenchError

_SECONDS = 10


class Retirement:
    """The hub's word to the REST API.

    Parameters
    ----------
    api_url : str
        The API's own address, without the proxy and without a slash at the end.
    token : str
        Of the hub as a service of itself.
    """

    def __init__(self, api_url: str, token: str) -> None:
        self._api_url, self._token = api_url, token

    def tell(self, account_id: uuid.UUID) -> None:
        """Have an account's principal retired, its keys and memberships ended.

        Parameters
        ----------
        account_id : uuid.UUID
            Of a deleted account. One that never used the API is not known there, and
            nothing is to be done.

        Raises
        ------
        WorkbenchError
            If the API does not answer, or refuses; to be told again.
        """
        address = f"{self._api_url}/services/api/v1/users/{account_id}"
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            answer = httpx.delete(address, headers=headers, timeout=_SECONDS, trust_env=False)
        except httpx.HTTPError as error:
            raise WorkbenchError(
                f"The REST API does not answer, and is told later of {account_id}: {error}."
            ) from error
        if answer.status_code not in (204, 404):
            raise WorkbenchError(f"The REST API answered {answer.status_code} when it was told of {account_id}.")
