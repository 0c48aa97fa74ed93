"""The form in which somebody says where else they are told."""

from __future__ import annotations

import asyncio

from physforge.apps.jobs.notice_form import NoticeForm


def test_what_is_chosen_is_kept_and_what_is_refused_is_said(person):
    form = NoticeForm(person)

    async def walk() -> None:
        await form.begin()
        # This workbench has no mail server, and calls the internet alone.
        assert (form.email.visible, form.webhook.visible) == (False, True)
        form.webhook.value = "https://localhost/<img/src=x>"
        await form._save(None)
        assert "not on the internet" in form._said.words
        assert "<img" not in form._said.words
        form.webhook.value = "https://93.184.216.34/hook"
        await form._save(None)
        assert "You are told by webhook." in form._said.words
        assert "<code>" in form._key.object
        again = NoticeForm(person)
        await again.begin()
        assert again.webhook.value == "https://93.184.216.34/hook"
        again.webhook.value = ""
        await again._save(None)
        assert "on open pages alone" in again._said.words
        assert again._key.object == ""

    asyncio.run(walk())
