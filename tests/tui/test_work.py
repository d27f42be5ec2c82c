"""What the reader does beside the screen."""

import threading

from curator.tui import footnotes, work
from curator.tui.screens import keeping
from tests.tui.driving import PATIENCE, drive, until


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
        await d.see("soft[a]")
        await d.settle()
        assert "note: look" in d.text()

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


def test_pages_are_laid_out_while_papers_are_fetched(workspace, monkeypatch):
    laid, fetching, go_on = [], threading.Event(), threading.Event()
    page = work.page

    def seen(item, width, view):
        laid.append(item.number)
        return page(item, width, view)

    def fetch(**_):
        fetching.set()
        return go_on.wait(PATIENCE)

    async def script(d):
        monkeypatch.setattr(work, "page", seen)
        monkeypatch.setattr(d.app.work._session, "prefetch", fetch)
        try:
            await d.pilot.press("J")
            await d.see("2 of 5")
            assert fetching.wait(PATIENCE)
            await d.pilot.press("J")
            await d.see("3 of 5")
            await until(d.pilot, lambda: 5 in laid)
        finally:
            go_on.set()
        assert {3, 4, 5} <= set(laid)

    drive(workspace, script)


def test_an_item_without_leaks_keeps_its_page_when_they_were_looked_for(workspace):
    async def script(d):
        footnotes._found.clear()
        quick = work.unlit(d.item, d.room.view)
        footnotes._found[d.item.rewrite_id] = ()
        assert quick.hasty
        assert work.unlit(d.item, d.room.view) == quick
        footnotes._found.clear()
        assert footnotes.leaks(d.item)
        assert work.unlit(d.item, d.room.view) == d.room.view

    drive(workspace, script)


def test_in_full_flow_the_place_is_kept_when_an_item_was_drawn(workspace, monkeypatch):
    monkeypatch.setattr(keeping, "IN_FLOW", float("inf"))
    # No round of saving comes by itself, however long the app takes to open.
    monkeypatch.setattr("curator.tui.screens.desk.SAVED_EVERY", 3600.0)

    async def script(d):
        desk = d.app.work._session.desk
        await d.press("a")
        assert desk.place("ann") is None
        d.room._put_off = keeping.PUT_OFF
        await d.press("a")
        await d.press("j")  # the writer has done what came before
        assert desk.place("ann") == (d.item.rewrite_id, "curator review")
        assert d.room._put_off == 0

    drive(workspace, script)
