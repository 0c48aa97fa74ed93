"""Who may see a published dashboard: shares at the hub, of such servers alone."""

from __future__ import annotations

import json
from typing import Any

from jupyterhub import orm, scopes
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from tornado import web

from physforge.workbench.account_records import EVERYONE
from physforge.workbench.publishing import is_published


class PublishedSharesHandler(APIHandler):  # type: ignore[misc]
    """List, give and take back the right to see a dashboard.

    JupyterHub's own shares are of any server, and with any rights: whoever were given a whole
    notebook server, or the right to start one and so to rename it, could do everything as its
    owner. Here it is the right to see a dashboard, and nothing else.
    """

    @needs_scope("read:servers")  # type: ignore[untyped-decorator]
    async def get(self, user_name: str, server_name: str) -> None:
        """Answer with the names of those who may see it."""
        self._write_shares(self._find(user_name, server_name))

    @needs_scope("start:servers")  # type: ignore[untyped-decorator]
    async def put(self, user_name: str, server_name: str) -> None:
        """Let a person, or a group that the owner belongs to, see it."""
        spawner = self._find(user_name, server_name)
        orm.Share.grant(self.db, spawner, self._whom(spawner))
        self._write_shares(spawner)

    @needs_scope("start:servers")  # type: ignore[untyped-decorator]
    async def delete(self, user_name: str, server_name: str) -> None:
        """Let somebody see it no more; without a body nobody."""
        spawner = self._find(user_name, server_name)
        if self.get_json_body():
            orm.Share.revoke(self.db, spawner, self._whom(spawner))
        else:
            for share in list(spawner.shares):
                self.db.delete(share)
            self.db.commit()
        self._write_shares(spawner)

    def _find(self, user_name: str, server_name: str) -> Any:
        owner = self.find_user(user_name)
        spawner = owner.orm_user.orm_spawners.get(server_name) if owner is not None else None
        if spawner is None or not is_published(server_name):
            raise web.HTTPError(404, "There is no such dashboard.")
        return spawner

    def _whom(self, spawner: Any) -> Any:
        asked = self.get_json_body()
        name, group = (asked.get(key) if isinstance(asked, dict) else None for key in ("user", "group"))
        if isinstance(name, str) and group is None:
            user = self.find_user(self.authenticator.normalize_username(name))
            if user is None:
                raise web.HTTPError(404, "Nobody of that name has logged in here.")
            return user.orm_user
        if isinstance(group, str) and name is None:
            for one in spawner.user.groups:
                if one.name == group:
                    return one
            raise web.HTTPError(404, "You are in no group of that name.")
        raise web.HTTPError(400, "Say whom: the name of a user or of a group.")

    def _write_shares(self, spawner: Any) -> None:
        self.db.refresh(spawner)
        users = sorted(share.user.name for share in spawner.shares if share.user is not None)
        groups = sorted(share.group.name for share in spawner.shares if share.group is not None)
        everyone = EVERYONE in groups
        self.write(json.dumps({"users": users, "groups": [one for one in groups if one != EVERYONE], "all": everyone}))


class VisitorHandler(APIHandler):  # type: ignore[misc]
    """Tell whether whoever a token is of may see a dashboard.

    JupyterHub 6.1 forgets, of a token, what is shared with the groups of its user
    (``scopes.get_scopes_for``); dashboards ask here, with the token of who opens them.
    """

    async def get(self, user_name: str, server_name: str) -> None:
        """Answer 204, or 403."""
        user = self.current_user
        if user is None or isinstance(user, orm.Service) or not is_published(server_name):
            raise web.HTTPError(403)
        wanted = f"access:servers!server={user_name}/{server_name}"
        if not scopes.has_scope(wanted, scopes.parse_scopes(scopes.get_scopes_for(user)), db=self.db):
            raise web.HTTPError(403)
        self.set_status(204)


class SharedWithMeHandler(APIHandler):  # type: ignore[misc]
    """List the dashboards of others that the caller may see."""

    @needs_scope("read:users:name")  # type: ignore[untyped-decorator]
    async def get(self, user_name: str) -> None:
        """Answer with owner, name, title, address and whether it runs."""
        user = self.find_user(user_name)
        if user is None:
            raise web.HTTPError(404)
        groups = [group.id for group in user.groups]
        condition = orm.Share.user_id == user.orm_user.id
        if groups:
            condition = condition | orm.Share.group_id.in_(groups)
        spawners = {share.spawner for share in self.db.query(orm.Share).filter(condition)}
        items = [_described(one) for one in spawners if one.user_id != user.orm_user.id and is_published(one.name)]
        self.write(json.dumps({"items": sorted(items, key=lambda one: (one["owner"], one["title"], one["name"]))}))


def _described(spawner: Any) -> dict[str, Any]:
    owner = spawner.user.name
    return {
        "owner": owner,
        "name": spawner.name,
        "title": spawner.display_name or spawner.name,
        "running": spawner.server is not None,
    }
