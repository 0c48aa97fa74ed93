"""Several runs in the cell arrays of a MATLAB file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from physforge.datasets.files import open_file
from physforge.errors import DatasetError

T = np.linspace(0, 1, 7)


def cells(*arrays: np.ndarray) -> np.ndarray:
    cell = np.empty((len(arrays), 1), dtype=object)
    cell[:, 0] = arrays
    return cell


def write(folder: Path, compressed: bool = False, **variables: np.ndarray) -> Path:
    scipy.io.savemat(folder / "a.mat", variables, do_compression=compressed)
    return folder / "a.mat"


@pytest.mark.parametrize("compressed", [False, True])
def test_runs_at_the_same_times_lie_along_trajectory(tmp_path: Path, compressed: bool) -> None:
    runs = cells(np.stack([T, 2 * T]), np.stack([3 * T, 4 * T]))
    path = write(tmp_path, compressed, Time_id=cells(T[:, None], T[:, None]), Y_id=runs, dt=np.array(0.1))
    ds = open_file(path, fields=("Y_id",))
    assert ds["Y2"].dims == ("trajectory", "t")
    np.testing.assert_array_equal(ds["trajectory"], [1, 2])
    np.testing.assert_allclose(ds["Y2"], [2 * T, 4 * T])
    one = open_file(path, fields=("Y_id",), run=2)
    np.testing.assert_allclose(one["Y1"], 3 * T)
    assert one["Y1"].dims == ("t",)


def test_runs_of_other_times_are_opened_one_by_one(tmp_path: Path) -> None:
    path = write(tmp_path, t=cells(T, T[:5]), y=cells(T, T[:5]))
    with pytest.raises(DatasetError, match=r"run 2 has other times than run 1; open the runs one by one, as run=1"):
        open_file(path, fields=("y",))
    assert open_file(path, fields=("y",), run=2).sizes["t"] == 5
    with pytest.raises(DatasetError, match="no run 3; there are 1 to 2"):
        open_file(path, fields=("y",), run=3)
    with pytest.raises(DatasetError, match="no run 0"):
        open_file(path, fields=("y",), run=0)


def test_the_message_shows_how(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"t has 2, y has 2.*fields=\('[ty]',\), run=1"):
        open_file(write(tmp_path, t=cells(T, T), y=cells(T, T)))
    with pytest.raises(DatasetError, match="no list of runs 'z'"):
        open_file(write(tmp_path, t=cells(T, T), y=cells(T, T)), fields=("z",), run=1)


def test_the_pendulum_arm(published: Path) -> None:
    path = published / "experiments" / "pendulum_arm.mat"
    with pytest.raises(DatasetError, match=r"Time_id has 4, Time_vad has 2, Y_id has 4, Y_vad has 2.*run=1"):
        open_file(path)
    fit = [open_file(path, fields=("Y_id",), run=run) for run in (1, 2, 3, 4)]
    check = [open_file(path, fields=("Y_vad",), run=run) for run in (1, 2)]
    assert [ds.sizes["t"] for ds in fit + check] == [9167] * 5 + [9166]
    for ds in fit + check:
        # The second output is the rate of the first.
        rate = np.gradient(ds["Y1"].to_numpy(), ds["t"].to_numpy())
        assert np.corrcoef(rate, ds["Y2"])[0, 1] > 0.98


def test_falling_balls(published: Path) -> None:
    path = published / "experiments" / "falling_balls.xlsx"
    with pytest.raises(DatasetError, match=r"11 of its sheets have cells.*'Golf Ball'"):
        open_file(path)
    ds = open_file(path, sheet="Golf Ball", trajectory="Drop #", run=1)
    assert list(ds.data_vars) == ["Height", "Velocity"]
    assert ds["Height"].attrs["units"] == "m"
    assert float(ds["Height"][0] - ds["Height"][-1]) > 30
