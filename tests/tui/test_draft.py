"""The text area in which an answer is edited."""

import asyncio

from textual.app import App, ComposeResult
from textual.document._wrapped_document import WrappedDocument

from curator.tui.widgets.draft import Draft

LONG = "\n".join(f"Line {n} of a text that is wrapped: " + "word " * 40 for n in range(200))


class Editing(App[None]):
    def compose(self) -> ComposeResult:
        yield Draft(LONG, id="draft", soft_wrap=True, show_line_numbers=False)


def wraps(monkeypatch, script) -> list[int]:
    """The widths at which the whole text was wrapped while the script ran."""
    widths: list[int] = []
    wrap = WrappedDocument.wrap

    def counting(self, width, tab_width=None):
        widths.append(width)
        wrap(self, width, tab_width)

    monkeypatch.setattr(WrappedDocument, "wrap", counting)

    async def run() -> None:
        app = Editing()
        async with app.run_test(size=(100, 30)) as pilot:
            await script(pilot)
            draft = app.query_one(Draft)
            fresh = WrappedDocument(draft.document, draft.wrap_width, draft.indent_width)
            assert draft.wrapped_document._wrap_offsets == fresh._wrap_offsets
            assert draft.text.startswith("é") == ("é" in draft.text)

    asyncio.run(asyncio.wait_for(run(), 60))
    return widths


def test_the_whole_text_is_wrapped_once_for_each_width(monkeypatch):
    async def script(pilot):
        await pilot.resize_terminal(60, 30)
        await pilot.resize_terminal(60, 20)
        await pilot.press("é", "é")

    widths = wraps(monkeypatch, script)[:-1]  # the last one is this test's own
    found = [width for width in widths if width > 0]
    assert len(found) == len(dict.fromkeys(found))


def test_a_line_that_was_edited_is_wrapped_anew(monkeypatch):
    async def script(pilot):
        await pilot.press(*"é word word word ")
        await pilot.press("enter", "backspace")

    assert wraps(monkeypatch, script)
