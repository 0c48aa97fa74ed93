"""Log in without a token: a person confirms a short code on a page, and this program gets an API key."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from physforge.client.calls import Calls
from physforge.client.login import Login, checked_url
from physforge.errors import RemoteError

#: Longer than any workbench asks to wait between two questions, in seconds.
_MOST_WAIT = 60


@dataclass(frozen=True)
class DeviceLogin:
    """A login that waits to be confirmed.

    Parameters
    ----------
    url : str
        Of the workbench.
    page : str
        Address of the page on which it is confirmed, on whatever machine.
    user_code : str
        To be typed there.
    device_code : str
        This program's secret.
    interval : float
        Seconds between two questions.
    expires_in : float
        Seconds until the code is void.
    """

    url: str
    page: str
    user_code: str
    device_code: str = field(repr=False)
    interval: float
    expires_in: float

    @classmethod
    def begin(cls, url: str, *, client: str, scopes: Sequence[str], days: int) -> DeviceLogin:
        """Begin a login.

        Parameters
        ----------
        url : str
            Address of the workbench.
        client : str
            What this program is called on the page.
        scopes : sequence of str
            What the key shall be good for.
        days : int
            How long.

        Returns
        -------
        DeviceLogin
            To be shown to the person.

        Raises
        ------
        PhysForgeError
            If the workbench refuses, or does not answer.
        """
        address = checked_url(url)
        calls = Calls(Login(address, ""))
        try:
            begun = calls.send(
                "POST", "/device/logins", json={"client": client, "scopes": list(scopes), "key_days": days}
            )
        finally:
            calls.close()
        path = str(begun["page"])
        if not path.startswith("/") or path.startswith("//") or not path.isprintable():
            raise RemoteError(f"The workbench at {address} names a page that is none of its own.")
        return cls(
            url=address,
            page=address + path,
            user_code=_shown(begun["user_code"]),
            device_code=str(begun["device_code"]),
            interval=min(float(begun["interval"]), _MOST_WAIT),
            expires_in=float(begun["expires_in"]),
        )

    def wait(self, sleep: Callable[[float], None] = time.sleep) -> Login:
        """Wait until the person has confirmed the code.

        Parameters
        ----------
        sleep : callable, optional
            Waits so many seconds.

        Returns
        -------
        Login
            With an API key of limited life.

        Raises
        ------
        RemoteError
            If they refused, or the code expired.
        """
        calls, interval, waited = Calls(Login(self.url, "")), self.interval, 0.0
        try:
            while waited <= self.expires_in + interval:
                sleep(interval)
                waited += interval
                answer = self._ask(calls)
                if "key" in answer:
                    return Login(self.url, str(answer["key"]))
                if answer["state"] == "slow-down":
                    interval = min(interval + 5, _MOST_WAIT)
        finally:
            calls.close()
        raise RemoteError("Nobody confirmed the code in time; log in again.")

    def _ask(self, calls: Calls) -> dict[str, Any]:
        status, answer = calls.ask("POST", "/device/keys", json={"device_code": self.device_code})
        kind = str(answer.get("type", "")).rpartition(":")[2]
        if status == 201:
            return answer
        if kind in ("authorization-pending", "slow-down"):
            return {"state": kind}
        if kind == "access-denied":
            raise RemoteError("The login was refused on the page.")
        if kind == "expired-token":
            raise RemoteError("The code has expired, or was used; log in again.")
        raise RemoteError(f"The workbench at {self.url} refuses the login: {_shown(answer.get('detail', status))}")


def _shown(text: object) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in str(text))[:1000]
