"""Scattered samples by their nearest neighbours: for fields of more detail than a basis can hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.scattered_blocks import Indices
from physforge.derivatives.gaussian.scattered_cloud import Cloud, plane, positions

#: Numbers that the covariances of a chunk may take.
_NUMBERS = 4_000_000


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """The posterior at each place, given only the nearest samples.

    The full model, with every function of the tensor basis, but at each place conditioned on the samples that
    matter there. The sd is a little larger than that given all samples.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    count : int
        Neighbours of each place, at most as many as there are samples.

    References
    ----------
    A. Datta, S. Banerjee, A. O. Finley and A. E. Gelfand, Hierarchical nearest-neighbor
    Gaussian process models for large geostatistical datasets, Journal of the American
    Statistical Association 111 (2016) 800-812.
    """

    cloud: Cloud
    count: int

    def derivatives(
        self, fit: Fit, points: tuple[Float, ...], orders: list[tuple[int, ...]]
    ) -> list[tuple[Float, Float]]:
        """Return derivatives at some points; see `Projection.derivatives`."""
        nearest = self._nearest(fit, points)
        roots = [np.sqrt(weight) for weight, _ in self.cloud.weights(fit.kernel, fit.lengths)]
        known = [functions * root for functions, root in zip(self.cloud.functions, roots, strict=True)]
        flat = plane(self.cloud.bases, self.cloud.points, (0,) * len(roots))
        flats = [plane(self.cloud.bases, points, wanted) for wanted in orders]
        results = [(np.empty(len(nearest)), np.empty(len(nearest))) for _ in orders]
        width = self.count * (self.count + sum(len(root) for root in roots))
        step = max(1, _NUMBERS // width)
        for start in range(0, len(nearest), step):
            part = slice(start, start + step)
            wanted = [
                [
                    basis.at(place[part], order) * root
                    for basis, place, order, root in zip(self.cloud.bases, points, wanted, roots, strict=True)
                ]
                for wanted in orders
            ]
            near = [rows[nearest[part]] for rows in (*known, flat)]
            asked = [[*rows, other[part]] for rows, other in zip(wanted, flats, strict=True)]
            moments = _condition(self.cloud, fit, nearest[part], near, asked)
            for (mean, variance), (one, other) in zip(results, moments, strict=True):
                mean[part], variance[part] = one, other
        return results

    def _nearest(self, fit: Fit, points: tuple[Float, ...]) -> Indices:
        from scipy.spatial import cKDTree

        lengths = np.asarray(fit.lengths)
        box = np.where([basis.periodic for basis in self.cloud.bases], 2.0, 0.0) / lengths
        tree = cKDTree(positions(self.cloud.bases, self.cloud.points) / lengths, boxsize=box)
        found = tree.query(positions(self.cloud.bases, points) / lengths, self.count)[1]
        return np.asarray(found).reshape(len(points[0]), -1)


def _condition(
    cloud: Cloud, fit: Fit, nearest: Indices, known: list[Float], wanted: list[list[Float]]
) -> list[tuple[Float, Float]]:
    """Condition on the neighbours of each place.

    Parameters
    ----------
    cloud : Cloud
        The samples.
    fit : Fit
        The hyper-parameters.
    nearest : numpy.ndarray of shape (p, k)
        Neighbours of each place.
    known : list of numpy.ndarray of shape (p, k, m)
        Scaled functions at the neighbours, for each axis, and last those of the plane.
    wanted : list of list of numpy.ndarray of shape (p, m)
        Scaled derivatives of the functions at the places, for each result and axis, and the plane.

    Returns
    -------
    list of (mean, variance)
        Each of shape (p,).
    """
    *factors, flat = known
    total = np.ones((len(nearest), nearest.shape[1], nearest.shape[1]))
    for rows in factors:
        total *= rows @ rows.transpose(0, 2, 1)
    total += flat @ flat.transpose(0, 2, 1)
    total *= fit.variance
    diagonal = np.arange(nearest.shape[1])
    total[:, diagonal, diagonal] += fit.noise * cloud.noise[nearest]
    sides = [cloud.values[nearest]]
    for result in wanted:
        cross = [(rows @ at[:, :, None])[:, :, 0] for rows, at in zip(known, result, strict=True)]
        sides.append(fit.variance * (np.prod(cross[:-1], axis=0) + cross[-1]))
    # Whitening both sides by the same factor keeps the variance a difference of sums of squares.
    white = np.linalg.solve(np.linalg.cholesky(total), np.stack(sides, axis=-1))
    moments = []
    for index, result in enumerate(wanted, start=1):
        squares = [np.sum(at**2, axis=1) for at in result]
        prior = fit.variance * (np.prod(squares[:-1], axis=0) + squares[-1])
        explained = np.sum(white[..., index] ** 2, axis=1)
        mean = np.sum(white[..., 0] * white[..., index], axis=1)
        moments.append((mean, np.maximum(prior - explained, np.finfo(np.float64).eps * prior)))
    return moments
