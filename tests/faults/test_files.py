"""Hostile, damaged and odd files: each is refused with a reason or handled as documented.

One row a file: who writes it (`hostile_files`), and either words of the reason or
the sizes it opens with. Each is opened in a process of its own, which must take
less than 5 s and 1 GB, must not be killed, and must not read outside its folder.

    pytest tests/faults/test_files.py --fault-table -s       prints the table
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faults import hostile_files as files

CHILD = Path(__file__).parent / "child.py"

SECONDS = 5.0
MEGABYTES = 1024.0

#: Row -> words of the refusal, or the sizes of what opens.
TABLE: dict[str, str | dict[str, int]] = {
    # bombs and lying headers
    "npz_bomb": "decompression bomb",
    "npz_that_lies_of_its_size": "not a readable .npz archive",
    "npy_of_seven_tebibytes": "announces 8000000000000 bytes",
    "npy_of_a_negative_shape": "cut off or damaged",
    "npy_whose_header_is_code": "not an array in NumPy's format",
    "hdf5_of_seven_tebibytes": "decompression bomb",
    "hdf5_bomb": "decompression bomb",
    "netcdf3_of_many_gibibytes": "a.nc",
    "zarr_of_seven_tebibytes": "decompression bomb",
    "zarr_of_one_huge_chunk": "stored in chunks of 74.5 GiB",
    "xlsx_bomb": "decompression bomb",
    "xlsx_with_entities": "not a readable Excel workbook",
    "vti_with_entities": "not a readable VTK file",
    "vti_that_reads_a_file": "not a readable VTK file",
    "vti_of_a_huge_extent": "GiB",
    "json_of_deep_lists": "nested too deeply",
    "json_of_deep_lists_that_close": "a.json",
    "json_of_a_huge_number": "number that cannot be read",
    "parquet_bomb": "decompression bomb",
    "mat_bomb": "decompression bomb",
    "csv_of_two_gibibytes": "Convert it to Parquet",
    "csv_of_one_endless_line": "line 1",
    # files that lead elsewhere
    "hdf5_with_an_external_link": "link to another file",
    "hdf5_with_external_storage": "keeps its data in another file",
    "hdf5_with_a_virtual_dataset": "keeps its data in another file",
    "mat73_with_an_external_link": "link to another file",
    "netcdf4_with_an_external_link": "link to another file",
    "zarr_with_a_link_out_of_it": "leaves the folder",
    "zarr_with_a_linked_array": "leaves the folder",
    "zarr_with_a_pipe": "no plain file",
    "zarr_whose_keys_climb": "not a readable zarr folder",
    "zarr_whose_consolidated_metadata_climb": {"t": 6, "x": 5},
    "pvd_that_climbs": "only files in its own folder",
    "npz_with_a_link": "not an array in NumPy's format",
    "a_device": "neither a file nor a folder",
    "a_pipe": "neither a file nor a folder",
    # files that run code when they are read
    "npz_with_a_pickle": "pickled Python objects",
    "npy_with_a_pickle": "pickled Python objects",
    "a_bare_pickle_called_npy": "not an array in NumPy's format",
    "a_pickle": "a pickle, which runs code",
    "a_joblib_file": "a pickle, which runs code",
    "a_torch_file": "a pickle, which runs code",
    "zarr_with_a_pickle_codec": "codec 'pickle' is not read",
    "zarr_with_an_unknown_codec": "codec 'numcodecs.pickle' is not read",
    # values
    "values_with_infinity": "'u' is infinite at index (1, 2)",
    "values_all_nan": "nothing but NaN",
    "values_with_nan": {"t": 6, "x": 5},
    "values_constant": {"t": 6, "x": 5},
    "values_complex": {"t": 6, "x": 5},
    "values_of_one_row": "at least 2 are needed",
    "values_empty": "no array of numbers",
    "times_not_monotonic": "'t' is not monotonic",
    "times_with_nan": "'t' is nan at index 2",
    "an_empty_file": "not a readable netCDF",
    "formulas_in_a_workbook": "nothing but NaN",
    "formulas_in_text": "which is not a number",
    # names
    "a_name_with_a_zero_byte": "zero byte",
    "a_name_that_climbs": "There is no file",
    "a_name_written_from_right_to_left": {"t": 2},
    "a_name_of_255_bytes": {"t": 2},
    "a_name_of_256_bytes": "There is no file",
    "variables_that_are_twins": "could not be told apart",
    "a_variable_that_climbs": {"t": 6},
    "a_variable_of_255_bytes": {"t": 2},
    "a_variable_written_from_right_to_left": {"t": 2},
}


@dataclass(frozen=True)
class Outcome:
    """What came of opening a file in a process of its own."""

    opened: dict[str, int] | None
    refused: str
    failed: str
    seconds: float
    megabytes: float

    def __str__(self) -> str:
        what = f"opened {self.opened}" if self.opened is not None else self.refused or self.failed
        return f"{self.seconds:6.2f} s {self.megabytes:6.0f} MB  {what}"


def open_in_a_child(path: Path, memory: int = 2**30, **options: Any) -> Outcome:
    command = [sys.executable, str(CHILD), str(path), json.dumps(options), str(memory)]
    # Arrow's own allocator reserves more address space than the child may have.
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    if done.returncode != 0:
        return Outcome(None, "", f"the process ended with {done.returncode}: {done.stderr[-300:]}", 0, 0)
    said = json.loads(done.stdout.splitlines()[-1])
    return Outcome(
        said.get("opened"), said.get("refused", ""), said.get("failed", ""), said["seconds"], said["megabytes"]
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "data"
    inner.mkdir()
    return inner


@pytest.mark.faults
@pytest.mark.parametrize("row", TABLE)
def test_file(row: str, folder: Path, request: pytest.FixtureRequest) -> None:
    path = getattr(files, row)(folder)
    expected = TABLE[row]
    if "\0" in str(path):  # no process can be started with such an argument
        from physforge.datasets.files import open_file
        from physforge.errors import DatasetError

        with pytest.raises(DatasetError, match=str(expected)):
            open_file(path)
        return
    outcome = open_in_a_child(path)
    if request.config.getoption("fault_table", default=False):
        sys.stdout.write(f"{row:42} {outcome}\n".replace(str(folder), "."))
    assert not outcome.failed, outcome
    if isinstance(expected, dict):
        assert outcome.opened == expected, outcome
    else:
        assert expected in outcome.refused, outcome
    assert outcome.seconds < SECONDS, outcome
    assert outcome.megabytes < MEGABYTES, outcome
    assert not files.mark(folder).exists(), "code in the file was run"
    assert str(files.SECRET) not in outcome.refused


def test_the_mark_is_left_by_what_unpickles(folder: Path) -> None:
    """The payload works: otherwise its absence would prove nothing."""
    import numpy as np

    path = files.npz_with_a_pickle(folder)
    with np.load(path, allow_pickle=True) as loaded:
        loaded["u"]
    assert files.mark(folder).exists()


def test_every_writer_has_its_row() -> None:
    writers = {
        name
        for name, function in vars(files).items()
        if callable(function) and getattr(function, "__annotations__", {}) == {"folder": "Path", "return": "Path"}
    }
    assert writers - {"secret", "mark", "zarr_folder"} == set(TABLE)
