"""With whom a result is shared."""

from __future__ import annotations

import uuid
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import table
from physforge.apps.person import Person
from physforge.apps.results.cards import paragraph, words
from physforge.apps.results.state import calls_of
from physforge.apps.said import Said
from physforge.errors import PhysForgeError

_KINDS = {"principal": "person", "group": "group"}


class SharingView(pn.viewable.Viewer):
    """Grants on a job, a form to give one, and buttons to take them back.

    Parameters
    ----------
    person : Person
        Who shares.
    job_id : str
        Of the job.
    is_owner : bool
        Whether the person may share it.
    """

    def __init__(self, person: Person, job_id: str, *, is_owner: bool) -> None:
        super().__init__()
        self._person, self._id, self._is_owner = person, job_id, is_owner
        self._name = pmui.TextInput(label="Share with", placeholder="exact name of a person or group", min_width=220)
        self._role = pmui.Select(
            label="They may", options={"look at it": "viewer", "work on it": "collaborator"}, value="viewer", width=160
        )
        self._go = pmui.Button(label="Share", variant="outlined", align="center", sx={"minHeight": "44px"})
        self._said, self._grants = Said(), pn.Column(sizing_mode="stretch_width", margin=0)
        self._go.on_click(self._share)

    def __panel__(self) -> Any:
        """Return what is shown."""
        if not self._is_owner:
            return words(paragraph("Its owner alone shares it."))
        asked = pn.FlexBox(self._name, self._role, self._go, align_items="center", gap="8px")
        return pn.Column(self._grants, asked, self._said, sizing_mode="stretch_width", margin=0)

    async def begin(self) -> None:
        """Ask with whom it is shared."""
        if self._is_owner:
            await self._quietly(self._refresh)

    async def _quietly(self, act: Any, *arguments: Any) -> None:
        try:
            await act(*arguments)
        except PhysForgeError as error:
            self._said.say(str(error), "error")

    async def _refresh(self) -> None:
        found = (await self._person.get(f"/jobs/{self._id}/grants"))["grants"]
        grants = [
            {"kind": one["subject_kind"], "id": one["subject_id"], "name": one["subject"], **one} for one in found
        ]
        if not grants:
            self._grants.objects = [words(paragraph("Nobody but you, and who is in its project, can see it."))]
            return
        rows = [(str(one["name"]), _KINDS[one["kind"]], str(one["role"])) for one in grants]
        shown: list[Any] = [words(table(("name", "kind", "role"), rows, label="With whom it is shared"))]
        for one in grants:
            button = pmui.Button(label=f"Stop sharing with {one['name']}", variant="text", sx={"minHeight": "44px"})
            button.on_click(lambda _event, one=one: self._quietly(self._take, one))
            shown.append(button)
        self._grants.objects = shown

    async def _share(self, _event: Any) -> None:
        await self._quietly(self._give, str(self._name.value or self._name.value_input).strip())

    async def _give(self, name: str) -> None:
        if not name:
            return
        found = (await self._person.get("/directory", name=name))["entries"]
        if not found:
            self._said.say(f"There is neither a person nor a group {name!r}; names are written exactly so.", "warning")
            return
        await self._send("PUT", found[0], json={"role": self._role.value})
        self._said.say(f"{found[0]['name']} can see it now.", "success")
        await self._refresh()

    async def _take(self, one: dict[str, Any]) -> None:
        await self._send("DELETE", one)
        self._said.say(f"{one['name']} cannot see it any more.", "success")
        await self._refresh()

    async def _send(self, method: str, one: dict[str, Any], **options: Any) -> None:
        kind, subject = one["kind"], uuid.UUID(str(one["id"]))
        if kind not in _KINDS:
            raise PhysForgeError(f"Nothing is shared with a {kind}.")
        await self._person.ask(
            calls_of(self._person).send, method, f"/jobs/{self._id}/grants/{kind}/{subject}", **options
        )
