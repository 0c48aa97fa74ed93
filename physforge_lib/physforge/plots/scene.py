"""What is to be seen of a field in space: a description that can be stored and sent."""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, model_validator

from physforge.datasets.conventions import POINT, SPACE, TIME, field_names, spatial_dims
from physforge.errors import DatasetError

Kind: TypeAlias = Literal["isosurface", "slices", "volume", "streamlines", "warp", "surface"]


class Camera(BaseModel):
    """From where one looks.

    Parameters
    ----------
    azimuth : float, default -55
        Degrees around the upward axis, from the right of the first one.
    elevation : float, default 25
        Degrees above the horizon.
    zoom : float, default 1
        Larger is nearer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    azimuth: float = Field(default=-55.0, ge=-360.0, le=360.0)
    elevation: float = Field(default=25.0, ge=-89.0, le=89.0)
    zoom: float = Field(default=1.0, gt=0.0, le=20.0)


class Scene(BaseModel):
    """A picture in space of one field, or of a vector field.

    Parameters
    ----------
    kind : str, default "isosurface"
        ``"isosurface"`` (where the field has given values), ``"slices"`` (three planes), ``"volume"``
        (as a cloud), ``"streamlines"`` (of a vector field), ``"warp"`` (a field over x and y, or over x and
        t, as a surface whose height is the value) or ``"surface"`` (the outside of a body or box).
    field : str, optional
        Which one; by default the first. Not used by ``"streamlines"``.
    vector : tuple of str, optional
        The components of the vector field; by default u, v, w, or else the first fields.
    levels : tuple of float, optional
        Values of the isosurfaces; by default two that show the shape.
    at : tuple of float, optional
        Where the slices lie, as shares of the range of each axis: 0 to 1; by default through the middle.
    time : int, default -1
        Index of the time; a negative one counts from the end.
    limits : tuple of float, optional
        Of the colours; by default those of the field at that time. Give them where pictures are compared.
    camera : Camera, optional
        From where one looks; by default from the front right, and at what is flat from above.
    theme : {"light", "dark"}, default "light"
        Of the page around it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = "isosurface"
    field: str | None = None
    vector: tuple[str, ...] | None = Field(default=None, min_length=2, max_length=3)
    levels: tuple[float, ...] | None = Field(default=None, min_length=1, max_length=8)
    at: tuple[float, float, float] = (0.5, 0.5, 0.5)
    time: int = -1
    limits: tuple[float, float] | None = None
    camera: Camera | None = None
    theme: Literal["light", "dark"] = "light"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not all(0.0 <= one <= 1.0 for one in self.at):
            raise ValueError(f"Slices lie at shares of the axes, between 0 and 1, not at {self.at}.")
        if self.limits is not None and not self.limits[0] < self.limits[1]:
            raise ValueError(f"The limits of the colours must rise, not be {self.limits}.")
        return self

    def chosen_field(self, ds: xr.Dataset) -> str:
        """Return the field that is shown.

        Parameters
        ----------
        ds : xarray.Dataset
            The data.

        Returns
        -------
        str
            A name in `ds`.

        Raises
        ------
        DatasetError
            If there is no such field.
        """
        known = field_names(ds)
        if self.field is not None and self.field not in known:
            raise DatasetError(f"There is no field {self.field!r} to draw; there are {', '.join(known)}.")
        return self.field if self.field is not None else known[0]

    def chosen_vector(self, ds: xr.Dataset) -> tuple[str, ...]:
        """Return the components that the streamlines follow, one for each axis of space.

        Parameters
        ----------
        ds : xarray.Dataset
            The data.

        Returns
        -------
        tuple of str
            Names in `ds`.

        Raises
        ------
        DatasetError
            If there are too few fields, or a component is missing.
        """
        known = field_names(ds)
        axes = len(_axes_of_space(ds))
        usual = [name for name in ("u", "v", "w") if name in known]
        names = self.vector or tuple((usual if len(usual) >= axes else known)[:axes])
        missing = [name for name in names if name not in known]
        if missing or len(names) != axes or axes < 2:
            raise DatasetError(
                f"Streamlines need one component for each axis of space, of which there are {axes}; the fields are "
                f"{', '.join(known)}. Name them with vector=(...)."
            )
        return names


def scene_kinds(ds: xr.Dataset) -> tuple[Kind, ...]:
    """Say which scenes a dataset has; the first is shown if nobody chooses.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid, scattered or a mesh.

    Returns
    -------
    tuple of str
        Empty where there is nothing in space to see.
    """
    axes = _axes_of_space(ds)
    if POINT in ds.dims and not _has_cells(ds):
        return ("surface",) if len(axes) >= 2 else ()
    flow: tuple[Kind, ...] = ("streamlines",) if len(field_names(ds)) >= len(axes) else ()
    match len(axes):
        case 3:
            return ("isosurface", "slices", "volume", "surface", *flow)
        case 2:
            return ("surface", *flow) if POINT in ds.dims else ("warp", *flow)
        case 1:
            return ("warp",) if TIME in ds.dims and POINT not in ds.dims else ()
    return ()


def _axes_of_space(ds: xr.Dataset) -> list[str]:
    return [name for name in SPACE if name in ds.coords] if POINT in ds.dims else spatial_dims(ds)


def _has_cells(ds: xr.Dataset) -> bool:
    from physforge.datasets.mesh import has_mesh

    return has_mesh(ds)
