"""The library of candidate terms from which discovery chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, SerializationInfo, field_serializer, field_validator

from physforge.datasets.conventions import DIM_ORDER, SPACE, period_of
from physforge.equations.grammar import parse_tree
from physforge.equations.names import FUNCTIONS
from physforge.equations.text import expression_text
from physforge.errors import LibraryError
from physforge.features.bases import AnyBasis
from physforge.features.build import Setting, build_terms, count_terms, derivatives_needed, monomials_of
from physforge.features.columns import Float
from physforge.features.evaluation import column_sd_of, sd_of, values_of
from physforge.features.limits import check_memory
from physforge.features.plan import Plan
from physforge.features.samples import gather, measured_fields
from physforge.features.term import Term
from physforge.features.term_units import units_of_terms, units_of_variables
from physforge.features.theta import Theta

if TYPE_CHECKING:
    from pint import Unit


class CandidateLibrary(BaseModel):
    """Products of powers of the fields with their derivatives, and whatever else a law may contain.

    By default the terms are the monomials of the fields up to a degree, the spatial
    derivatives up to an order, and each derivative times each monomial. Terms that are
    multiples of each other occur once. Immutable, and storable unless `functions` holds
    callables.

    Parameters
    ----------
    polynomial : int, optional
        Highest degree of the monomials. The default is 3 for one field in space and
        2 otherwise: a system of ODEs, or several fields.
    derivatives : int, optional
        Highest total order of the spatial derivatives, mixed ones included. The default
        is 4 in one spatial dimension and 2 in more; it has no effect on ODEs.
    include_constant : bool, default True
        Whether the constant term ``1`` is a candidate.
    include_interactions : bool, default True
        Whether derivatives are also multiplied by the monomials. Without them the
        library is linear in the derivatives, with constant coefficients.
    derivative_degree : int, default 1
        Most derivatives in one product; 2 adds ``u_x**2`` and ``u_x*u_xx``.
    time_derivatives : int, default 0
        Highest order of time derivatives among the candidates: 1 adds ``u_t``, for a
        target such as ``u_tt``.
    conservative : bool, default False
        Whether derivatives of the monomials are candidates, such as ``(u**2)_xx``. An
        equation reports them expanded. Those of first order are multiples of
        interactions, and so appear only without `include_interactions`.
    fourier : int, default 0
        Number of wavenumbers k = 1, 2, ... for which ``sin(k*u)`` and ``cos(k*u)`` of each
        field are candidates. For those of a coordinate use `varying`.
    functions : tuple of str or dict of str to callable, default ()
        More functions: a name such as ``"exp"`` is applied to each field; an expression
        such as ``"u/(1 + u**2)"`` is taken as it is. A callable works on arrays, element by
        element; it is given the fields and derivatives that its parameters are named
        after, or each field in turn. Callables cannot be stored.
    terms : tuple of str, default ()
        Further terms in the grammar of equations, such as ``"x*u_x"`` or ``"(u*v)_x"``.
    only : tuple of str, optional
        Keep just these terms, in this order.
    exclude : tuple of str, default ()
        Leave these out.
    varying : dict of str to basis, default {}
        Coefficients that depend on a coordinate or a parameter of the run, as functions
        of a basis: ``{"x": Legendre(degree=3, terms=("u_xx",))}``. A parameter is a
        coordinate without dim, or a number among the attributes, of each run.
    forcing : tuple of str, default ()
        Fields that enter the monomials, but have no derivatives in the library and are no
        targets. The weak form takes them as exact, unless ``<name>_sd`` gives their noise.

    Notes
    -----
    Units do not limit the library until `consistent` is asked for, since any coefficient
    may have units.

    Examples
    --------
    >>> CandidateLibrary(polynomial=1, derivatives=2).term_names(["u"], ["t", "x"])
    ['1', 'u', 'u_x', 'u_xx', 'u*u_x', 'u*u_xx']
    >>> CandidateLibrary().term_names(["a", "b"], ["t"])
    ['1', 'a', 'b', 'a**2', 'a*b', 'b**2']
    >>> flux = CandidateLibrary(polynomial=2, derivatives=1, conservative=True, include_interactions=False)
    >>> flux.term_names(["u"], ["t", "x"])
    ['1', 'u', 'u**2', 'u_x', '(u**2)_x']
    >>> CandidateLibrary(polynomial=1, functions=("sin", "u/(1 + u)"), exclude=("1",)).term_names(["u"], ["t"])
    ['u', 'sin(u)', 'u/(1 + u)']
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["candidates"] = "candidates"
    polynomial: int | None = Field(default=None, ge=1, le=6)
    derivatives: int | None = Field(default=None, ge=0, le=6)
    include_constant: bool = True
    include_interactions: bool = True
    derivative_degree: int = Field(default=1, ge=1, le=4)
    time_derivatives: int = Field(default=0, ge=0, le=3)
    conservative: bool = False
    fourier: int = Field(default=0, ge=0, le=20)
    functions: tuple[str, ...] | dict[str, Callable[..., Any]] = ()
    terms: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    varying: dict[str, AnyBasis] = Field(default_factory=dict)
    forcing: tuple[str, ...] = ()

    @field_validator("functions", "terms")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        for text in () if isinstance(value, dict) else value:
            if text not in FUNCTIONS:
                parse_tree(text, "sum")
        return value

    @field_serializer("functions")
    def _storable(self, value: Any, info: SerializationInfo) -> Any:
        if not isinstance(value, dict):
            return value
        if info.mode_is_json():
            raise LibraryError(
                f"The functions {', '.join(value)} are Python callables, which cannot be stored with a job; write them "
                "in the grammar of equations, as functions=('u/(1 + u**2)',)."
            )
        return {name: f"{function.__module__}:{function.__qualname__}" for name, function in value.items()}

    def resolve(self, fields: Sequence[str], dims: Sequence[str]) -> CandidateLibrary:
        """Return the library with every default filled in.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data; those among x, y, z count as space.

        Returns
        -------
        CandidateLibrary
            With numbers in place of None.
        """
        space = [dim for dim in SPACE if dim in dims]
        states = [field for field in fields if field not in self.forcing]
        polynomial = 3 if space and len(states) == 1 else 2
        derivatives = {0: 0, 1: 4}.get(len(space), 2)
        return self.model_copy(
            update={
                "polynomial": polynomial if self.polynomial is None else self.polynomial,
                "derivatives": (derivatives if self.derivatives is None else self.derivatives) if space else 0,
            }
        )

    def complete(self, d: xr.Dataset | Sequence[xr.Dataset], fields: Sequence[str]) -> CandidateLibrary:
        """Return the library with what its bases take from the data: domains and periods.

        Parameters
        ----------
        d : xarray.Dataset or sequence of xarray.Dataset
            The data, or those of several runs, whose parameters are coordinates without dims
            or numbers among the attributes.
        fields : sequence of str
            Names of the fields.

        Returns
        -------
        CandidateLibrary
            Resolved, with complete bases.

        Raises
        ------
        LibraryError
            If a basis varies with something that the data do not have.
        """
        runs = [d] if isinstance(d, xr.Dataset) else list(d)
        varying = {}
        for name, basis in self.varying.items():
            points = np.concatenate([np.ravel(_points(run, name)) for run in runs])
            varying[name] = basis.complete(points, _period(runs[0], name) if name in runs[0].variables else None)
        return self.resolve(fields, _axes(runs[0], fields)).model_copy(update={"varying": varying})

    def count(self, fields: Sequence[str], dims: Sequence[str]) -> int:
        """Count the terms without making them.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data.

        Returns
        -------
        int
            An upper bound: duplicates are counted, and nothing is excluded.

        Examples
        --------
        >>> CandidateLibrary(polynomial=6, derivatives=6).count(["u", "v", "w"], ["t", "x", "y", "z"])
        21000
        """
        return count_terms(self._setting(fields, dims))

    def derivative_names(self, fields: Sequence[str], dims: Sequence[str]) -> list[str]:
        """List the derivatives that occur in the terms.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data.

        Returns
        -------
        list of str
            Spatial ones by order, then field; time derivatives; those of functions and
            terms written out.
        """
        return derivatives_needed(self._setting(fields, dims))

    def monomials(self, fields: Sequence[str], dims: Sequence[str]) -> list[str]:
        """List the powers and products of the fields themselves, without the constant.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data.

        Returns
        -------
        list of str
            By degree.
        """
        return [expression_text(one) for one in monomials_of(self._setting(fields, dims))]

    def make_terms(self, fields: Sequence[str], dims: Sequence[str]) -> tuple[Term, ...]:
        """Make the candidate terms, with the structure that a weak form needs.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data; those among x, y, z count as space.

        Returns
        -------
        tuple of Term
            The constant, monomials, derivatives, then products; conservative forms,
            functions and terms written out; those with varying coefficients last.

        Raises
        ------
        LibraryError
            If there are too many, or an option names what there is not.

        Examples
        --------
        >>> library = CandidateLibrary(polynomial=2, derivatives=2, conservative=True)
        >>> term = library.make_terms(["u"], ["t", "x"])[-1]
        >>> term.name, term.outer, term.flux == term.divergence().flux
        ('(u**2)_xx', 'xx', True)
        """
        return build_terms(self._setting(fields, dims))

    def term_names(self, fields: Sequence[str], dims: Sequence[str]) -> list[str]:
        """List the candidate terms.

        Parameters
        ----------
        fields : sequence of str
            Names of the fields.
        dims : sequence of str
            Dims of the data; those among x, y, z count as space.

        Returns
        -------
        list of str
            Canonical names, in the order of `make_terms`.
        """
        return [term.name for term in self.make_terms(fields, dims)]

    def evaluate(self, d: xr.Dataset, *, fields: Sequence[str] | None = None, sd: bool = False) -> Theta:
        """Evaluate the terms at every sample.

        Parameters
        ----------
        d : xarray.Dataset
            Fields, the derivatives of `derivative_names`, and ``<name>_sd`` for each where
            known: what `physforge.differentiate` returns. On a grid, or over ``point``.
            If it is dask-backed, nothing is computed.
        fields : sequence of str, optional
            Names of the fields; by default the variables that are no derivative of
            another one.
        sd : bool, default False
            Whether the standard deviation of each term at each sample is wanted; it takes
            as much memory as the values. That of each column is given in any case.

        Returns
        -------
        Theta
            Values, names, units and standard deviations. A missing sample makes its row
            NaN in the terms that need it; see `Theta.finite`.

        Raises
        ------
        LibraryError
            If a derivative or coordinate is missing, units cannot be read, or the matrix
            does not fit into memory.

        Notes
        -----
        The sd follows to first order from those of fields and derivatives, whose errors are
        taken as independent of each other; for a callable it is half the difference of
        its values one standard deviation to either side.

        Examples
        --------
        >>> import xarray as xr
        >>> ds = xr.Dataset({"u": ("t", [1.0, 2.0, 3.0]), "u_sd": ("t", [0.1, 0.1, 0.1])}, {"t": [0.0, 1.0, 2.0]})
        >>> theta = CandidateLibrary().evaluate(ds, sd=True)
        >>> theta.names, theta.values[2], theta.sd[2].round(6)
        (('1', 'u', 'u**2'), array([1., 3., 9.]), array([0. , 0.1, 0.6]))
        """
        known = _known_fields(d, fields)
        library = self.complete(d, known)
        plan = library._plan(known, _axes(d, known))
        terms = plan.terms
        samples = gather(d, plan.names or known[:1], known, len(terms))
        if not samples.lazy:
            check_memory(samples.size, len(terms), 1 + sd)
        values = values_of(plan, samples)
        variables = units_of_variables(d, [*known, *map(str, d.coords)])
        units, problems = units_of_terms(terms, variables)
        return Theta(
            values=values,
            terms=terms,
            fields=tuple(known),
            dims=samples.dims,
            shape=samples.shape,
            units=units,
            problems=problems,
            column_sd=column_sd_of(plan, samples, values) if samples.sd else None,
            sd=sd_of(plan, samples) if sd and samples.sd else None,
            library=library,
            variables=variables,
        )

    def evaluate_arrays(
        self, values: Mapping[str, Float], fields: Sequence[str], dims: Sequence[str]
    ) -> tuple[list[str], Float]:
        """Evaluate the terms on flat arrays, where there is no dataset.

        Parameters
        ----------
        values : mapping of str to numpy.ndarray of shape (n,)
            Fields, derivatives and whichever coordinates the terms contain.
        fields, dims : sequence of str
            Names of the fields and dims.

        Returns
        -------
        names : list of str
            Canonical names of the terms.
        theta : numpy.ndarray of shape (n, n_terms)
            The terms; each column is contiguous in memory.

        Raises
        ------
        LibraryError
            If a value is missing.
        """
        plan = self._plan(fields, dims)
        size = len(next(iter(values.values())))
        theta = np.empty((len(plan.terms), size)).T
        plan.values(values, theta)
        return [term.name for term in plan.terms], theta

    def units(self, d: xr.Dataset, *, fields: Sequence[str] | None = None) -> dict[str, Unit | None]:
        """Return the units of each term.

        Parameters
        ----------
        d : xarray.Dataset
            Fields and coordinates with attributes ``units``; derivatives are not needed.
        fields : sequence of str, optional
            Names of the fields; by default the variables that are no derivative of
            another one.

        Returns
        -------
        dict of str to pint.Unit or None
            None where a variable has no units, or the term makes no sense in them.

        Raises
        ------
        LibraryError
            If units cannot be read.

        Examples
        --------
        >>> import xarray as xr
        >>> x = xr.DataArray([0.0, 1.0], dims="x", attrs={"units": "mm"})
        >>> ds = xr.Dataset({"u": ("x", [1.0, 2.0], {"units": "K"})}, {"x": x})
        >>> {name: str(unit) for name, unit in CandidateLibrary(polynomial=1, derivatives=1).units(ds).items()}
        {'1': 'dimensionless', 'u': 'kelvin', 'u_x': 'kelvin / millimeter', 'u*u_x': 'kelvin ** 2 / millimeter'}
        """
        return self._units(d, fields)[0]

    def consistent(self, d: xr.Dataset, *, fields: Sequence[str] | None = None) -> CandidateLibrary:
        """Return the library without the terms that make no sense in the units of the data.

        Parameters
        ----------
        d : xarray.Dataset
            Fields and coordinates with attributes ``units``.
        fields : sequence of str, optional
            Names of the fields; by default the variables that are no derivative of
            another one.

        Returns
        -------
        CandidateLibrary
            Without functions of anything but plain numbers, such as ``sin(u)`` of a length,
            and sums of unlike units, such as ``1/(1 + u)``. Any product stays, since its
            coefficient may have units; so does whatever lacks units.

        Raises
        ------
        LibraryError
            If units cannot be read, or no term would be left.
        """
        problems = self._units(d, fields)[1]
        return self.model_copy(update={"exclude": (*self.exclude, *problems)}) if problems else self

    def _units(self, d: xr.Dataset, fields: Sequence[str] | None) -> tuple[dict[str, Unit | None], dict[str, str]]:
        known = _known_fields(d, fields)
        terms = self.complete(d, known).make_terms(known, _axes(d, known))
        return units_of_terms(terms, units_of_variables(d, [*known, *map(str, d.coords)]))

    def _setting(self, fields: Sequence[str], dims: Sequence[str]) -> Setting:
        states = tuple(field for field in fields if field not in self.forcing)
        space = tuple(dim for dim in SPACE if dim in dims)
        return Setting(self.resolve(fields, dims), states, self.forcing, space)

    def _plan(self, fields: Sequence[str], dims: Sequence[str]) -> Plan:
        setting = self._setting(fields, dims)
        return Plan(build_terms(setting), tuple(setting.calls), self.varying)


def _known_fields(d: xr.Dataset, fields: Sequence[str] | None) -> list[str]:
    known = measured_fields(d) if fields is None else list(fields)
    absent = [name for name in known if name not in d.data_vars]
    if absent or not known:
        what = f"no field {absent[0]!r}" if absent else "no field"
        raise LibraryError(f"The dataset has {what}; its variables are {', '.join(map(str, d.data_vars)) or 'none'}.")
    return known


def _points(d: xr.Dataset, name: str) -> Float:
    """Return the values of a coordinate, or of a parameter of a run."""
    if name in d.variables:
        return d[name].to_numpy().astype(np.float64)
    value = d.attrs.get(name)
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return np.array([float(value)])
    known = ", ".join(map(str, d.coords))
    raise LibraryError(f"varying names {name!r}, which is no coordinate of the dataset; it has {known}.")


def _axes(d: xr.Dataset, fields: Sequence[str]) -> list[str]:
    """The dims of the fields, or the coordinates of scattered samples."""
    over = {dim for field in fields for dim in d[field].dims}
    return [axis for axis in DIM_ORDER if axis in over or (axis in d.coords and set(d[axis].dims) & over)]


def _period(d: xr.Dataset, name: str) -> float | None:
    if name not in SPACE or any(variable.chunks is not None for variable in d.data_vars.values()):
        stated = d[name].attrs.get("period")
        return None if stated is None else float(stated)
    return period_of(d, name) if name in d.dims else None
