"""Get a remote file: from the data cache, from an earlier download, or from its address."""

from __future__ import annotations

from hashlib import sha256 as hash_text
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from physforge.datasets.files import sha256_of
from physforge.datasets.registry import RemoteFile
from physforge.errors import DatasetError
from physforge.progress import QUIET_SECONDS
from physforge.settings import DATA_CACHE_VARIABLE, Settings

#: Seconds to wait for a server's answer.
TIMEOUT = 30


def fetch(file: RemoteFile, settings: Settings) -> Path:
    """Return a local copy of a registered file.

    Parameters
    ----------
    file : RemoteFile
        What to get.
    settings : Settings
        The data cache is looked at first and never written; then the download
        folder; then the address is asked, with a progress bar.

    Returns
    -------
    pathlib.Path
        A file whose SHA-256 has been checked.

    Raises
    ------
    DatasetError
        If a copy has another SHA-256, or the address cannot be reached.
    """
    if settings.data_cache is not None:
        cached = settings.data_cache / file.name
        if cached.is_file():
            _check(cached, file.sha256, f"Replace it by the file at {file.address}, or remove it")
            return cached
    target = settings.download_folder / file.name
    if target.is_file():
        _check(target, file.sha256, "Remove it, and it will be downloaded again")
        return target
    return _download(file.address, target, file.sha256)


def find_copy(file: RemoteFile, settings: Settings) -> Path | None:
    """Return the local copy that `fetch` would use, without checking or fetching it.

    Parameters
    ----------
    file : RemoteFile
        What to look for.
    settings : Settings
        Gives the data cache and the download folder.

    Returns
    -------
    pathlib.Path or None
        None if it would have to be downloaded.
    """
    folders = (
        [settings.download_folder] if settings.data_cache is None else [settings.data_cache, settings.download_folder]
    )
    return next((folder / file.name for folder in folders if (folder / file.name).is_file()), None)


def fetch_address(address: str, settings: Settings, sha256: str | None = None) -> Path:
    """Return a local copy of the file at an address that is not registered.

    Parameters
    ----------
    address : str
        Beginning with ``https://``.
    settings : Settings
        Gives the download folder; a file downloaded before is used again.
    sha256 : str, optional
        What the file must hash to; unchecked by default.

    Returns
    -------
    pathlib.Path
        Named as the last part of the address.

    Raises
    ------
    DatasetError
        If the address is not https, cannot be reached, or gives another file.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise DatasetError(f"{address} is not opened; only addresses that begin with https:// are.")
    name = PurePosixPath(unquote(parts.path)).name.replace("\\", "_")
    if not name:
        raise DatasetError(f"{address} names no file.")
    target = settings.download_folder / "addresses" / hash_text(address.encode()).hexdigest()[:16] / name
    if target.is_file():
        if sha256 is not None:
            _check(target, sha256, "Remove it, and it will be downloaded again")
        return target
    return _download(address, target, sha256)


def _check(path: Path, sha256: str, cure: str) -> None:
    found = sha256_of(path)
    if found != sha256.lower():
        raise DatasetError(f"{path} is not the registered file: its SHA-256 is {found}, not {sha256}. {cure}.")


def _download(address: str, target: Path, sha256: str | None) -> Path:
    import pooch
    from tqdm.auto import tqdm

    target.parent.mkdir(parents=True, exist_ok=True)
    # Pooch takes an empty bar for none, and puts in the real total itself.
    bar = tqdm(total=1, desc=target.name, unit="B", unit_scale=True, delay=QUIET_SECONDS, leave=False, disable=None)
    try:
        pooch.retrieve(
            address,
            known_hash=f"sha256:{sha256.lower()}" if sha256 else None,
            fname=target.name,
            path=target.parent,
            downloader=pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT),
        )
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{address} could not be downloaded ({error}). Without a network, set {DATA_CACHE_VARIABLE} to a folder "
            f"that holds the file, or open a copy by its path."
        ) from error
    finally:
        bar.close()
    return target
