"""The page Publish, drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import STYLE, Link, table, text
from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.apps.publish.state import Dashboard, PublishState
from physforge.apps.said import Said
from physforge.errors import PhysForgeError

#: Milliseconds between two looks while a dashboard starts.
_EVERY_MS = 2_000

#: What is shown, and what the state calls it.
VISIBILITY = {
    "Only me": "me",
    "A group of mine": "group",
    "Every user": "everyone",
    "One more person": "person",
    "Anyone, without an account": "anyone",
}

_HEADING = (
    ":host { width: 100%; } h1 { font-size: 1.6rem; margin: 4px 0 12px; } h2 { font-size: 1.15rem; margin: 4px 0; }"
)


class PublishView(pn.viewable.Viewer):
    """Publish something, see what is published, and say who may see it.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        ``job``: the result to publish.
    """

    def __init__(self, person: Person, query: Query) -> None:
        super().__init__()
        self.state = PublishState(person)
        self._said = Said()
        self._looking: Any = None
        self._title = pmui.TextInput(label="Title", sizing_mode="stretch_width")
        self._source = pmui.TextInput(
            label="Job, script or notebook",
            value=query.get("job", ""),
            sizing_mode="stretch_width",
        )
        self._publish = pmui.Button(label="Publish", color="primary", variant="contained", height=44)
        self._mine = pn.Column(sizing_mode="stretch_width")
        self._shared = pn.pane.HTML("<p>Asking ...</p>", stylesheets=[STYLE], sizing_mode="stretch_width")
        self._publish.on_click(self._on_publish)
        self.state.param.watch(self._draw, ["mine", "shared", "groups", "known"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(
            _heading("<h1>Publish</h1>"),
            self._said,
            _card("New dashboard", _words(_ABOUT), self._title, self._source, self._publish),
            _card("My dashboards", self._mine),
            _card("What others show me", self._shared),
            sizing_mode="stretch_width",
        )

    async def begin(self) -> None:
        """Ask what there is."""
        await self._do(self.state.refresh)

    async def _on_publish(self, _event: Any) -> None:
        async def work() -> None:
            await self.state.publish(self._title.value or "", self._source.value or "", self._say)
            self._title.value = ""
            self._said.say("Published. You alone can see it until you say who else may.", "success")

        await self._do(work, after=True)

    async def _do(self, work: Callable[[], Awaitable[Any]], *, after: bool = False) -> None:
        """Do something; a failure becomes a sentence, and the lists are as they are at the hub in the end."""
        self._publish.disabled = True
        try:
            await work()
        except PhysForgeError as error:
            self._said.say(str(error), "error")
        finally:
            self._publish.disabled = False
        if after:
            await self._do(self.state.refresh)

    def _say(self, words: str) -> None:
        self._said.say(f"{words} ..." if words else "")

    def _draw(self, *_events: Any) -> None:
        state = self.state
        if not state.known:
            return
        self._mine.objects = [self._row(one) for one in state.mine] or [_words("None yet.")]
        rows = [(Link(one.title, one.path), one.owner, one.state) for one in state.shared]
        shown = table(("title", "from", "state"), rows, label="What others show me") if rows else "<p>None yet.</p>"
        self._shared.object = shown
        self._watch_starts(any(one.state == "starting" for one in state.mine))

    def _watch_starts(self, wanted: bool) -> None:
        if wanted and self._looking is None:
            self._looking = pn.state.add_periodic_callback(self.begin, period=_EVERY_MS)  # type: ignore[arg-type]
        elif not wanted and self._looking is not None:
            self._looking.stop()
            self._looking = None

    def _row(self, one: Dashboard) -> Any:
        """Return a dashboard with what can be done with it."""
        link = f"<h3><a href='{text(one.path)}'>{text(one.title)}</a></h3>"
        said = f"{link}<p>{text(one.state)}; seen by {text(one.shares)}</p>"
        who = pmui.Select(label="Who may see it", options=VISIBILITY, value=_chosen(one), width=230)
        name = pmui.TextInput(label="Group or person", width=230)
        if self.state.groups:
            name.placeholder = f"such as {self.state.groups[0]}"
        buttons = pn.FlexBox(
            who,
            name,
            self._button("Apply", lambda: self.state.show_to(one.name, who.value, name.value or "")),
            self._button(*self._switch(one)),
            self._button("Delete", lambda: self.state.delete(one.name, self._say)),
            align_items="center",
            gap="8px",
            sizing_mode="stretch_width",
        )
        return pn.Column(pn.pane.HTML(said, stylesheets=[STYLE, _HEADING]), buttons, sizing_mode="stretch_width")

    def _switch(self, one: Dashboard) -> tuple[str, Callable[[], Awaitable[None]]]:
        if one.state == "stopped":
            return "Start", lambda: self.state.start(one.name)
        return "Stop", lambda: self.state.stop(one.name)

    def _button(self, label: str, work: Callable[[], Awaitable[None]]) -> Any:
        button = pmui.Button(label=label, variant="outlined", height=44, min_width=88)

        async def clicked(_event: Any) -> None:
            self._said.say("")
            await self._do(work, after=True)

        button.on_click(clicked)
        return button


_ABOUT = (
    "A result, or a Panel script or notebook of yours, gets an address of its own. It runs as you, with your rights; "
    "it stops when nobody opens it any more, and starts again when somebody does."
)


def _chosen(one: Dashboard) -> str:
    if one.shares.everyone:
        return "everyone"
    if one.shares.groups:
        return "group"
    return "person" if one.shares.users else "me"


def _heading(words: str) -> pn.pane.HTML:
    return pn.pane.HTML(words, stylesheets=[_HEADING], margin=(0, 8))


def _words(words: str) -> pn.pane.HTML:
    return pn.pane.HTML(f"<p>{text(words)}</p>", stylesheets=[STYLE], sizing_mode="stretch_width")


def _card(title: str, *parts: Any) -> Any:
    return pmui.Paper(
        _heading(f"<h2>{text(title)}</h2>"),
        *parts,
        sx={"padding": "16px", "overflow": "hidden"},
        elevation=1,
        margin=8,
        sizing_mode="stretch_width",
    )
