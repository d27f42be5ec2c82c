"""The reading room: one item, and one key decides it."""

from time import monotonic
from typing import Any

from textual import on

from curator.conversation import Verdict
from curator.errors import CuratorError
from curator.tui import editor
from curator.tui.again import Ready
from curator.tui.keys import Held, bindings
from curator.tui.safe import safe_line
from curator.tui.screens.viewing import ViewingScreen
from curator.tui.widgets.rows import Rows

#: The longest text that is edited here; a longer one is for $EDITOR.
EDITED_HERE = 100_000


class ReviewScreen(ViewingScreen):
    """The keys of the reading room."""

    BINDINGS = bindings()
    _heard = ""

    # deciding -------------------------------------------------------------------------------------

    def action_decide(self, verdict: Verdict) -> None:
        if self.view.blind and verdict != "skip":
            ends = self.curator.called("blind")
            self.remark(f"blind: 1 left, 2 right, 0 neither is better; {ends} ends it")
            return
        answer = self.held.hear(verdict)
        if answer == "act":
            self._decide(verdict)
        elif answer == "wait" and self.seen.item is not None:
            heard = self._heard = f"{verdict} {monotonic()}"
            shown = self.seen.item.rewrite_id
            self.set_timer(Held.REPEAT + 0.02, lambda: self._decide_late(verdict, heard, shown))
        else:
            self._heard = ""

    def _decide_late(self, verdict: Verdict, heard: str, rewrite_id: str) -> None:
        """The key was pressed twice, not held: nothing followed."""
        if self._heard == heard and self._key_of(self.seen) == rewrite_id:
            self._decide(verdict)

    def _decide(self, verdict: Verdict) -> None:
        if self.view.hunks is not None and verdict in ("accept", "reject"):
            self.finish(rest=verdict == "accept")
        else:
            self.decide(verdict)

    def action_undo(self) -> None:
        if self.view.hunks is not None:
            self.undo_hunk()
        else:
            self.act_on_many("undo", self.session.undo)

    def action_redo(self) -> None:
        self.act_on_many("redo", self.session.redo)

    def action_reject_because(self) -> None:
        if self.seen.item is not None and not self.barred():
            self.curator.ask(
                "why not?", "", lambda said: self.decide("reject", reason=said.strip()),
                self.session.reasons(), "rejects it",
            )  # fmt: skip

    def action_edit(self, start: str) -> None:
        item = self.seen.item
        if item is None or self.barred() or self.only_read():
            return
        text = item.before if start == "old" else item.settled_as or item.after
        if start == "new" and self.view.hunks is not None:
            text = self.view.hunks.text(rest=True)
        elif start == "new" and item.draft is not None:
            text = item.draft
        if len(text) > EDITED_HERE:
            self.remark(
                f"too long to edit here; {self.curator.called('external_edit')} opens it in $EDITOR"
            )
            return
        self.curator.edit(item, text)

    def action_external_edit(self) -> None:
        item = self.seen.item
        if item is None or self.barred() or self.only_read():
            return
        text = item.draft if item.draft is not None else item.settled_as or item.after
        if self.view.hunks is not None:
            text = self.view.hunks.text(rest=True)
        try:
            with self.curator.lent_terminal():
                written = editor.edited(text, self._keep_saved, self.curator.lifeline.run)
        except CuratorError as error:
            self.remark(str(error))
            return
        if written == text:
            self.remark("the text was left as it is; nothing was decided")
        else:
            self.decide("edit", written)

    def _keep_saved(self, written: str) -> None:
        """Keep what was saved in the person's editor, durably: this screen's clock stands still
        while the editor has the terminal."""

        def keep() -> None:
            self.session.draft(written)
            self.session.autosave()

        self.curator.work.act("quiet", keep, self.post_message)

    def action_again(self) -> None:
        self._again("")

    def action_again_with_advice(self) -> None:
        if self.seen.item is not None and not self.barred():
            asked = "advice for the reflector"
            self.curator.ask(asked, "", self._again, does="reflects again")

    def _again(self, advice: str) -> None:
        item = self.seen.item
        if item is not None and not self.barred():
            reading = self.reading
            self.remark(
                reading.reflect_again(item, advice.strip(), self.post_message)
                if reading is not None
                else "there is no workspace to reflect in"
            )

    @on(Ready)
    def _ready(self, event: Ready) -> None:
        if event.rewrite_id is None:
            self.remark(event.said)
            return
        id_ = event.rewrite_id
        self.curator.work.act("quiet", lambda: self.session.admit(id_), self.post_message)
        self.remark(event.said)
        self.curator.notify(safe_line(event.said), title="reflected again", markup=False, timeout=4)

    # moving ---------------------------------------------------------------------------------------

    def action_go(self, step: int) -> None:
        if self.seen.item is None and step > 0:
            self.act("move", self.session.again)
        else:
            self.act("move", self.session.next if step > 0 else self.session.previous)

    def action_beside(self, step: int) -> None:
        if self.seen.item is not None and not self.barred():
            self.act("beside", lambda: self.session.beside(step))

    def action_hunk(self, step: int) -> None:
        """To the next (or last) place where a change begins, put a third down the screen."""
        if self.view.hunks is not None:
            self._choose(self.view.hunks.walked(step))
            return
        laid = self.laid
        panes = laid.panes if laid is not None and self.parted else None
        changes = panes.changes if panes else laid.changes if laid else ()
        rows = self.query_one("#right" if panes else "#page", Rows)
        here = rows.scroll_offset.y + rows.size.height // 3
        found = [at for at in changes if (at > here if step > 0 else at < here)]
        before = rows.scroll_offset.y
        if not found:
            self.remark("no further change that way")
            return
        at = found[0] if step > 0 else found[-1]
        if panes:
            self.in_chat = False
            self.show_right(at)
        else:
            self.bring_up(at)
        said = f"change {changes.index(at) + 1} of {len(changes)}"
        moved = rows.scroll_offset.y != before
        self.remark(said if moved else "all further changes that way are in sight")

    # noting ---------------------------------------------------------------------------------------

    def action_flag(self) -> None:
        if self.seen.item is not None:
            self.act("flag", self.session.flag)

    def action_score(self, score: int) -> None:
        if self.view.blind:
            self.judge(str(score))
        elif (item := self.seen.item) is not None:
            same = item.marks.get("score") == score
            self.act("mark", lambda: self.session.mark(score=None if same else score))

    def action_tag(self) -> None:
        if (item := self.seen.item) is not None:
            tags = "".join(f"{tag} " for tag in item.marks.get("tags") or ())
            self.curator.ask(
                "tags, with blanks between", tags,
                lambda said: self._mark(tags=said.replace("#", " ").split() or None),
                self.session.tags(),
            )  # fmt: skip

    def action_note(self) -> None:
        if (item := self.seen.item) is not None:
            note = str(item.marks.get("note") or "")
            self.curator.ask("note", note, lambda said: self._mark(note=said.strip() or None))

    def _mark(self, **marks: Any) -> None:
        self.act("mark", lambda: self.session.mark(**marks))

    def action_help(self) -> None:
        self.curator.help()

    def action_leave(self) -> None:
        if self.stop_sweeping():
            return
        if self.view.hunks is not None:
            self.leave_hunks()
        else:
            self.curator.farewell(self.seen)
