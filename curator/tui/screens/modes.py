"""Two other ways to judge: hunk by hunk, and blind."""

from dataclasses import replace

from curator.review.blind import SIDES
from curator.review.hunks import Choices, choices
from curator.tui.screens.sweeping import SweepingScreen
from curator.tui.widgets.rows import Rows
from curator.wording import several

NOT_BLIND = "not while you judge blind: it would tell the sides apart; {} ends it"


def hunks(count: int) -> str:
    """So many hunks, in words."""
    return several(count, "hunk")


class ModesScreen(SweepingScreen):
    """The keys of hunk mode and of blind mode. What is chosen of an item's hunks stays with it
    until it is settled, also while one looks elsewhere."""

    #: What was chosen before the mode was left, by rewrite.
    _put_by: tuple[str, Choices] | None = None

    def left_item(self, same_turn: bool) -> None:
        later = self.view.later and same_turn
        self.view = replace(self.view, hunks=None, later=later)
        if self.view.layout == "all" and not same_turn:
            self.view = replace(self.view, layout="side")

    def barred(self) -> bool:
        """Whether blind mode forbids what was asked for; says so."""
        if self.view.blind:
            self.remark(NOT_BLIND.format(self.curator.called("blind")))
        return self.view.blind

    def only_read(self) -> bool:
        """Whether nothing can be decided here; says so before anybody has typed a text."""
        if why := self.curator.read_only:
            self.remark(why)
        return bool(why)

    # hunk by hunk ---------------------------------------------------------------------------------

    def action_take_hunk(self, take: bool) -> None:
        chosen = self._hunks()
        if chosen is None:
            return
        if self.view.hunks is None:  # the first press shows what there is to choose
            self._choose(chosen)
            key = self.curator.called
            acts = f"{key('take_hunk(True)')} takes, {key('take_hunk(False)')} refuses"
            acts = f"{acts}, {key('split_hunk')} splits, Esc goes out"
            self.remark(f"{hunks(len(chosen.places))}: {acts}")
            return
        self._judge(take)

    def _judge(self, take: bool) -> None:
        answer = self.held.hear(f"hunk {take}")
        if answer == "ignore" or self.view.hunks is None:
            return
        chosen = self.view.hunks.judged(take)
        self._choose(chosen)
        key = self.curator.called
        back = f"{key('undo')} goes back"
        if chosen.left:
            self.remark(f"{'taken' if take else 'refused'} · {chosen.left} open · {back}")
        else:
            self.remark(f"every hunk has its word · {key('finish_hunks')} settles it · {back}")

    def action_split_hunk(self) -> None:
        chosen = self._hunks()
        if chosen is None:
            return
        if self.view.hunks is None:
            self._choose(chosen)
        split = chosen.split()
        self._choose(split)
        if split is chosen:
            self.remark("this hunk cannot be split further")
        else:
            self.remark(f"split; {hunks(len(split.places))} now")

    def action_finish_hunks(self) -> None:
        if self.view.hunks is None:
            return
        if self.view.hunks.left:
            take, refuse = map(self.curator.called, ("decide('accept')", "decide('reject')"))
            open_ = hunks(self.view.hunks.left)
            self.remark(f"{open_} open: {take} takes the rest, {refuse} refuses it")
        else:
            self.finish(rest=True)

    def finish(self, rest: bool) -> None:
        """Settle the item as chosen, what is open taken or refused: an edit, or plainly accepted
        or rejected where that is what it comes to."""
        chosen, item = self.view.hunks, self.seen.item
        if chosen is None or item is None:
            return
        text = chosen.text(rest)
        verdict = {item.after: "accept", item.before: "reject"}.get(text, "edit")
        extra = {"hunks": {"taken": chosen.taken, "refused": chosen.refused, "rest": rest}}
        if verdict == "edit":
            self.decide("edit", text, extra=extra)
        else:
            self.decide("accept" if verdict == "accept" else "reject", extra=extra)

    def follow_hunk(self) -> None:
        """Bring the present piece into sight; where there is room for all pieces and the result,
        all of them."""
        laid = self.laid
        if laid is None:
            return
        if self.parted and laid.panes is not None:
            for side, at in zip(("left", "right"), laid.panes.at, strict=True):
                rows = self.query_one(f"#{side}", Rows)
                rows.scroll_to(y=max(at - rows.room // 3, 0), animate=False, immediate=True)
            return
        page = self.page
        if laid.answers_end - laid.answers_at <= page.room:
            here = page.scroll_offset.y
            self.roll(min(max(here, laid.answers_end - page.room), laid.answers_at))
        elif laid.changes:
            self.bring_up(laid.changes[0])

    def undo_hunk(self) -> None:
        """Take the last choice back; at the first one, go out."""
        past = self.view.hunks.back() if self.view.hunks is not None else None
        if past is None:
            self.leave_hunks()
        else:
            self._choose(past)
            self.remark("the last choice is taken back")

    def leave_hunks(self) -> None:
        """Go back to the plain view; what was chosen is kept for when one comes back."""
        if self.view.hunks is None or self.seen.item is None:
            return
        self._put_by = (self.seen.item.rewrite_id, self.view.hunks)
        self.view = replace(self.view, hunks=None)
        self.remark(f"out of the hunks; {self.curator.called('take_hunk(True)')} goes back to them")
        self.draw(stay=True)

    def _hunks(self) -> Choices | None:
        """The choices of this item; None where there are none to make, which is said."""
        item = self.seen.item
        if item is None or self.busy or self.barred():
            return None
        if self.view.hunks is not None:
            return self.view.hunks
        if len(item.before) + len(item.after) > 200_000:
            key = self.curator.called("external_edit")
            self.remark(f"too long to take hunk by hunk; {key} opens it in $EDITOR")
            return None
        if self._put_by is not None and self._put_by[0] == item.rewrite_id:
            return self._put_by[1]
        return choices(item.before, item.after)

    def _choose(self, chosen: Choices) -> None:
        self.view = replace(self.view, hunks=chosen)
        self.draw(stay=True)

    # blind ----------------------------------------------------------------------------------------

    def action_blind(self) -> None:
        self.leave_hunks()
        blind = not self.view.blind
        layout = "side" if blind else self.view.layout
        self.view = replace(self.view, blind=blind, later=False, layout=layout)
        if blind:
            self.remark("blind: 1 left or 2 right is better, 0 neither: a tie keeps the old answer")
        else:
            self.remark("no longer blind")
        self.draw()

    def action_tie(self) -> None:
        if not self.view.blind:
            self.remark(
                f"0 is a tie while you judge blind ({self.curator.called('blind')} begins that)"
            )
            return
        self.judge("0")

    def judge(self, key: str) -> None:
        """Say which side is better."""
        side = SIDES.get(key)
        if side is None:
            self.remark("1 left, 2 right, 0 neither")
            return
        if self.busy or self.seen.item is None or self.held.hear(f"side {key}") == "ignore":
            return
        self.busy = True
        self.session.give_up()
        self.act(f"blind {side}", lambda: self.session.judge(side))
