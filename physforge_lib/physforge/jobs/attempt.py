"""One attempt of a job: a child does the work, and its worker keeps watch."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import TypeVar

from physforge.errors import DatabaseError, JobError, LostClaimError, RemoteError
from physforge.jobs.access import Access
from physforge.jobs.artifact import complete_artifact
from physforge.jobs.child_pool import ChildPool
from physforge.jobs.child_process import ChildProcess
from physforge.jobs.endings import End, Ending
from physforge.jobs.follow import follow
from physforge.jobs.heart import Heart
from physforge.jobs.records import Claim, JobRecord, Outcome
from physforge.jobs.states import State
from physforge.jobs.store import JobStore
from physforge.jobs.timing import Timing

T = TypeVar("T")

#: How long a store that does not answer is asked again to take a result, and how often, in seconds.
_INSIST_S = 120.0
_AGAIN_S = 0.25

_logger = logging.getLogger(__name__)


class Attempt:
    """Runs what was claimed, and tells the store how it ended.

    Parameters
    ----------
    store : JobStore
        Where the job is.
    claim : Claim
        The right to this attempt.
    access : Access
        What the child may open.
    pool : ChildPool
        Of warm children.
    variables : mapping of str to str
        Added to the child's environment.
    timing : Timing
        How often what is done.
    ending : threading.Event
        Set when the worker is told to end.
    """

    def __init__(
        self,
        store: JobStore,
        claim: Claim,
        access: Access,
        pool: ChildPool,
        variables: Mapping[str, str],
        timing: Timing,
        ending: Event,
    ) -> None:
        self._store, self._claim, self._access, self._pool = store, claim, access, pool
        self._variables, self._timing, self._worker_ends = variables, timing, ending
        self._heart = Heart(store, claim, timing)

    def run(self) -> JobRecord:
        """Do the job.

        Returns
        -------
        JobRecord
            As it is then; another worker's, if the claim was lost.
        """
        self._heart.start()
        scratch = None
        try:
            scratch = self._scratch()
            return self._finish(self._work(scratch), scratch / "artifact")
        except LostClaimError as error:
            _logger.warning("Nothing is published of attempt %d: %s", self._claim.attempt, error)
            return self._store.get(self._claim.job.id)
        except OSError as error:
            _logger.exception("Attempt %d cannot go on.", self._claim.attempt)
            reason = f"Its worker failed: {error}."
            return self._insist(lambda: self._store.lose(self._claim, reason))
        finally:
            self._heart.stop()
            if scratch is not None:
                shutil.rmtree(scratch, ignore_errors=True)

    def _scratch(self) -> Path:
        root = self._access.scratch()
        # Of earlier attempts, whose workers were killed; whatever one of them still does is refused.
        for old in root.glob(f"{self._claim.job.id}-*"):
            shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=f"{self._claim.job.id}-{self._claim.attempt}-", dir=root))

    def _work(self, scratch: Path) -> Ending:
        artifact, kept = scratch / "artifact", scratch / "checkpoint"
        artifact.mkdir()
        checkpoint = kept if self._insist(lambda: self._store.last_checkpoint(self._claim, kept)) else None
        for _ in range(2):
            child = self._pool.take(self._variables)
            try:
                child.begin(self._claim.job.spec, artifact, self._access, checkpoint, self._heart.log)
                ending = follow(child, self._store, self._claim, self._heart, self._timing, self._worker_ends)
            except BrokenPipeError:  # a warm child whose time was over just then
                self._pool.discard(child)
                continue
            except BaseException:
                self._pool.discard(child)
                raise
            return self._let_go(child, ending)
        return Ending(End.DIED, "No process could be started for the job; the log may say why.")

    def _let_go(self, child: ChildProcess, ending: Ending) -> Ending:
        if ending.keeps_child:
            child.end_of_log()
            self._pool.give(child, self._variables)
        else:
            child.kill()
            child.end_of_log()
            self._pool.discard(child)
        return ending

    def _finish(self, ending: Ending, artifact: Path) -> JobRecord:
        if ending.how is End.LOST:
            raise LostClaimError(f"The job {self._claim.job.id} was given to another worker.")
        self._insist(self._heart.send_rest)
        if ending.how is End.DIED:
            return self._insist(lambda: self._store.lose(self._claim, str(ending.sentence)))
        if ending.how is End.GIVEN_BACK:
            return self._insist(lambda: self._store.give_back(self._claim, str(ending.sentence)))
        if ending.how is End.DONE:
            return self._publish(ending, artifact)
        state = State.CANCELLED if ending.how is End.CANCELLED else State.FAILED
        outcome = Outcome(state, ending.sentence, ending.cpu_s, ending.gpu_s, ending.run)
        return self._insist(lambda: self._store.finish(self._claim, outcome))

    def _publish(self, ending: Ending, artifact: Path) -> JobRecord:
        try:
            complete_artifact(artifact, self._claim, self._heart.whole_log, ending.run)
        except (JobError, OSError) as error:
            # A full disk; or a later attempt has cleared this one away, which finishing will tell.
            reason = str(error) if isinstance(error, JobError) else f"The artifact cannot be completed: {error}."
            refused = Outcome(State.FAILED, reason, ending.cpu_s, ending.gpu_s)
            return self._insist(lambda: self._store.finish(self._claim, refused))
        outcome = Outcome(State.SUCCEEDED, None, ending.cpu_s, ending.gpu_s, ending.run)
        return self._insist(lambda: self._store.publish(self._claim, artifact, outcome))

    def _insist(self, ask: Callable[[], T]) -> T:
        """Ask a store again that fails for a while: hours of work do not depend on its restart."""
        until = time.monotonic() + _INSIST_S
        while True:
            try:
                return ask()
            except LostClaimError:
                raise
            except (DatabaseError, RemoteError) as error:
                if time.monotonic() > until:
                    raise
                _logger.warning("Asking again: %s", error)
                time.sleep(_AGAIN_S)
