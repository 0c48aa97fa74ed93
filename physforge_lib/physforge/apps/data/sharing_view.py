"""With whom a data set is shared."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.data.data_list import DataList
from physforge.apps.data.state import DataState

_ROLES = {"may see it": "viewer", "may add versions": "collaborator"}
_KINDS = {"Person": "principal", "Group": "group"}
_WORDS = {"viewer": "may see it", "collaborator": "may add versions", "owner": "may do everything"}


class SharingView(pn.viewable.Viewer):
    """A list of those who see it, and a form for one more; the form is for the owner.

    Parameters
    ----------
    state : DataState
        Of the page.
    """

    def __init__(self, state: DataState) -> None:
        super().__init__()
        self._state = state
        self._list = DataList(
            self._take, head=["with", "right", ""], label="Shared with", nothing="Nobody else sees it.", opens=False
        )
        self.kind = pmui.Select(label="Kind", options=list(_KINDS), value="Person", width=120)
        self.subject = pmui.TextInput(label="Name of the person or group", width=240)
        self.role = pmui.Select(label="They", options=list(_ROLES), value="may see it", width=190)
        self.go = pmui.Button(label="Share", height=44, width=110)
        self.go.on_click(self._share)
        self._form = pn.FlexBox(self.kind, self.subject, self.role, self.go, align_items="center")
        state.param.watch(self._draw, ["grants", "opened"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(self._list, self._form, sizing_mode="stretch_width")

    def _draw(self, *_events: Any) -> None:
        mine = self._state.is_mine
        self._form.visible = mine
        self._list.rows = [
            {
                "id": one["subject_id"],
                "cells": [
                    f"{one['subject']}{' (group)' if one['subject_kind'] == 'group' else ''}",
                    _WORDS.get(one["role"], one["role"]),
                ],
                "act": "Stop sharing with" if mine else "",
            }
            for one in self._state.grants
        ]

    async def _share(self, _event: Any) -> None:
        if await self._state.share(self.subject.value, _ROLES[self.role.value], _KINDS[self.kind.value]):
            self.subject.value = ""

    def _take(self, subject: str, _act: str) -> None:
        async def take() -> None:
            await self._state.unshare(subject)

        pn.state.execute(take)
