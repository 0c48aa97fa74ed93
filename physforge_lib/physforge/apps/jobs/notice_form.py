"""Where a person wants to be told that a job has ended, beside the pages themselves."""

from __future__ import annotations

from typing import Any, cast

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import text
from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.errors import PhysForgeError
from physforge.jobs.remote_store import RemoteJobStore

_STYLE = (
    ":host { width: 100%; } h2 { margin: 4px 0; font-size: 1.15rem; } p { margin: 4px 0; overflow-wrap: anywhere; }"
)

_WORDS = "When a job that ran longer than 10 s ends, every open page says so. It can be told elsewhere, too:"


class NoticeForm(pn.viewable.Viewer):
    """An e-mail address and a webhook, as far as the workbench has them.

    Parameters
    ----------
    person : Person
        Whose.
    """

    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person
        self._said = Said()
        self.email = pmui.TextInput(label="E-mail address", width=260, visible=False)
        self.webhook = pmui.TextInput(label="Webhook (https)", width=340, visible=False)
        self.save = pmui.Button(label="Save", variant="outlined", height=44)
        self._key = pn.pane.HTML("", stylesheets=[_STYLE], margin=(0, 8))
        self._all = pn.Column(visible=False, sizing_mode="stretch_width")
        self.save.on_click(self._save)

    def __panel__(self) -> Any:
        """Return what is shown."""
        words = f"<h2>Tell me when a job ends</h2><p>{text(_WORDS)}</p>"
        self._all.objects = [
            pn.pane.HTML(words, stylesheets=[_STYLE], margin=(24, 8, 0, 8)),
            pn.FlexBox(self.email, self.webhook, self.save, align_items="center"),
            self._said,
            self._key,
        ]
        return self._all

    async def begin(self) -> None:
        """Ask what was chosen before; where that cannot be asked, or no way is there, nothing is shown."""
        try:
            found = await self._person.get("/me/notices")
        except PhysForgeError:
            return
        self.email.param.update(value=found["email"] or "", visible=found["has_mail"])
        self.webhook.param.update(value=found["webhook"] or "", visible=found["has_webhooks"])
        self._all.visible = found["has_mail"] or found["has_webhooks"]

    async def _save(self, _event: Any) -> None:
        chosen = {"email": self.email.value.strip() or None, "webhook": self.webhook.value.strip() or None}
        calls = cast("RemoteJobStore", self._person.workspace.jobs).calls.calls
        try:
            found = await self._person.ask(calls.send, "PUT", "/me/notices", json=chosen, again=True)
        except PhysForgeError as error:
            self._key.object = ""
            self._said.say(str(error), "error")
            return
        ways = [name for name, to in (("e-mail", found["email"]), ("webhook", found["webhook"])) if to]
        self._said.say(
            f"You are told by {' and '.join(ways)}." if ways else "You are told on open pages alone.", "success"
        )
        key = found.get("signing_key")
        self._key.object = f"<p>Its calls are signed with this key: <code>{text(key)}</code></p>" if key else ""
