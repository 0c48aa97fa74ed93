"""The log's secrets: what signs heads, what seals rows, and a key for each subject that can be destroyed."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from physforge.audit.private_files import check_private, create_private, make_private_folder, replace_private
from physforge.errors import AuditError

_BYTES, _NONCE = 32, 12
_SUBJECT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|anonymous-\d{4}-\d{2}")
_ERASED = b"erased "


class Keys:
    """The keys folder of a log.

    It holds ``signing.key`` (Ed25519), ``master.key`` (AES-256, from which rows are
    sealed and keys of subjects wrapped) and ``subjects/``, one wrapped key a file. All
    are 0600 in a folder 0700, apart from the database, and to be backed up apart: who
    has a backup of both can read what was erased since.

    Parameters
    ----------
    folder : pathlib.Path
        From `open`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._signing = Ed25519PrivateKey.from_private_bytes(_secret(folder / "signing.key"))
        master = _secret(folder / "master.key")
        self._wrapping = AESGCM(hmac.digest(master, b"physforge-audit wrap", "sha256"))
        self._sealing = hmac.digest(master, b"physforge-audit seal", "sha256")
        self._known: dict[str, tuple[tuple[int, int, int], AESGCM]] = {}

    @classmethod
    def open(cls, folder: Path, *, create: bool) -> Self:
        """Open a folder of keys.

        Parameters
        ----------
        folder : pathlib.Path
            Readable by its owner alone.
        create : bool
            Whether keys that are missing are made.

        Returns
        -------
        Keys
            The same ones in each process.

        Raises
        ------
        AuditError
            If a key is missing, damaged, too simple, or can be read by others.
        """
        if create:
            make_private_folder(folder)
            make_private_folder(folder / "subjects")
            for name in ("signing.key", "master.key"):
                if not (folder / name).exists():
                    create_private(folder / name, secrets.token_hex(_BYTES).encode() + b"\n")
        elif not folder.is_dir():
            raise AuditError(f"The keys of the event log are not in {folder}; restore them from their backup.")
        check_private(folder)
        return cls(folder)

    @property
    def folder(self) -> Path:
        """Where the keys lie."""
        return self._folder

    @cached_property
    def public_key(self) -> str:
        """What others check signatures with: 64 hexadecimal digits."""
        return self._signing.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """Sign a message.

        Parameters
        ----------
        message : bytes
            What is signed.

        Returns
        -------
        str
            128 hexadecimal digits.
        """
        return self._signing.sign(message).hex()

    def seal(self, row_hash: str) -> str:
        """Return what shows that a row was written by the log itself.

        Parameters
        ----------
        row_hash : str
            The row's hash, which anybody could compute.

        Returns
        -------
        str
            HMAC-SHA256 of it, 64 hexadecimal digits.
        """
        return hmac.digest(self._sealing, row_hash.encode(), "sha256").hex()

    def encrypt(self, subject: str, text: bytes) -> bytes | None:
        """Encrypt with a subject's key, which is made at first use.

        Parameters
        ----------
        subject : str
            A principal's id, or a month: ``anonymous-2026-11``.
        text : bytes
            What to encrypt.

        Returns
        -------
        bytes or None
            Nonce and AES-256-GCM ciphertext; None if the subject is erased.
        """
        cipher = self._cipher(subject, create=True)
        if cipher is None:
            return None
        nonce = os.urandom(_NONCE)
        return nonce + cipher.encrypt(nonce, text, subject.encode())

    def decrypt(self, subject: str, blob: bytes) -> bytes | None:
        """Decrypt with a subject's key.

        Parameters
        ----------
        subject : str
            Whose key.
        blob : bytes
            From `encrypt`.

        Returns
        -------
        bytes or None
            None if the subject is erased.

        Raises
        ------
        AuditError
            If the blob was changed, or the key is another one.
        """
        cipher = self._cipher(subject, create=False)
        if cipher is None:
            return None
        try:
            return cipher.decrypt(blob[:_NONCE], blob[_NONCE:], subject.encode())
        except (InvalidTag, ValueError) as error:
            raise AuditError(f"Personal fields of {subject} do not fit its key; run physforge audit verify.") from error

    def destroy(self, subject: str) -> bool:
        """Destroy a subject's key, so that nobody can read its personal fields again.

        Parameters
        ----------
        subject : str
            Whose key. No new one is made for it ever after.

        Returns
        -------
        bool
            Whether there was a key.
        """
        path = self._path(subject)
        had_key = path.exists() and not path.read_bytes().startswith(_ERASED)
        self._known.pop(subject, None)
        replace_private(path, _ERASED + datetime.now(UTC).isoformat(timespec="seconds").encode() + b"\n")
        return had_key

    def is_erased(self, subject: str) -> bool:
        """Say whether a subject has no key.

        Parameters
        ----------
        subject : str
            Whose key.

        Returns
        -------
        bool
            True as well where there never was one.
        """
        return self._cipher(subject, create=False) is None

    def _cipher(self, subject: str, *, create: bool) -> AESGCM | None:
        path = self._path(subject)
        try:
            # Another process may have destroyed the key since: the file is looked at each time.
            facts = path.stat()
        except FileNotFoundError:
            if not create:
                return None
            create_private(path, self._wrapped(subject, AESGCM.generate_key(256)))
            return self._cipher(subject, create=False)
        version = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
        known = self._known.get(subject)
        if known is not None and known[0] == version:
            return known[1]
        content = path.read_bytes()
        if content.startswith(_ERASED):
            self._known.pop(subject, None)
            return None
        cipher = AESGCM(self._unwrapped(subject, content))
        self._known[subject] = (version, cipher)
        return cipher

    def _wrapped(self, subject: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return (nonce + self._wrapping.encrypt(nonce, key, subject.encode())).hex().encode() + b"\n"

    def _unwrapped(self, subject: str, content: bytes) -> bytes:
        try:
            blob = bytes.fromhex(content.decode("ascii"))
            return self._wrapping.decrypt(blob[:_NONCE], blob[_NONCE:], subject.encode())
        except (InvalidTag, ValueError) as error:
            raise AuditError(f"The key {self._path(subject)} is damaged; restore it from its backup.") from error

    def _path(self, subject: str) -> Path:
        if not _SUBJECT.fullmatch(subject):
            raise AuditError(
                f"{subject!r:.80} is no subject of the event log; give a principal's id, or a month like "
                "anonymous-2026-11."
            )
        return self._folder / "subjects" / f"{subject}.key"


def check_signature(public_key: str, message: bytes, signature: str) -> bool:
    """Say whether a message was signed.

    Parameters
    ----------
    public_key : str
        64 hexadecimal digits.
    message : bytes
        What would have been signed.
    signature : str
        128 hexadecimal digits; anything else is a wrong one.

    Returns
    -------
    bool
        Whether it was signed with the private key that belongs to the public one.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def month_of(moment: datetime) -> str:
    """Return the subject of personal fields that belong to no principal.

    Parameters
    ----------
    moment : datetime.datetime
        When it happened.

    Returns
    -------
    str
        One a month, such as ``anonymous-2026-11``.
    """
    return f"anonymous-{moment:%Y-%m}"


def _secret(path: Path) -> bytes:
    if not path.exists():
        raise AuditError(f"{path} is missing; restore it from the backup of the event log's keys.")
    check_private(path)
    try:
        value = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError as error:
        raise AuditError(f"{path} is damaged; restore it from the backup of the event log's keys.") from error
    if len(value) != _BYTES or len(set(value)) < 8:
        raise AuditError(f"{path} is too short or too simple for a key; restore it from the backup.")
    return value
