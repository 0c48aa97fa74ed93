"""What a condition needs to know of the problem that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from physforge.equations.names import split_derivative
from physforge.equations.parser import Parameter
from physforge.errors import PinnError
from physforge.pinn.block import Float
from physforge.pinn.jets import Order
from physforge.pinn.translation import Translation


@dataclass(frozen=True, eq=False)
class Setting:
    """The problem as its conditions see it.

    Parameters
    ----------
    translation : Translation
        Names of coordinates, fields and unknown parameters.
    box : numpy.ndarray
        Lowest and highest value of each coordinate, of shape (coordinates, 2).
    parameters : mapping of str to float or CoordinateFunction
        Values that texts may use.
    highest : mapping of (str, str) to int
        Highest derivative of a field along a coordinate in the laws; missing is zero.
    """

    translation: Translation
    box: Float
    parameters: Mapping[str, Parameter]
    highest: Mapping[tuple[str, str], int]

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        return self.translation.coordinates

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self.translation.fields

    def field_index(self, name: str | None, what: str) -> int:
        """Find a field.

        Parameters
        ----------
        name : str or None
            None means the only one.
        what : str
            The condition, for the message.

        Returns
        -------
        int
            Its place among the fields.

        Raises
        ------
        PinnError
            If there is no such field, or several and none is named.
        """
        if name is None and len(self.fields) == 1:
            return 0
        listed = ", ".join(self.fields)
        if name is None:
            raise PinnError(f"{what} names no field, and there are {listed}: say which with field=, or give a mapping.")
        if name not in self.fields:
            raise PinnError(f"{what} is for {name!r}, which is no field of the law; its fields are {listed}.")
        return self.fields.index(name)

    def derivative(self, name: str, what: str) -> tuple[int, Order]:
        """Find a field or derivative of one by name.

        Parameters
        ----------
        name : str
            For example ``"u"`` or ``"u_t"``.
        what : str
            The condition, for the message.

        Returns
        -------
        index : int
            Of the field.
        order : Order
            How often it is differentiated along each coordinate.

        Raises
        ------
        PinnError
            If there is no such field or coordinate.
        """
        base, axes = split_derivative(name, self.fields)
        return self.field_index(base, what), self.translation.order(axes)

    def axis(self, name: str, what: str) -> int:
        """Find a coordinate.

        Parameters
        ----------
        name : str
            For example ``"x"``.
        what : str
            The condition, for the message.

        Returns
        -------
        int
            Its place among the coordinates.

        Raises
        ------
        PinnError
            If the domain has no such coordinate.
        """
        if name not in self.coordinates:
            listed = ", ".join(self.coordinates)
            raise PinnError(f"{what} names the coordinate {name!r}; the domain has {listed}.")
        return self.coordinates.index(name)

    def inside(self, axis: int, value: float, what: str) -> float:
        """Check that a value lies in the domain, and move it to an end that it nearly is.

        Parameters
        ----------
        axis : int
            Index of the coordinate.
        value : float
            Of it.
        what : str
            The condition, for the message.

        Returns
        -------
        float
            Between the ends, which are included.

        Raises
        ------
        PinnError
            If it lies outside.
        """
        low, high = map(float, self.box[axis])
        slack = 1e-9 * (high - low)
        for end in (low, high):
            if abs(value - end) <= slack:
                return end
        if not low < value < high:
            name = self.coordinates[axis]
            raise PinnError(
                f"{what} is outside of the domain, where {name} goes from {low:g} to {high:g}: "
                f"move it inside, or widen the domain."
            )
        return float(value)
