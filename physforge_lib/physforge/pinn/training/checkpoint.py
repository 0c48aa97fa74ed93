"""All that training needs to go on as if it had never stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from physforge.errors import PinnError

#: Written into each file; a file of another layout is refused.
_LAYOUT = 1


def write(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write one file that is there whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Of the file; an earlier one is replaced at once.
    tensors : dict of str to torch.Tensor
        By name.
    facts : dict
        What JSON holds; kept in the header of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    header = {"physforge": json.dumps({"layout": _LAYOUT, **facts})}
    try:
        with scratch.open("wb") as file:
            # Copies, since safetensors refuses tensors that share memory.
            file.write(save({name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}, header))
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write` wrote.

    Parameters
    ----------
    path : pathlib.Path
        Of the file.

    Returns
    -------
    dict of str to torch.Tensor
        By name.
    dict
        The facts.

    Raises
    ------
    PinnError
        If the file is not a checkpoint, or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {})["physforge"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise PinnError(f"{path} is not a checkpoint that can be read ({error}); delete it to begin anew.") from error
    if facts.get("layout") != _LAYOUT:
        raise PinnError(f"{path} was written by another version of PhysForge; delete it to begin anew.")
    return tensors, facts
