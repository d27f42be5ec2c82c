"""The other ways to judge: hunk by hunk, blind, one of several proposals, once more."""

from types import SimpleNamespace

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Signal, Turn
from curator.review.pace import pace
from curator.stages.base import Report
from curator.store import Store
from curator.tui.reading import Reading
from curator.tui.widgets.bars import heading, origin, with_more
from tests.tui.chats import PAIRS
from tests.tui.driving import drive

OLD = "Put the egg in water. Boil it for twelve minutes. Serve it."
NEW = "Put the egg in boiling water. Boil it for six minutes. Then cool it. Serve it."


def made(path, *texts, before=OLD, later=("It has to be soft.", "So six minutes.")):
    """A workspace with one chat and a proposal for its first answer from each text."""
    chat = Conversation(
        (
            Turn("user", "How do I boil an egg?"), Turn("assistant", before),
            *(Turn(role, text) for role, text in zip(("user", "assistant"), later, strict=True)),
        ),
        Origin("chats.jsonl", 1, "sharegpt"),
    )  # fmt: skip
    with Store(path) as store:
        store.conversations.add([chat])
        store.rewrites.add(
            [Rewrite(chat.id, 1, "too hard", text, "tiny", "p", candidate=n, shown=(2,))
             for n, text in enumerate(texts)]
        )  # fmt: skip
    return path


def history(path):
    with Store(path) as store:
        return store.decisions.history()


@pytest.fixture
def egg(tmp_path):
    return made(tmp_path / "w.duckdb", NEW)


# hunk by hunk -------------------------------------------------------------------------------------


def test_t_shows_the_hunks_and_the_next_t_takes_one(egg):
    async def script(d):
        await d.press("t")
        assert "± CHANGES · 0 of 1 judged" in d.text()
        assert "t takes, T refuses" in d.text()
        await d.press("t", "enter")

    drive(egg, script)
    (decision,) = history(egg)
    assert decision.verdict == "accept"
    assert decision.extra["hunks"] == {"taken": 1, "refused": 0, "rest": True}


def test_hunks_are_split_at_sentences_and_the_result_is_settled_as_an_edit(egg):
    async def script(d):
        await d.press("s")
        assert "± CHANGES · 0 of 3 judged" in d.text()
        await d.press("t", "T", "t")
        assert "every hunk has its word" in d.text()
        assert "= RESULT · 2 taken, 1 refused, 0 open" in d.text()
        await d.press("enter")

    drive(egg, script)
    (decision,) = history(egg)
    assert (decision.verdict, decision.content) == (
        "edit",
        "Put the egg in boiling water. Boil it for twelve minutes. Then cool it. Serve it.",
    )


def test_all_refused_is_a_rejection(egg):
    async def script(d):
        await d.press("T", "T", "enter")

    drive(egg, script)
    assert [d.verdict for d in history(egg)] == ["reject"]


@pytest.mark.parametrize(
    ("key", "kept"),
    [("a", "Put the egg in water. Boil it for six minutes. Then cool it. Serve it."), ("x", OLD)],
)
def test_a_takes_and_x_refuses_what_is_open(egg, key, kept):
    async def script(d):
        await d.press("s", "T")
        await d.press("enter")
        assert "2 hunks open" in d.text()
        await d.press(key)

    drive(egg, script)
    (decision,) = history(egg)
    assert (decision.content or OLD) == kept


def test_undo_takes_back_the_last_choice_and_then_goes_out(egg):
    async def script(d):
        await d.press("s", "t")
        assert "1 of 3 judged" in d.text()
        await d.press("backspace")
        assert "0 of 3 judged" in d.text()
        await d.press("u", "z")
        assert "− OLD" in d.text()

    drive(egg, script)
    assert history(egg) == []


def test_brackets_walk_the_hunks_and_what_was_chosen_outlives_going_out(egg):
    async def script(d):
        await d.press("s", "right_square_bracket", "right_square_bracket", "left_square_bracket")
        await d.press("t")
        assert "▶3?" in d.text()
        await d.press("escape")
        assert "− OLD" in d.text()
        await d.press("t")
        assert "1 of 3 judged" in d.text()

    drive(egg, script)


def test_e_edits_what_was_chosen_so_far(egg):
    async def script(d):
        await d.press("s", "T", "e")
        await d.see("editing")
        await d.press("N", "o", "full_stop", "space", "ctrl+s")

    drive(egg, script)
    (decision,) = history(egg)
    assert decision.content.startswith("No. Put the egg in water. Boil it for six minutes.")


def test_the_result_stays_in_sight_where_all_hunks_have_room(tmp_path):
    same = "The sentence number {n} stands here word for word in both of the answers."
    old, new = (
        " ".join(f"{word}{n}. {same.format(n=n)}" for n in range(8)) for word in ("Old", "New")
    )
    path = made(tmp_path / "w.duckdb", new, before=old)

    async def script(d):
        await d.press("t", *"]" * 7)
        assert "▶8?" in d.text()
        assert "= RESULT" in d.text()
        assert "New0." in d.text()

    drive(path, script)


def test_a_held_t_judges_one_hunk(egg):
    async def script(d):
        await d.press("s", "t")
        for _ in range(10):
            d.now += 0.03
            await d.pilot.press("t")
        await d.settle()
        assert "1 of 3 judged" in d.text()

    drive(egg, script)


def test_a_word_that_cannot_be_split_says_so(tmp_path):
    async def script(d):
        await d.press("s")
        assert "cannot be split" in d.text()

    drive(made(tmp_path / "w.duckdb", "It is blue.", before="It is red."), script)


# blind --------------------------------------------------------------------------------------------


def test_blind_hides_which_side_is_new_and_everything_that_tells(workspace):
    async def script(d):
        await d.press("b")
        shown = d.text()
        for tell in (
            "OLD",
            "NEW",
            "criticism ·",
            "tiny",
            "makes it hard",
            "length ratio",
            "− ",
            "+ ",
        ):
            assert tell not in shown.replace("criticism, signals", "")
        assert "1 LEFT" in shown
        assert "2 RIGHT" in shown
        styles = {
            str(segment.style)
            for strip in d.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
        }
        assert not any("#41262a" in style or "#1f3d2b" in style for style in styles)

    drive(workspace, script)


@pytest.mark.parametrize(("key", "side"), [("1", "left"), ("2", "right")])
def test_the_side_that_is_better_is_taken(workspace, key, side):
    seen = []

    async def script(d):
        await d.press("b")
        seen.append(d.item.new_left)
        await d.press(key)
        assert f"✓ saved {side} is better" in d.text()
        assert d.item.number == 2

    drive(workspace, script)
    (decision,) = history(workspace)
    new = seen[0] == (side == "left")
    assert decision.verdict == ("accept" if new else "reject")
    assert (decision.extra["side"], decision.extra["outcome"]) == (side, "new" if new else "old")


def test_a_tie_keeps_the_old_answer_and_is_summed_as_a_tie(workspace):
    async def script(d):
        await d.press("0")
        assert "0 is a tie while you judge blind" in d.text()
        await d.press("b", "0")
        assert "the old answer stays" in d.text()
        await d.press("1", "q")
        await d.see("1 tie")

    drive(workspace, script)
    one, tie = history(workspace)
    assert (tie.verdict, tie.extra["outcome"]) == ("reject", "tie")
    assert one.extra["blind"]


@pytest.mark.parametrize(
    "key",
    ["a", "x", "X", "e", "o", "E", "t", "T", "s", "r", "R", "i", "d", "y", "Y", "h", "l", "3"],
)
def test_what_would_tell_the_sides_apart_is_dead_while_judging_blind(workspace, key):
    async def script(d):
        await d.press("b", key)
        assert d.item.number == 1
        assert "1 LEFT" in d.text()

    drive(workspace, script)
    assert history(workspace) == []


def test_b_ends_it_and_space_skips_blind_too(workspace):
    async def script(d):
        await d.press("b", "space")
        assert d.item.number == 2
        await d.press("b")
        assert "− OLD" in d.text()

    drive(workspace, script)


def told(done, minutes, blind=False):
    counts = {"accept": done - done // 4, "reject": done // 4}
    row = heading(None, pace(counts, 40, 0, 0, minutes), 200, blind=blind)
    return "".join(text for text, _ in row)


def test_the_share_of_what_was_taken_is_hidden_while_judging_blind():
    assert "taken" not in told(8, 2, blind=True)
    assert "75% taken" in told(8, 2)


def test_large_numbers_are_parted():
    assert "1,506 done, 2,494 left" in told_of(1506, 4000)


def told_of(done, total):
    row = heading(None, pace({"accept": done}, total, 0, 0, 9.0), 200)
    return "".join(text for text, _ in row)


def test_what_lies_beyond_the_screen_is_told_without_its_last_word_or_not_at_all():
    row = (("x" * 66, 0),)
    said = ["".join(text for text, _ in with_more(row, 9, 0, width)) for width in (80, 74, 70)]
    assert [one.lstrip("x").strip() for one in said] == ["↑ 9 more", "↑ 9", ""]


def test_a_pace_is_told_when_there_were_enough_decisions_to_tell_it_from():
    assert "a minute" not in told(1, 1.6)
    assert "taken" not in told(1, 1.6)
    assert "4.0 a minute, 8 min to go" in told(8, 2)
    assert "1 min to go" in told(39, 10)


# several proposals --------------------------------------------------------------------------------


@pytest.mark.parametrize(("on", "back"), [("l", "h"), ("right", "left")])
def test_proposals_for_one_turn_are_leafed_through_and_one_settles_all(tmp_path, on, back):
    path = made(tmp_path / "w.duckdb", NEW, "Six minutes.", "Seven minutes.")

    async def script(d):
        assert "NEW 1 of 3" in d.text()
        await d.press(on)
        assert "NEW 2 of 3" in d.text()
        await d.press(on, on)
        assert "no other proposal" in d.text()
        await d.press(back)
        assert "Six minutes." in d.text()
        await d.press("a")
        assert "All done" in d.text()
        await d.press("backspace")
        assert "NEW 2 of 3" in d.text()
        await d.press("U")
        assert "accepted before" in d.text()

    drive(path, script)
    with Store(path) as store:
        heads = store.decisions.heads()
        said = [heads[rewrite.id].verdict for rewrite in store.rewrites.all()]
    assert said == ["reject", "accept", "reject"]


def test_all_proposals_can_be_seen_beside_each_other(tmp_path):
    path = made(tmp_path / "w.duckdb", NEW, "Six minutes.", "Seven minutes.")

    async def script(d):
        await d.press("d", "d", "d", "d")
        shown = d.text()
        assert "all proposals for this turn" in shown
        assert "+ ▶ 1 ·" in shown
        assert any("Six minutes." in line and "Seven minutes." in line for line in d.screen())
        await d.press("l")
        assert "+ ▶ 2 ·" in d.text()

    drive(path, script, size=(160, 40))


# once more ----------------------------------------------------------------------------------------


class Reflector:
    """Runs the stage with a reflector that answers at once (or does not answer)."""

    def __init__(self, text="Briefly: six minutes.", error=None):
        self.text, self.error, self.asked = text, error, []

    def perform(self, store, stage, config, progress):
        progress.begin(1, "rewrites")
        assert stage.name == "reflect"
        self.asked.append(config)
        if self.error is not None:
            raise self.error
        (id_,) = config.conversation
        store.rewrites.add(
            [Rewrite(id_, config.turn - 1, "", self.text, "m", "p2", advice=config.advice,
                     candidate=config.candidates - 1)]
        )  # fmt: skip
        return Report(counts={"prompt tokens": 1200, "reply tokens": 34})


async def reflected(d, store, doing, *keys):
    d.app._reading = Reading(store, doing)
    await d.press(*keys)
    await d.see("of item 1")
    await d.settle()


def drive_with_store(path, script, size=(120, 40)):
    """As `drive`, and the script is given the open store too."""
    import asyncio

    from curator.review import open_session
    from curator.tui.app import ReviewApp
    from tests.tui.driving import Driver

    async def run():
        with Store(path) as store:
            app = ReviewApp(open_session(store.desk, "ann"))
            app.store = store
            try:
                async with app.run_test(size=size) as pilot:
                    driver = Driver(app, pilot)
                    await driver.settle()
                    return await script(driver, store)
            finally:
                app.close_reading()
                app.work.close()

    return asyncio.run(run())


def test_r_with_advice_brings_a_new_proposal_while_review_goes_on(workspace):
    doing = Reflector()

    async def script(d, store):
        keys = [*"Rbe", "space", *"brief", "enter"]
        await reflected(d, store, doing, *keys)
        assert "1,234 tokens" in d.text()
        assert "NEW 1 of 2" in d.text()
        await d.press("l")
        assert "Briefly: six minutes." in d.text()
        assert d.item.rewrite.advice == "be brief"

    drive_with_store(workspace, script)
    (config,) = doing.asked
    assert (config.turn, config.candidates, config.limit) == (2, 2, 1)


def test_r_alone_asks_without_advice(workspace):
    doing = Reflector()

    async def script(d, store):
        await reflected(d, store, doing, "r")

    drive_with_store(workspace, script)
    assert doing.asked[0].advice == ""


def test_a_reflector_that_fails_is_one_sentence(workspace):
    from curator.errors import EngineError

    async def script(d, store):
        await reflected(d, store, Reflector(error=EngineError("the endpoint is down")), "r")
        assert "no new proposal for turn 2 of item 1: the endpoint is down" in d.text()
        await d.press("a")
        assert d.item.number == 2

    drive_with_store(workspace, script)


def test_without_a_reflector_r_says_so(workspace):
    async def script(d, _):
        await d.press("r")
        assert "there is no reflector in this session" in d.text()

    drive_with_store(workspace, script)


# looking ------------------------------------------------------------------------------------------


def test_i_shows_where_a_row_came_from_and_all_that_was_said_of_it(workspace):
    async def script(d, _):
        await d.press("a", "K", "i")
        await d.see("Passport")
        for said in ("chats.jsonl:1", "tiny", "makes it hard", "accept by ann"):
            assert said in d.text()
        await d.press("escape")
        await d.see("− OLD")

    drive_with_store(workspace, script)


def test_capital_i_shows_the_guidelines_of_the_workspace(workspace):
    async def script(d, store):
        await d.press("I")
        await d.see("No guidelines yet")
        await d.press("escape")
        store.path.with_name("guidelines.md").write_text("# Ours\n- be *kind*\x1b[31m", "utf-8")
        await d.press("I")
        await d.see("be kind␛[31m")

    drive_with_store(workspace, script)


def test_y_copies_through_the_terminal_and_the_second_time_into_a_file(workspace):
    sent = []

    async def script(d, store):
        d.app.copy_to_clipboard = sent.append
        await d.press("y")
        assert "is on the clipboard" in d.text()
        await d.press("y")
        assert "copied.txt" in d.text()
        await d.press("Y")
        return store.path.with_name("copied.txt").read_text("utf-8")

    assert drive_with_store(workspace, script) == PAIRS[0][2]
    assert sent[0] == PAIRS[0][2]
    assert '"new": "Put the egg in boiling water' in sent[1]


def test_what_is_too_long_for_a_terminal_goes_into_a_file(tmp_path):
    sent = []

    async def script(d, _):
        d.app.copy_to_clipboard = sent.append
        await d.press("y")
        assert "copied.txt" in d.text()

    drive_with_store(made(tmp_path / "w.duckdb", "word " * 20_000), script)
    assert sent == []


def test_unfolding_the_later_turns_is_recorded_and_they_fold_for_the_next_item(workspace):
    async def script(d):
        await d.press("v")
        assert "It has to be soft." in d.text()
        assert "your verdict will say" in d.text()
        await d.press("a")
        assert "▸ 2 later turns" in d.text()
        await d.press("a")

    drive(workspace, script)
    second, first = history(workspace)
    assert (first.extra, second.extra) == ({"later": True}, {})


def test_a_turn_after_a_changed_answer_is_marked_as_stale(tmp_path):
    path = tmp_path / "w.duckdb"
    chat = Conversation(
        tuple(
            Turn(role, f"{role} {n}")
            for n in range(3)
            for role in ("user", "assistant")
        ),
        Origin("f", 1),
    )  # fmt: skip
    with Store(path) as store:
        store.conversations.add([chat])
        store.rewrites.add([Rewrite(chat.id, n, "", f"new {n}", "m", "p") for n in (1, 3)])

    async def script(d):
        assert "stale" not in d.text()
        await d.press("v")
        await d.press("a")
        assert "⚠ stale: turn 2 was changed" in d.text()
        assert "2 assistant · changed by a verdict" in d.text()
        assert "new 1" in d.text()
        await d.press("v")
        assert "6 assistant · ⚠ stale: follows a changed answer" in d.text()
        await d.press("backspace", "l")
        assert "stale" not in d.text()

    drive(path, script)


def test_places_that_know_too_much_are_lit_with_a_footnote(tmp_path):
    path = made(
        tmp_path / "w.duckdb", "Your grandmother Wilhelmina will like it soft.",
        later=("My grandmother Wilhelmina wants it soft.", "Then six minutes."),
    )  # fmt: skip

    async def script(d):
        assert "soft[a]." in d.text()
        assert "[a] the user says later" in d.text()

    drive(path, script)


def test_warnings_stand_in_the_heading(tmp_path):
    path = made(tmp_path / "w.duckdb", NEW)
    with Store(path) as store:
        (rewrite,) = store.rewrites.all()
        signal = Signal(rewrite.conversation_id, 1, "leaked", 0.9, True, "why", rewrite.id)
        store.signals.add([signal], {"leaked": 1}, None)

    async def script(d):
        assert "turn 2 of 4 · ! leaked" in d.text()

    drive(path, script, size=(80, 24))


# layout -------------------------------------------------------------------------------------------


def test_at_80x24_question_and_both_answers_are_in_sight_however_long_they_are(tmp_path):
    path = made(tmp_path / "w.duckdb", "New words. " * 300, before="Old words. " * 300)

    async def script(d):
        lines = d.screen()
        at = [next(n for n, line in enumerate(lines) if mark in line) for mark in
              ("How do I boil", "− OLD", "+ NEW")]  # fmt: skip
        assert at == sorted(at)
        assert sum("Old words." in line for line in lines) >= 6
        assert sum("New words." in line for line in lines) >= 6
        await d.press("G")
        assert d.room.query_one("#left").scroll_offset.y > 10
        assert d.room.query_one("#right").scroll_offset.y > 10
        await d.press("tab")
        assert "too hard" in d.text()
        await d.press("tab")
        assert sum("Old words." in line for line in d.screen()) >= 6

    drive(path, script, size=(80, 24))


def test_a_long_side_leaves_a_short_one_whole(tmp_path):
    path = made(tmp_path / "w.duckdb", "Short and new.", before="Old words. " * 300)

    async def script(d):
        assert "+ Short and new." in d.text()
        assert sum("Old words." in line for line in d.screen()) >= 12

    drive(path, script, size=(80, 24))


# noting -------------------------------------------------------------------------------------------


def test_tab_completes_a_tag_that_was_used_before(workspace):
    async def first(d):
        await d.press("number_sign", *"mathematics", "enter")

    async def second(d):
        await d.press("J", "number_sign", *"ma")
        await d.see("mathematics")
        await d.press("tab", "space", *"x", "enter")
        assert d.item.marks["tags"] == ["mathematics", "x"]
        assert d.item.verdict is None

    drive(workspace, first)
    drive(workspace, second)


def test_tab_completes_a_reason(workspace):
    async def script(d):
        await d.press("X", *"kno", "tab", "enter")

    drive(workspace, script)
    assert history(workspace)[0].reason == "knows too much"


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (80, "sharegpt_unf…part-3.json:63204 · zh"), (35, "sharegpt_unf…part-3.json:63204 · zh"),
        (34, "sharegpt_unf…part-3.json:63204"), (20, "sharegp…3.json:63204"),
        (12, "sha…on:63204"), (4, ""),
    ],
)  # fmt: skip
def test_where_an_item_is_from_keeps_its_line_in_any_room(room, said):
    came = Origin("/data/sharegpt_unfiltered_part-3.json", 63204, "sharegpt")
    chat = Conversation((Turn("user", "a"), Turn("assistant", "b")), came, {"language": "zh"})
    item = SimpleNamespace(conversation=chat)
    assert origin(item, room) == said


def test_the_heading_says_how_many_were_the_same_and_left_the_count():
    counted = pace({"accept": 1}, total=40, unchanged=18, undone=0, minutes=0)
    assert "1 done, 39 left, 18 the same" in "".join(t for t, _ in heading(None, counted, 120))
    counted = pace({"accept": 1}, total=40, unchanged=0, undone=0, minutes=0)
    assert "the same" not in "".join(text for text, _ in heading(None, counted, 120))
