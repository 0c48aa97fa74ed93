"""What the person's kernel says of the arrays of a result."""

from __future__ import annotations

from typing import Any

from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.errors import PhysForgeError

_SLOW = "Your server took too long to start; load the page again to try once more."


class Figures:
    """An act of the kernel with words on what is going on.

    Parameters
    ----------
    person : Person
        Whose kernel.
    job_id : str
        Of the job.
    """

    def __init__(self, person: Person, job_id: str) -> None:
        self._person = person
        self._id = job_id
        self.said = Said()

    async def ask(self, act: str = "result_figures", **options: Any) -> dict[str, Any] | None:
        """Ask; a failure is said in place of the answer.

        Parameters
        ----------
        act : str, default "result_figures"
            Of `physforge.apps.work`.
        **options : object
            Besides the job.

        Returns
        -------
        dict or None
            None where there is no answer.
        """
        request = {"act": act, "job": self._id, **options}
        self.said.say("Your own server reads the arrays of this result ...")
        try:
            answer = await self._person.kernel.run(request, lambda words: self.said.say(f"{words} ..."))
        except PhysForgeError as error:
            answer = {"error": str(error)}
        except TimeoutError:
            answer = {"error": _SLOW}
        if "error" in answer:
            self.said.say(str(answer["error"]), "error")
            return None
        self.said.say("")
        return answer
