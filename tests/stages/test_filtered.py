"""What a filter means to the stages that take one."""

import pytest

from curator.errors import ConfigError
from curator.filters.views import QueueSpec
from curator.stages import comparing, exporting, reflecting
from curator.stages.base import Filtered, Report, Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.scripted import ScriptedEngines
from tests.stages.test_reflecting import reflect
from tests.store.workspaces import fill, said


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "w.duckdb") as store:
        fill(store, 5)
        yield store


def test_without_a_filter_a_stage_works_on_everything(store):
    assert Filtered().conversations(store) is None
    assert Filtered().ids(store) is None
    assert Filtered().rewrite_ids(store) is None


def test_a_filter_and_a_view_must_both_hold(store):
    store.views.save("late", QueueSpec(where="line>=3 or line:1"))
    part = Filtered(where="line<=4", view="late")
    assert part.conversations(store) == [0, 2, 3]
    assert part.ids(store) == [store.conversations.ids()[ord_] for ord_ in (0, 2, 3)]
    assert len(part.rewrite_ids(store)) == 3


def test_a_filter_that_finds_nothing_is_told(store):
    with pytest.raises(ConfigError, match="no chat is found by --where 'lang:xx'"):
        Filtered(where="lang:xx").conversations(store)
    with pytest.raises(ConfigError, match="there is no view 'x'"):
        Filtered(view="x").ids(store)


def test_reflect_rewrites_only_what_the_filter_finds(store):
    before = store.rewrites.count()
    reflect(store, reflecting.Config(where="line:2..3"))
    made = store.rewrites.all()[before:]
    ids = store.conversations.ids()
    assert {rewrite.conversation_id for rewrite in made} == {ids[1], ids[2]}
    with pytest.raises(ConfigError, match="none of the chats named"):
        reflect(store, reflecting.Config(where="line:2", conversation=(ids[0],)))
    reflect(store, reflecting.Config(where="line>3", conversation=(ids[4],)))
    assert {r.conversation_id for r in store.rewrites.all()[before:]} == {ids[1], ids[2], ids[4]}


def test_compare_and_export_take_only_what_the_filter_finds(store, tmp_path):
    for rewrite in store.rewrites.all():
        store.decisions.record(said(rewrite, "accept"))
    assert len(comparing._chosen(store, comparing.Config(where="line:1..2"), Report())) == 2
    out = tmp_path / "out.jsonl"
    config = exporting.Config(out=str(out), where="line:1..2")
    perform(store, exporting.STAGE, config, ScriptedEngines(), Silent())
    assert len(out.read_text().splitlines()) == 2
