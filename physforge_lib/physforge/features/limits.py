"""How many terms a library has, before any of them is made."""

from __future__ import annotations

from math import comb

from physforge.errors import LibraryError

#: A library of more terms than this is refused: no data could tell them apart.
MAX_TERMS = 4_000

#: Largest matrix that is built in memory, in bytes.
MAX_BYTES = 8 * 2**30

#: Number of samples for which the memory is estimated where none is known.
_TYPICAL_SAMPLES = 100_000


def number_of_products(factors: int, degree: int) -> int:
    """Return the number of products of one to `degree` factors, in any order.

    Parameters
    ----------
    factors : int
        How many there are to choose from.
    degree : int
        Most factors in a product.

    Returns
    -------
    int
        Without the empty product.
    """
    return comb(factors + degree, degree) - 1


def check_number(terms: int) -> None:
    """Refuse a library that explodes.

    Parameters
    ----------
    terms : int
        How many terms there are.

    Raises
    ------
    LibraryError
        Beyond `MAX_TERMS`; the message says what they would cost.
    """
    if terms > MAX_TERMS:
        raise LibraryError(
            f"The library would have {terms} terms ({_size(8 * terms * _TYPICAL_SAMPLES)} for {_TYPICAL_SAMPLES} "
            f"samples); at most {MAX_TERMS} are understood. Lower polynomial=, derivatives= or derivative_degree=, "
            "give include_interactions=False, or restrict varying= to some terms."
        )


def check_memory(samples: int, terms: int, copies: int = 1) -> None:
    """Refuse a matrix that does not fit into memory.

    Parameters
    ----------
    samples, terms : int
        Shape of the matrix.
    copies : int, default 1
        How many matrices of the shape are wanted.

    Raises
    ------
    LibraryError
        Beyond `MAX_BYTES`.
    """
    needed = 8 * samples * terms * copies
    if needed > MAX_BYTES:
        raise LibraryError(
            f"{terms} terms at {samples} samples take {_size(needed)}; at most {_size(MAX_BYTES)} are built in memory. "
            "Give dask-backed data, as ds.chunk({'t': 100}), thin the samples with ds.isel(...), or use a smaller "
            "library."
        )


def _size(count: int) -> str:
    for unit, scale in (("TB", 1e12), ("GB", 1e9)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count / 1e6:.3g} MB"
