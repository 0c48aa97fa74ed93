"""The state at the first time."""

from __future__ import annotations

from collections.abc import Mapping

from physforge.errors import PinnError
from physforge.pinn.conditions.condition import Condition, Pin, Statement
from physforge.pinn.conditions.linear import Row, linear_block
from physforge.pinn.conditions.samples import sampled_statements
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.conditions.values import Given, Value, given, is_sampled
from physforge.pinn.jets import Order
from physforge.pinn.regions import Slice


class Initial(Condition):
    """Give a field, or a time derivative of it, at the first time.

    Parameters
    ----------
    value : float, str, callable, array, Dataset, or mapping from field to any of these
        A text is in the grammar of equations, ``"-sin(pi*x)"``. A callable names the coordinates
        that it wants as its arguments and gets arrays: ``lambda x, y: ...``. An array holds
        samples that are equally spaced over the domain, its ends included; a DataArray or
        Dataset has coordinates. The keys of a mapping may be time derivatives too:
        ``{"u": "sin(pi*x)", "u_t": 0.0}``.
    field : str, optional
        Which field, where there are several and `value` is no mapping.
    derivative : str, optional
        Name of a time derivative, such as ``"u_t"``, that `value` is given for.

    Examples
    --------
    >>> Initial("sin(pi*x)"), Initial(0.0, derivative="u_t")
    (Initial('sin(pi*x)'), Initial(0.0, derivative='u_t'))
    """

    def __init__(
        self, value: Value | Mapping[str, Value], *, field: str | None = None, derivative: str | None = None
    ) -> None:
        if isinstance(value, Mapping) and (field is not None or derivative is not None):
            raise PinnError("Give either a mapping from fields to values, or field= or derivative=, not both.")
        if field is not None and derivative is not None:
            raise PinnError("Give either field= or derivative=, which names its field itself, not both.")
        self.value = value
        self.field = field
        self.derivative = derivative

    def __repr__(self) -> str:
        named = f", field={self.field!r}" if self.field else ""
        named += f", derivative={self.derivative!r}" if self.derivative else ""
        return f"Initial({self.value!r}{named})"

    def statements(self, setting: Setting) -> tuple[Statement, ...]:
        """Say what the condition demands (see `Condition.statements`)."""
        if "t" not in setting.coordinates:
            listed = ", ".join(setting.coordinates)
            raise PinnError(f"{self!r} is given, and the domain has no time t, only {listed}: use Dirichlet.")
        axis = setting.coordinates.index("t")
        held = {axis: float(setting.box[axis, 0])}
        values = self._values(setting)
        sampled = {key: value for key, value in values.items() if is_sampled(value)}
        smooth = {key: given(value, setting, repr(self)) for key, value in values.items() if key not in sampled}
        touched = frozenset((index, axis) for index, _ in values)
        start = frozenset((index, order[axis]) for index, order in values)
        found = sampled_statements(sampled, held, setting, touched, start)
        # One statement for each order, since a velocity can only hold by construction if the value does.
        for height in sorted({order[axis] for _, order in smooth}):
            part = {key: value for key, value in smooth.items() if key[1][axis] == height}
            found.append(self._statement(part, height, held, setting))
        return tuple(found)

    def _values(self, setting: Setting) -> dict[tuple[int, Order], Value]:
        if isinstance(self.value, Mapping):
            named = {setting.derivative(str(name), repr(self)): value for name, value in self.value.items()}
        elif self.derivative is not None:
            named = {setting.derivative(self.derivative, repr(self)): self.value}
        else:
            named = {(setting.field_index(self.field, repr(self)), setting.translation.order("")): self.value}
        time = setting.coordinates.index("t")
        for _, order in named:
            if sum(order) != order[time]:
                raise PinnError(f"{self!r} is for a derivative in space; it follows from the state. Give u, u_t, ...")
        return named

    def _statement(
        self, values: Mapping[tuple[int, Order], Given], height: int, held: dict[int, float], setting: Setting
    ) -> Statement:
        (axis,) = held
        names = ", ".join(setting.fields[index] + ("_" + "t" * height if height else "") for index, _ in values)
        rows = [Row(((1.0, order, index),), value) for (index, order), value in values.items()]
        block = linear_block(f"{names} at t = {held[axis]:g}", Slice(setting.box, held), rows)
        pins = tuple(Pin(index, axis, 0, height, value) for (index, _), value in values.items())
        touched = frozenset((index, axis) for index, _ in values)
        return Statement(block, touched, pins, start=frozenset((index, height) for index, _ in values))
