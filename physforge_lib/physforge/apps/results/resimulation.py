"""What simulations of edited equations gave: the last one that was asked for, and no other."""

from __future__ import annotations

from typing import Any

import param

from physforge.apps.person import Person
from physforge.errors import PhysForgeError


class Resimulation(param.Parameterized):
    """Simulations in the person's kernel, one at a time.

    Parameters
    ----------
    person : Person
        Whose kernel.
    job_id : str
        Whose data the simulations are compared with.
    **params : object
        Of the state.
    """

    found = param.Dict(default={}, doc="The answer; see `physforge.apps.acts.resimulate.resimulate`.")
    failure = param.String(doc="Why there is none.")
    doing = param.String(doc="What is going on; empty where nothing is.")

    def __init__(self, person: Person, job_id: str, **params: Any) -> None:
        super().__init__(**params)
        self._person = person
        self._id = job_id
        self._wanted: str | None = None

    async def ask(self, equations: str) -> None:
        """Simulate; while that goes on, only the last of what else is asked for is kept.

        Parameters
        ----------
        equations : str
            In the grammar of equations.
        """
        self._wanted = equations
        if self.doing:
            return
        self.doing = "Simulating"
        try:
            while self._wanted is not None:
                equations, self._wanted = self._wanted, None
                answer = await self._answer(equations)
                # An answer to what is no longer there would be taken for that of what is.
                if self._wanted is None:
                    self._take(answer)
        finally:
            self.doing = ""

    async def _answer(self, equations: str) -> dict[str, Any]:
        request = {"act": "resimulate", "job": self._id, "equations": equations}
        try:
            return await self._person.kernel.run(request, self._say)
        except PhysForgeError as error:
            return {"error": str(error)}
        except TimeoutError:
            return {"error": "Your server took too long to start; change the equations again to try once more."}

    def _say(self, words: str) -> None:
        self.doing = words

    def _take(self, answer: dict[str, Any]) -> None:
        failure = answer.get("error", "")
        self.param.update(failure=failure, found=self.found if failure else answer)
