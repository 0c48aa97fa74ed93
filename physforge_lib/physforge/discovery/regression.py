"""The linear regression behind a discovery, reduced block by block."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from physforge.derivatives.axis import Float
from physforge.discovery.bounded import bounded_least_squares

#: Indices of the terms in an equation, ascending.
Support = tuple[int, ...]

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Regression:
    """Target and candidate terms, as one triangular factor for each block of samples.

    Neighbouring samples share their errors, so blocks are what is held out and
    resampled. The triangular factor of a block's QR decomposition answers every
    least-squares question about the block exactly; the samples are not needed again.
    Columns and target are scaled to unit root mean square: a coefficient is then the
    share of the target that its term contributes.

    Parameters
    ----------
    target : str
        What is explained, for example ``"u_t"``.
    terms : tuple of str
        Names of the p candidates.
    scales : numpy.ndarray of shape (p,)
        Root mean square of each term.
    target_scale : float
        Root mean square of the target.
    factors : numpy.ndarray of shape (blocks, p + 1, p + 1)
        Triangular factors of the scaled terms with the target as last column.
    counts : numpy.ndarray of shape (blocks,)
        Samples in each block.
    needed : tuple of int, default ()
        Terms that every equation has.
    bounds : numpy.ndarray of shape (p, 2), optional
        Lowest and highest scaled coefficient of each term.
    """

    target: str
    terms: tuple[str, ...]
    scales: Float
    target_scale: float
    factors: Float
    counts: Indices
    needed: Support = ()
    bounds: Float | None = None

    @classmethod
    def build(cls, target: str, terms: Sequence[str], theta: Float, values: Float, blocks: Indices) -> Regression:
        """Reduce samples to a regression.

        Parameters
        ----------
        target : str
            Name of the target.
        terms : sequence of str
            Names of the columns.
        theta : numpy.ndarray of shape (n, p)
            Candidate terms at the samples.
        values : numpy.ndarray of shape (n,)
            The target.
        blocks : numpy.ndarray of int, shape (n,)
            Label of each sample's block.

        Returns
        -------
        Regression
            Terms or a target that vanish everywhere keep the scale 1.
        """
        scales = np.sqrt(np.mean(theta**2, axis=0))
        scales[scales == 0] = 1.0
        target_scale = float(np.sqrt(np.mean(values**2))) or 1.0
        table = np.column_stack([theta / scales, values / target_scale])
        labels, counts = np.unique(blocks, return_counts=True)
        factors = np.zeros((len(labels), table.shape[1], table.shape[1]))
        for index, label in enumerate(labels):
            triangle = np.linalg.qr(table[blocks == label], mode="r")
            factors[index, : len(triangle)] = triangle
        return cls(target, tuple(terms), scales, target_scale, factors, counts)

    @property
    def blocks(self) -> Indices:
        """Indices of all blocks."""
        return np.arange(len(self.counts))

    def gather(self, blocks: Indices) -> Float:
        """Return the triangular factor of several blocks together.

        Parameters
        ----------
        blocks : numpy.ndarray of int
            Indices of the blocks; one that is named twice counts twice.

        Returns
        -------
        numpy.ndarray of shape (p + 1, p + 1)
            Scaled so that squared norms are means over the samples.
        """
        stacked = self.factors[blocks].reshape(-1, self.factors.shape[-1])
        triangle: Float = np.asarray(np.linalg.qr(stacked, mode="r"), dtype=np.float64)
        return triangle / float(np.sqrt(self.counts[blocks].sum()))

    def physical(self, support: Support, coefficients: Float) -> Float:
        """Return coefficients in the units of the data.

        Parameters
        ----------
        support : tuple of int
            Terms of the equation.
        coefficients : numpy.ndarray of shape (..., len(support))
            Scaled coefficients.

        Returns
        -------
        numpy.ndarray
            Same shape.
        """
        physical: Float = coefficients * self.target_scale / self.scales[list(support)]
        return physical

    def without(self, *terms: int) -> Regression:
        """Return the regression with fewer candidates.

        Parameters
        ----------
        *terms : int
            Indices of the candidates that go.

        Returns
        -------
        Regression
            The later candidates move up.
        """
        kept = [index for index in range(len(self.terms)) if index not in terms]
        return replace(
            self,
            terms=tuple(self.terms[index] for index in kept),
            scales=self.scales[kept],
            factors=self.factors[:, :, [*kept, -1]],
            needed=tuple(place for place, index in enumerate(kept) if index in self.needed),
            bounds=None if self.bounds is None else self.bounds[kept],
        )

    def knowing(
        self, known: Mapping[int, float], needed: Collection[int], bounds: Mapping[int, tuple[float, float]]
    ) -> Regression:
        """Return what is left to be found beside what is known.

        Parameters
        ----------
        known : mapping of int to float
            Terms whose coefficients are known, in the units of the data.
        needed : collection of int
            Terms that every equation has.
        bounds : mapping of int to (float, float)
            Lowest and highest coefficient of some terms, in the units of the data.

        Returns
        -------
        Regression
            Of the target less the known terms, which are no candidates any more. Scales stay.
        """
        factors = self.factors.copy()
        for term, value in known.items():
            factors[:, :, -1] -= value * self.scales[term] / self.target_scale * factors[:, :, term]
        inside = None
        if bounds:
            inside = np.array([bounds.get(term, (-np.inf, np.inf)) for term in range(len(self.terms))])
            inside = inside * (self.scales / self.target_scale)[:, None]
        return replace(self, factors=factors, needed=tuple(sorted(needed)), bounds=inside).without(*known)


def fit(triangle: Float, support: Support, bounds: Float | None = None) -> Float:
    """Fit the terms of one equation by least squares.

    Parameters
    ----------
    triangle : numpy.ndarray of shape (m, p + 1)
        As `Regression.gather` gives.
    support : tuple of int
        Terms of the equation.
    bounds : numpy.ndarray of shape (p, 2), optional
        Lowest and highest coefficients.

    Returns
    -------
    numpy.ndarray of shape (len(support),)
        Scaled coefficients.
    """
    if not support:
        return np.zeros(0)
    chosen = list(support)
    if bounds is not None:
        return bounded_least_squares(triangle[:, chosen], triangle[:, -1], *bounds[chosen].T)
    return np.asarray(np.linalg.lstsq(triangle[:, chosen], triangle[:, -1], rcond=None)[0], dtype=np.float64)


def squared_misfits(train: Float, test: Float, supports: Sequence[Support], bounds: Float | None = None) -> Float:
    """Fit many equations to some samples and measure their errors on others.

    Parameters
    ----------
    train, test : numpy.ndarray of shape (p + 1, p + 1)
        As `Regression.gather` gives.
    supports : sequence of tuple of int
        Terms of each equation.
    bounds : numpy.ndarray of shape (p, 2), optional
        Lowest and highest coefficients.

    Returns
    -------
    numpy.ndarray of shape (len(supports),)
        Mean square of what each equation leaves of the scaled target; 1 for the
        empty equation, on average.
    """
    result = np.zeros(len(supports))
    for size in {len(support) for support in supports}:
        where = [index for index, support in enumerate(supports) if len(support) == size]
        # One stacked decomposition for all equations of a size is ten times faster than a loop.
        columns = np.array([[*supports[index], -1] for index in where], dtype=np.intp)
        triangles = np.asarray(np.linalg.qr(np.moveaxis(train[:, columns], 1, 0), mode="r"))[:, :size, :]
        # A tiny ridge keeps exactly dependent terms solvable; they gain nothing by it.
        solved = np.linalg.solve(triangles[:, :, :size] + 1e-12 * np.eye(size), triangles[:, :, size:])
        fitted = solved[:, :, 0]
        if bounds is not None:
            limits = bounds[columns[:, :-1]]
            outside = ((fitted < limits[:, :, 0]) | (fitted > limits[:, :, 1])).any(axis=1)
            for index in np.flatnonzero(outside):
                fitted[index] = fit(train, supports[where[index]], bounds)
        weights = np.concatenate([fitted, -np.ones((len(where), 1))], axis=1)
        residuals = np.einsum("msk,sk->sm", test[:, columns], weights)
        result[where] = np.sum(residuals**2, axis=1)
    return result
