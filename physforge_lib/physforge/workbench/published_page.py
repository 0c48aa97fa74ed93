"""The address of a published dashboard at the hub: it starts the dashboard where it is stopped."""

from __future__ import annotations

from jupyterhub.handlers.base import BaseHandler
from tornado import web

from physforge.workbench.publishing import is_published
from physforge.workbench.publishing_api import PublishedSharesHandler, SharedWithMeHandler, VisitorHandler

#: Seconds after which a page that waits asks again.
_AGAIN_S = 2


class PublishedPageHandler(BaseHandler):  # type: ignore[misc]
    """Lead whoever may see a dashboard to it.

    A visitor has no right to start servers, which would be one to rename them, too. Here the
    hub starts this one for them, with what its owner had published and nothing that a visitor says.
    """

    @web.authenticated
    async def get(self, user_name: str, server_name: str) -> None:
        """Redirect to the dashboard, start it, or say that it is being started."""
        if not is_published(server_name) or not self.has_scope(f"access:servers!server={user_name}/{server_name}"):
            raise web.HTTPError(403, "You may not see this dashboard, or it is gone. Ask whoever sent you its address.")
        owner = self.find_user(user_name)
        if owner is None or server_name not in owner.orm_user.orm_spawners:
            raise web.HTTPError(404, "This dashboard is gone. Ask whoever sent you its address.")
        spawner = owner.get_spawner(server_name)
        if not spawner.active:
            # What fails is said by the hub's own page of errors.
            await self.spawn_single_user(owner, server_name)
        if spawner.ready:
            self.redirect(owner.server_url(server_name))
            return
        self.set_header("Refresh", str(_AGAIN_S))
        title = spawner.orm_spawner.display_name or server_name
        self.finish(await self.render_template("published_starting.html", title=title, owner=owner.name))


def published_handlers() -> list[tuple[str, type]]:
    """Return the routes of published dashboards at the hub.

    Returns
    -------
    list of (str, type)
        Path below /hub and handler.
    """
    return [
        (r"/published/([^/]+)/([^/]+)", PublishedPageHandler),
        (r"/api/published/([^/]+)", SharedWithMeHandler),
        (r"/api/published/([^/]+)/([^/]+)", PublishedSharesHandler),
        (r"/api/published/([^/]+)/([^/]+)/visitor", VisitorHandler),
    ]
