"""Figures for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

#: Media type of what `Metrics.text` returns.
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counts of one application; nothing is global."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "physforge_api_requests", "Calls answered", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "physforge_api_request_seconds", "Time to the end of the answer", ["route"], registry=self._registry
        )
        self._jobs = Gauge("physforge_jobs", "Jobs of everybody, by state", ["state"], registry=self._registry)
        self._count_jobs: Callable[[], Mapping[str, int]] = dict
        self._in_progress = Gauge("physforge_api_requests_in_progress", "Calls being answered", registry=self._registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a call.

        Parameters
        ----------
        method : str
            Of HTTP; one that does not exist counts as ``"other"``.
        route : str
            Template of the path, so that ids make no new series.
        status : int
            Of the answer.
        seconds : float
            How long it took.
        """
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Count a call as being answered.

        Yields
        ------
        None
            While it is.
        """
        with self._in_progress.track_inprogress():
            yield

    def observe(self, count_jobs: Callable[[], Mapping[str, int]]) -> None:
        """Say where the numbers of jobs come from.

        Parameters
        ----------
        count_jobs : callable
            Returns state -> jobs; asked whenever the figures are.
        """
        self._count_jobs = count_jobs

    def text(self) -> bytes:
        """Return the figures in Prometheus' text format.

        Returns
        -------
        bytes
            UTF-8.
        """
        for state, number in self._count_jobs().items():
            self._jobs.labels(state).set(number)
        return generate_latest(self._registry)
