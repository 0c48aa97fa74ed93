"""Threads that run generated code, and the matrix product that it calls."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from scipy.linalg import cython_blas
from threadpoolctl import ThreadpoolController


class Workers:
    """Runs parts of a computation, on as many threads as torch may use.

    The matrix product is that of scipy's BLAS, which on small matrices is up to twice as fast
    as the one that torch brings along. It is kept to one thread meanwhile: its own threads
    would wait for each other more than they compute.
    """

    def __init__(self) -> None:
        #: Address of ``dgemm``, with the Fortran interface and 32-bit integers.
        self.product = _address_of("dgemm")
        self._blas = ThreadpoolController().select(user_api="blas")
        self._pool: ThreadPoolExecutor | None = None
        self._threads = 1

    def each(self, work: Callable[[int], None], count: int) -> None:
        """Do ``work(0)`` to ``work(count - 1)``.

        Parameters
        ----------
        work : callable
            Each call writes to memory of its own.
        count : int
            How many.
        """
        threads = min(torch.get_num_threads(), count)
        with self._blas.limit(limits=1):
            if threads < 2:
                for one in range(count):
                    work(one)
            else:
                list(self._executor(threads).map(work, range(count)))

    def _executor(self, threads: int) -> ThreadPoolExecutor:
        if self._pool is None or self._threads != threads:
            self.close()
            self._pool, self._threads = ThreadPoolExecutor(threads, "pinn-kernels"), threads
        return self._pool

    def close(self) -> None:
        """End the threads; they start again when they are needed."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _address_of(name: str) -> int:
    capsule = cython_blas.__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address: int = api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
    return address
