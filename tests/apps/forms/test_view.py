"""A form as it is filled in: its button waits for the check, and for nothing else."""

import asyncio

from physforge.apps.forms.view import FormView


async def until(condition) -> None:
    async with asyncio.timeout(30.0):
        while not condition():
            await asyncio.sleep(0.05)


def test_the_button_can_be_pressed_after_each_check_also_of_the_same_text(ada):
    async def walk() -> None:
        view = FormView(ada, {}, kind="discovery", title="Discover")
        assert view.go.disabled
        view.inputs["dataset"].value_input = "lynx-hare"
        await until(lambda: not view.go.disabled)
        # What a browser tells when the field is left.
        view.inputs["dataset"].value = "lynx-hare"
        await until(lambda: not view.go.disabled)
        view.inputs["dataset"].param.update(value="", value_input="")
        await until(lambda: view.go.disabled and "dataset" in view.state.wrong)

    asyncio.run(walk())


def test_what_is_wrong_is_shown_at_its_field(ada):
    async def walk() -> None:
        view = FormView(ada, {"data": "lynx-hare", "method": "nonsense"}, kind="discovery", title="Discover")
        await view.begin()
        assert view.inputs["dataset"].value == "lynx-hare"
        assert view.inputs["method"].error_state
        assert "nonsense" in view.inputs["method"].helper_text
        assert view.go.disabled

    asyncio.run(walk())
