"""What a form holds, without a widget: texts as typed, what they mean, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import param

from physforge.apps.forms.fields import FormField, fields_of, read
from physforge.apps.jobs.words import duration
from physforge.apps.person import Person
from physforge.errors import PhysForgeError
from physforge.jobs import JobRecord, State, find_task
from physforge.jobs.refusals import refusals

#: Who can run a job, as a person reads it.
EXECUTORS = {"my server": "local", "a Dask cluster on my server": "dask", "a cluster of Dask Gateway": "gateway"}

#: Jobs from which times are estimated, at most.
_PAST = 50

_YES = frozenset({"yes", "true", "1", "on"})


class FormState(param.Parameterized):
    """The settings of a job to be asked for.

    Parameters
    ----------
    person : Person
        Who fills it in.
    kind : str
        Name of the task.
    **params : object
        Of the state.
    """

    typed = param.Dict(default={}, doc="Field -> text, as typed; nothing for what was left out.")
    wrong = param.Dict(default={}, doc="Field, or settings for all of them -> what is wrong, in words.")
    config = param.Dict(default=None, allow_None=True, doc="The settings, once nothing is wrong.")
    names = param.List(default=[], item_type=str, doc="Data sets that can be named.")
    estimate = param.String(default="", doc="How long such jobs took, in words.")

    def __init__(self, person: Person, kind: str, **params: Any) -> None:
        self.person, self.task = person, find_task(kind)
        self.fields = fields_of(kind, self.task.config)
        super().__init__(**params)

    @property
    def by_name(self) -> dict[str, FormField]:
        """The fields by their names."""
        return {one.name: one for one in self.fields}

    async def fill(self, typed: Mapping[str, str]) -> None:
        """Take what was typed into the whole form, and say what is wrong with it.

        Parameters
        ----------
        typed : mapping of str to str
            Field -> text; fields that the job does not have are left out.
        """
        self.typed = {name: text for name, text in typed.items() if name in self.by_name and text.strip()}
        await self.check()

    async def check(self) -> None:
        """Read and check what was typed, beside the event loop: strategies load their science."""
        typed = dict(self.typed)
        wrong, config = await self.person.ask(self._checked, typed)
        if typed == self.typed:
            self.param.update(wrong=wrong, config=config)

    def _checked(self, typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Any] | None]:
        from pydantic import ValidationError

        found, wrong = dict[str, Any](), dict[str, str]()
        for name, text in typed.items():
            field = self.by_name[name]
            try:
                found[name] = text.strip().lower() in _YES if field.look == "flag" else read(field, text)
            except ValueError as error:
                wrong[name] = f"cannot be read: {error}"
        if wrong:
            return wrong, None
        try:
            self.task.config.model_validate(found)
        except ValidationError as error:
            return dict(_parted(one, self.by_name) for one in refusals(error, self.task.config)), None
        return {}, found

    async def look_up(self) -> None:
        """Ask for the names of data sets, and for how long such jobs took.

        Raises
        ------
        PhysForgeError
            If the workbench does not answer.
        """
        self.names = await self.person.ask(self._names)
        self.estimate = await self.person.ask(self._estimate)

    def _names(self) -> list[str]:
        here = self.person.workspace
        return sorted(here.catalog)

    def _estimate(self) -> str:
        from physforge.jobs import Selection

        wanted = Selection(kinds=frozenset({self.task.kind}), states=frozenset({State.SUCCEEDED}), limit=_PAST)
        return estimated(self.person.workspace.jobs.find(wanted))

    async def submit(self, *, executor: str, seed: int) -> JobRecord:
        """Ask for the job.

        Parameters
        ----------
        executor : str
            A value of `EXECUTORS`.
        seed : int
            Of whatever is random.

        Returns
        -------
        JobRecord
            The job; one that does the same already, if there is.

        Raises
        ------
        PhysForgeError
            With what is wrong, or why the workbench refuses.
        """
        await self.check()
        if self.config is None:
            raise PhysForgeError(" ".join(f"{name}: {words}." for name, words in self.wrong.items()))
        here = self.person.workspace
        job = await self.person.ask(here.submit, self.task.kind, self.config, executor=executor, seed=seed)
        return job.record


def estimated(jobs: list[JobRecord]) -> str:
    """Say how long jobs took.

    Parameters
    ----------
    jobs : list of JobRecord
        Of one kind, and over.

    Returns
    -------
    str
        A sentence; nothing where there was none.
    """
    times = [(one.finished_at - one.started_at).total_seconds() for one in jobs if one.finished_at and one.started_at]
    if not times:
        return ""
    middle, longest = median(times), max(times)
    return f"Your last {len(times)} such jobs took {duration(middle)} (median), and {duration(longest)} at most."


def _parted(line: str, fields: Mapping[str, FormField]) -> tuple[str, str]:
    place, _, words = line.partition(": ")
    name = place.partition(".")[0]
    return (name, words) if name in fields else ("settings", line if name != "settings" else words)
