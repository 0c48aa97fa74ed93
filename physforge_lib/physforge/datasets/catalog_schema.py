"""What a catalog file may say.

The layout is that of an intake catalog (version 1), so that intake reads it too;
what intake would run (templates, plugins, parameters) has no place in it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, StringConstraints

#: The one prefix that names a file beside the catalog. It is compared, never expanded as a template.
CATALOG_FOLDER = "{{ CATALOG_DIR }}/"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Dim = Literal["t", "x", "y", "z", "trajectory", "point"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileDriver = Literal["csv", "json", "mat", "netcdf", "npy", "npz", "vtk", "xlsx", "zarr"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Metadata(_Strict):
    """What is known about a data set."""

    title: Word
    licence: Word
    source: Text
    equation: Text | None = None
    citation: Text | None = None
    tags: list[Word] = Field(default_factory=list, max_length=20)
    dims: list[Dim] = Field(min_length=1)
    fields_: list[Word] = Field(default_factory=list, alias="fields", max_length=100)
    units: dict[Word, Word] = Field(default_factory=dict)
    period: dict[Dim, PositiveFloat] = Field(default_factory=dict)
    sha256: Sha256 | None = None


class FileArguments(_Strict):
    """Where a file is, and the options of its reader."""

    urlpath: Word
    coords: dict[Dim, Word] | None = None
    dims: list[Dim] | None = None
    fields_: list[Word] | None = Field(default=None, alias="fields")
    t: Word | None = None
    delimiter: Word | None = None
    names: list[Word] | None = None
    name: Word | None = None
    sheet: Word | None = None
    trajectory: Word | None = None
    run: int | float | None = None


class ProblemArguments(_Strict):
    """Which reference problem to regenerate."""

    name: Name


class FileSource(_Strict):
    """A data set in a file."""

    driver: FileDriver
    description: Text
    args: FileArguments
    metadata: Metadata


class ProblemSource(_Strict):
    """A data set that is computed when opened."""

    driver: Literal["problem"]
    description: Text
    args: ProblemArguments
    metadata: Metadata


class CatalogMetadata(_Strict):
    """What a catalog says about itself."""

    version: Literal[1]
    title: Word | None = None


class CatalogFile(_Strict):
    """A whole catalog file."""

    metadata: CatalogMetadata
    sources: dict[Name, Annotated[FileSource | ProblemSource, Field(discriminator="driver")]]
