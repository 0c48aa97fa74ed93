"""Read a catalog file as data. Nothing in it is run, expanded or fetched.

A catalog in intake's own hands is a program: templates and drivers named in it run
when an entry is opened. Here unknown drivers, templates, paths outside the
catalog's folder and addresses without a SHA-256 are refused when it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from physforge.datasets.catalog_schema import CATALOG_FOLDER, CatalogFile, FileSource, ProblemSource
from physforge.datasets.entry import Entry
from physforge.datasets.registry import RemoteFile, check_address, read_registry
from physforge.datasets.strict_yaml import load_strict
from physforge.errors import CatalogError

_TEMPLATE = re.compile(r"[{}]|\b(env|shell|client_env|client_shell|func)\(")


def load_catalog(path: Path) -> list[Entry]:
    """Read the entries of a catalog file.

    Parameters
    ----------
    path : pathlib.Path
        A YAML file; ``registry.txt`` beside it lists the remote files.

    Returns
    -------
    list of Entry
        In the order of the file.

    Raises
    ------
    CatalogError
        For anything that the schema does not know (see `catalog_schema`).
    """
    document = load_strict(path)
    for keys, text in _texts(document, ()):
        if _TEMPLATE.search(text.removeprefix(CATALOG_FOLDER)):
            raise CatalogError(f"The catalog {path} is refused: {'.'.join(keys)} holds a template, {text[:60]!r}.")
    parsed = _parse(document, path)
    registry = read_registry(path.parent)
    return [_entry(name, source, path, registry) for name, source in parsed.sources.items()]


def make_entry(name: str, source: Mapping[str, Any], folder: Path) -> Entry:
    """Return one entry, checked as those of a file are.

    Parameters
    ----------
    name : str
        Its name.
    source : mapping
        Driver, description, arguments and metadata, as in a catalog file.
    folder : pathlib.Path
        Of the catalog; ``registry.txt`` in it lists the remote files.

    Returns
    -------
    Entry
        Without a home.

    Raises
    ------
    CatalogError
        For anything that the schema does not know (see `catalog_schema`).
    """
    parsed = _parse({"metadata": {"version": 1}, "sources": {name: source}}, folder)
    return _entry(name, parsed.sources[name], folder / "catalog", read_registry(folder))


def _parse(document: Any, path: Path) -> CatalogFile:
    try:
        return CatalogFile.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its top"
        raise CatalogError(f"The catalog {path} is refused: {place}: {first['msg']}.") from error


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*place, str(index)))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield place, str(key)
            yield from _texts(item, (*place, str(key)))


def _entry(name: str, source: FileSource | ProblemSource, path: Path, registry: Mapping[str, RemoteFile]) -> Entry:
    facts = source.metadata.model_dump(by_alias=True)
    sha256 = facts.pop("sha256")
    where = f"The catalog {path}, entry {name!r}"
    files: dict[str, Path | RemoteFile] = {}
    if isinstance(source, FileSource):
        files["urlpath"] = _locate(source.args.urlpath, sha256, path.parent, registry, where)
        for dim, text in (source.args.coords or {}).items():
            files[f"coords.{dim}"] = _locate(text, None, path.parent, registry, where)
        main = files["urlpath"]
        sha256 = sha256 or (main.sha256 if isinstance(main, RemoteFile) else None)
    arguments = source.args.model_dump(by_alias=True, exclude_none=True)
    return Entry(
        name=name,
        description=source.description,
        driver=source.driver,
        arguments=arguments,
        sha256=sha256,
        files=files,
        **facts,
    )


def _locate(
    text: str, sha256: str | None, folder: Path, registry: Mapping[str, RemoteFile], where: str
) -> Path | RemoteFile:
    if text.startswith(CATALOG_FOLDER):
        return _inside(text.removeprefix(CATALOG_FOLDER), folder, where)
    if "://" not in text:
        return _inside(text, folder, where)
    check_address(text, where)
    known = registry.get(text)
    if known is None and sha256 is None:
        raise CatalogError(f"{where}: the address {text} has no SHA-256; give one in metadata or in registry.txt.")
    if known is not None and sha256 not in (None, known.sha256):
        raise CatalogError(f"{where}: its SHA-256 is not the one that registry.txt has for {text}.")
    return known or RemoteFile(f"{str(sha256)[:16]}/{PurePosixPath(text).name}", str(sha256), text)


def _inside(text: str, folder: Path, where: str) -> Path:
    """Return the path of a file beside the catalog, following no link out of its folder."""
    relative = PurePosixPath(text)
    if relative.is_absolute() or ".." in relative.parts or "\\" in text or ":" in text or text.startswith("~"):
        raise CatalogError(f"{where}: the path {text!r} is refused; it must lie inside the catalog's folder.")
    path = folder / relative
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CatalogError(f"{where}: the path {text!r} leads out of the catalog's folder through a link.")
    return path
