"""Send the bytes of a version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from fastapi import Request, Response
from starlette.responses import FileResponse, StreamingResponse

from physforge.database.tables import VersionRow
from physforge.datasets.store import BlobStore
from physforge.datasets.store.blobs import blocks
from physforge.service.archive import zip_of_tree
from physforge.service.etags import has_tag

#: Whatever the bytes are, no browser is to show them.
_BYTES = "application/octet-stream"


def download(blobs: BlobStore, version: VersionRow, request: Request) -> Response:
    """Answer with the bytes of a version.

    Parameters
    ----------
    blobs : BlobStore
        Where they are.
    version : VersionRow
        Which.
    request : fastapi.Request
        With ``Range``, ``If-Range`` and ``If-None-Match``, perhaps.

    Returns
    -------
    fastapi.Response
        Its ETag is the SHA-256, against which the receiver checks what came. Ranges are
        served where blobs are files of this machine; a zarr folder is a zip file.
    """
    name = version.original_name + (".zip" if version.layout == "tree" else "")
    disposition = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(name, safe='')}"}
    if version.layout != "tree":
        return send_blob(blobs, version.sha256, request, disposition)
    tag = f'"{version.sha256}"'
    if has_tag(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    headers = {"ETag": tag, **disposition}
    return StreamingResponse(zip_of_tree(blobs, version.sha256), media_type="application/zip", headers=headers)


def send_blob(
    blobs: BlobStore, sha256: str, request: Request, extra_headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a blob.

    Parameters
    ----------
    blobs : BlobStore
        Where it is.
    sha256 : str
        Which; also its ETag.
    request : fastapi.Request
        With ``Range``, ``If-Range`` and ``If-None-Match``, perhaps.
    extra_headers : mapping of str to str, optional
        Sent along.

    Returns
    -------
    fastapi.Response
        Ranges are served where blobs are files of this machine.
    """
    tag = f'"{sha256}"'
    if has_tag(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    headers = {"ETag": tag, **(extra_headers or {})}
    # It says in words what is wrong if it is not there.
    size = blobs.size(sha256)
    path = blobs.local_path(sha256)
    if path is not None:
        return FileResponse(path, media_type=_BYTES, headers=headers)
    headers["Content-Length"] = str(size)
    return StreamingResponse(_bytes(blobs, sha256), media_type=_BYTES, headers=headers)


def send_file(path: Path, sha256: str, request: Request) -> Response:
    """Answer with a file.

    Parameters
    ----------
    path : pathlib.Path
        Of this machine; it does not change.
    sha256 : str
        Of its content; also its ETag.
    request : fastapi.Request
        With ``Range``, ``If-Range`` and ``If-None-Match``, perhaps.

    Returns
    -------
    fastapi.Response
        No browser is to show it.
    """
    tag = f'"{sha256}"'
    if has_tag(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    disposition = f"attachment; filename*=utf-8''{quote(path.name, safe='')}"
    return FileResponse(path, media_type=_BYTES, headers={"ETag": tag, "Content-Disposition": disposition})


def _bytes(blobs: BlobStore, sha256: str) -> Iterator[bytes]:
    with blobs.open(sha256) as stream:
        for block in blocks(stream):
            yield bytes(block)
