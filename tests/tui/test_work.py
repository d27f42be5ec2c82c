"""What the reader does beside the screen."""

from curator.tui import footnotes, work
from tests.tui.driving import drive


def test_leaks_are_looked_for_when_the_screen_rests_at_an_item(workspace):
    async def script(d):
        await d.see("soft[a]")
        work.RESTING = 60.0
        footnotes._found.clear()
        for key, number in (("J", 2), ("K", 1)):
            await d.pilot.press(key)
            await d.see(f"{number} of 5")
        assert "soft[a]" not in d.text()
        assert not footnotes.known(d.item)
        work.RESTING = 0.0
        await d.press("J", "K")
        await d.see("soft[a]")
        assert "[a] the user says later" in d.text()

    drive(workspace, script)


def test_a_page_that_gets_its_leaks_stays_where_it_was_scrolled(workspace):
    async def script(d):
        footnotes._found.clear()
        work.RESTING = 0.4
        await d.pilot.press("J", "K", "j", "j")
        await d.see("1 of 5")
        at = d.room.page.scroll_offset.y
        await d.see("soft[a]")
        assert d.room.page.scroll_offset.y == at

    drive(workspace, script, size=(80, 24))


def test_a_note_stays_in_sight_when_the_leaks_of_the_page_before_it_come_late(workspace):
    async def script(d):
        room = d.room
        before, width, view = d.item, room._columns, room.view
        await d.press("m", *"look", "enter")
        await d.see("note: look")
        late = work.page_or_why_not(before, width, view)
        room.post_message(work.Laid(before, width, view, late, lit=True))
        await d.pilot.pause()
        await d.pilot.pause(0.2)
        assert "note: look" in d.text()
        assert "soft[a]" in d.text()

    drive(workspace, script)


def test_whoever_goes_by_fast_has_nothing_looked_for_behind_them(workspace):
    async def script(d):
        work.RESTING = 60.0
        footnotes._found.clear()
        for key in ("J", "J", "J", "K", "K"):
            await d.pilot.press(key)
        await d.see("2 of 5")
        assert not footnotes._found
        work.RESTING = 0.0
        await d.press("J")
        assert not d.app.work.is_looking

    drive(workspace, script)
