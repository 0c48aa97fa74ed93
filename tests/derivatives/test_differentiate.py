"""The entry point: names, what comes back, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import SavitzkyGolay, differentiate
from physforge.derivatives.method import Estimate, Method, Orders, Samples
from physforge.errors import DerivativeError, DerivativeWarning


@pytest.fixture
def ds() -> xr.Dataset:
    t, x = np.linspace(0.0, 1.0, 30), np.linspace(0.0, 3.0, 40)
    u = np.exp(-t)[:, None] * (1 + x**2)[None, :]
    return xr.Dataset(
        {"u": (("t", "x"), u, {"units": "m"}), "hare_t": (("t", "x"), u**2)},
        {"t": ("t", t, {"units": "s"}), "x": ("x", x, {"units": "mm"})},
        attrs={"title": "a test"},
    )


def test_result_holds_fields_derivatives_and_their_sd(ds):
    d = differentiate(ds, ["u_t", "u_xx"])
    assert set(d.data_vars) == {"u", "u_sd", "u_t", "u_t_sd", "u_xx", "u_xx_sd"}
    assert d["u_xx"].dims == ("t", "x")
    assert d.attrs["title"] == "a test"
    assert d["u_xx"].attrs["units"] == "m / (mm)**2"
    assert d["u_t_sd"].attrs["units"] == "m / (s)"


def test_the_longest_field_name_wins(ds):
    d = differentiate(ds, "hare_t_t")
    np.testing.assert_allclose(d["hare_t_t"], -2 * ds["hare_t"], rtol=1e-6)


def test_field_settles_an_ambiguous_name(ds):
    both = ds.assign(u_x=ds["u"] * 3)
    assert "u_x_sd" in differentiate(both, "u_x", field="u")
    np.testing.assert_allclose(
        differentiate(both, "u_x", field="u")["u_x"].isel(x=20), 2 * 20 * 3 / 39 * np.exp(-ds["t"]), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        ("v_t", {}, "'v_t' is not a derivative of a field; the fields are u, hare_t"),
        ("u_z", {}, "'u_z' needs a dim 'z'; 'u' has t, x"),
        ("u_t", {"field": "w"}, "There is no field 'w'"),
        ("u_t", {"method": "savitsky-golay"}, "no method called 'savitsky-golay'; nearest: savitzky-golay"),
        ("u_t", {"method": "stlsq"}, "'stlsq' is not a Method"),
        ("u_t", {"method": "spectral"}, "needs equal steps over a whole period; no period is known"),
        ("u_xxx", {"method": SavitzkyGolay(polynomial=2)}, "degree 2 have no derivative of order 3"),
        ("u_x", {"method": SavitzkyGolay(window=41)}, "Smoothing 'u' along 't' with a window of 41 needs 41"),
    ],
)
def test_refusals_say_what_to_do(ds, names, options, message):
    with pytest.raises(DerivativeError, match=message.replace("(", r"\(")):
        differentiate(ds, names, **options)


def test_missing_samples_are_refused(ds):
    ds["u"][3, 4] = np.nan
    with pytest.raises(DerivativeError, match="1 of 1200 samples of 'u' are missing or infinite; fill them"):
        differentiate(ds, "u_t", method="finite-difference")


def test_a_short_axis_says_how_many_samples_are_needed(ds):
    with pytest.raises(
        DerivativeError, match="along 't' by finite differences of order 4 needs 6 samples; there are 4"
    ):
        differentiate(ds.isel(t=slice(0, 4)), "u_tt")
    with pytest.raises(DerivativeError, match="at least 2 samples along 't'; there is 1"):
        differentiate(ds.isel(t=[0]), "u_x")


def test_negative_sd_is_refused(ds):
    ds["u_sd"] = -ds["u"]
    with pytest.raises(DerivativeError, match="'u_sd' must be finite and not negative"):
        differentiate(ds, "u_t")


class Doubtful(Method):
    """A method that says two things of every result, and a third of the field itself."""

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        both = (f"The noise of {samples.field!r} is not white.", "Its sd is too small.")
        field = ("Smoothed.",)
        return [
            Estimate(samples.values, samples.values, "by heart", both if any(order) else both + field)
            for order in orders
        ]


def test_what_a_method_noticed_is_warned_of_once_and_kept(ds):
    with pytest.warns(DerivativeWarning) as caught:
        d = differentiate(ds, ["u_t", "u_x"], method=Doubtful())
    assert [str(warning.message) for warning in caught] == [
        "The noise of 'u' is not white.\nIts sd is too small.\nSmoothed."
    ]
    assert caught[0].filename == __file__
    assert d["u_t"].attrs["warning"] == "The noise of 'u' is not white. Its sd is too small."
    assert d["u_t_sd"].attrs["warning"] == d["u_t"].attrs["warning"]
    assert d["u"].attrs["warning"].endswith("Smoothed.")
    assert "warning" not in differentiate(ds, "u_t")["u_t"].attrs
