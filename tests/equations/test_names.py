"""Names of derivatives."""

from __future__ import annotations

import pytest

from physforge.equations import derivative_name, split_derivative
from physforge.errors import EquationError


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("u", (), ("u", "")),
        ("u_xx", (), ("u", "xx")),
        ("u_yx", (), ("u", "xy")),
        ("hare_thousands_t", (), ("hare_thousands", "t")),
        ("hare_thousands", (), ("hare_thousands", "")),
        ("u_x", ("u", "u_x"), ("u_x", "")),
        ("u_x_t", ("u", "u_x"), ("u_x", "t")),
        ("k_x", ("u",), ("k_x", "")),
        ("x_t", ("x", "y"), ("x", "t")),
        ("h_re_tt", ("h_re", "h_im"), ("h_re", "tt")),
    ],
)
def test_split(name: str, fields: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert split_derivative(name, fields) == expected
    if expected[1]:
        assert split_derivative(derivative_name(*expected), fields) == expected


@pytest.mark.parametrize("axes", ["a", "x1", "X", "x" * 13])
def test_absurd_axes_are_refused(axes: str) -> None:
    with pytest.raises(EquationError):
        derivative_name("u", axes)
