import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.engines.opened import OpenEngines
from curator.stages import reflecting
from curator.stages.base import Silent
from curator.stages.reflecting import Config
from curator.stages.runner import perform
from curator.store import Store

CHATS = [
    Conversation(
        (
            Turn("user", "3000 / 12?"),
            Turn("assistant", "It is 300."),
            Turn("user", "that's wrong, it is 250"),
        ),
        Origin("test", 1),
    ),
    Conversation(
        (Turn("user", "一年有几个月？"), Turn("assistant", "十个月。"), Turn("user", "不对吧？")),
        Origin("test", 2),
    ),
]


@pytest.mark.slow
def test_the_embedded_model_rewrites_in_two_languages_and_is_not_asked_twice(tmp_path):
    pytest.importorskip("xllamacpp")
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add(CHATS)
        with OpenEngines({}, store.calls) as engines:
            report = perform(store, reflecting.STAGE, Config(), engines, Silent())
            again = perform(store, reflecting.STAGE, Config(), engines, Silent())
        made = store.rewrites.all()
    assert report.failures == []
    assert len(made) == 2
    assert all(r.verdict in ("keep", "improve") and r.content for r in made)
    assert all("�" not in r.content for r in made)
    assert [r.criticism for r in made if "250" in r.criticism]
    assert {r.shown for r in made} == {(2,)}
    assert again.counts["due"] == 0
