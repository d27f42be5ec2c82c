"""Where the workspace may only be read, the screen says so, and so does every key that decides."""

from curator.store import workspace as opening
from tests.tui.halls import visit


def test_a_banner_stands_on_the_screen_and_the_keys_say_why(workspace, monkeypatch):
    # Who may not write at all could not load the app's own modules in some places.
    monkeypatch.setattr(opening, "why_read_only", lambda path: f"{path.name} may not be written")

    async def script(v):
        await v.see("read-only")
        for key in ("a", "x", "space", "f", "backspace", "e", "o", "E"):
            v.app.screen.remark("")
            await v.press(key)
            await v.see("nothing can be decided: open only for reading")
        session, _ = v.app.house.review()
        assert session.unsaved is None
        assert session.item.number == 1
        await v.press("J")
        assert session.item.number == 2

    before = workspace.read_bytes()
    visit(workspace, script, first="review")
    assert workspace.read_bytes() == before
