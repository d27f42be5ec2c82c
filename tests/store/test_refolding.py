"""Many heads folded in one go stand where those stand that are folded one by one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.conversation import Decision, Verdict
from curator.store import Store, settling
from tests.store.workspaces import fill, said

WORDS: tuple[Verdict, ...] = ("accept", "reject", "edit", "skip", "flag", "unflag", "mark")
#: One act: what is said, of which rewrites, by whom; undo and redo say nothing of their own.
ACTS = st.tuples(
    st.sampled_from((*WORDS, "undo", "undo", "redo")),
    st.sets(st.integers(0, 3), min_size=1),
    st.sampled_from(("ann", "bob")),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(ACTS, min_size=2, max_size=12))
def test_after_any_acts_the_heads_are_what_the_history_says(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[Verdict, set[int], str]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "LISTED", 0)
        with Store(tmp_path_factory.mktemp("w") / "w.duckdb") as store:
            rewrites = fill(store, 4)
            for word, at, who in acts:
                if word in ("undo", "redo"):
                    (store.decisions.undo if word == "undo" else store.decisions.redo)(who)
                else:
                    extra = {"tags": sorted(map(str, at))} if word == "mark" else {}
                    text = f"by {who}" if word == "edit" else None
                    store.decisions.record_many(
                        [
                            Decision(
                                rewrites[n].id, rewrites[n].conversation_id, 1, who, word, text,
                                extra=extra,
                            )
                            for n in sorted(at)
                        ]
                    )  # fmt: skip
                assert store.decisions.wrong_heads() == 0


def test_an_act_on_hundreds_is_taken_back_and_what_was_said_before_stands_again(
    path: Path,
) -> None:
    with Store(path) as store:
        rewrites = fill(store, settling.LISTED + 50)
        store.decisions.record_many([said(one, "reject") for one in rewrites[:70]])
        store.decisions.record(Decision(rewrites[3].id, rewrites[3].conversation_id, 1, "ann",
                                        "mark", extra={"note": "ask"}))  # fmt: skip
        store.decisions.record_many([said(one, "accept") for one in rewrites])
        assert store.decisions.tally() == {"accept": len(rewrites), "flagged": 0}
        assert len(store.decisions.undo("ann")) == len(rewrites)
        assert store.decisions.tally() == {"reject": 70, "flagged": 0}
        head = store.decisions.head(rewrites[3].id)
        assert head is not None
        assert head.marks == {"note": "ask"}
        assert store.decisions.wrong_heads() == 0
        store.decisions.redo("ann")
        assert store.decisions.tally() == {"accept": len(rewrites), "flagged": 0}
        assert store.decisions.wrong_heads() == 0
