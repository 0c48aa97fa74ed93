"""Why the sidebar is not given what it asked for."""

from __future__ import annotations


class RefusedError(Exception):
    """Said to the page in place of an answer.

    Parameters
    ----------
    status : int
        Of HTTP.
    message : str
        A sentence with cause and cure.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message
