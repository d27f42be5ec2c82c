import pytest

from curator.conversation import Conversation, Origin, Rewrite, Signal, Turn
from curator.errors import ConfigError
from curator.filters.views import ORDERS, STATES, QueueSpec, queue_of
from tests.store.workspaces import chat, fill, proposal, put_on_the_map, said


@pytest.fixture
def rewrites(store):
    return fill(store, 6)


def drawn(store, state="pending", order="made", where="", seed=0):
    return [ticket.rewrite for ticket in store.desk.queue(QueueSpec(state, order, where, seed))]


def test_every_state_holds_what_it_says(store, rewrites):
    verdicts = ("accept", "reject", "edit", "skip")
    for rewrite, verdict in zip(rewrites, verdicts, strict=False):
        store.decisions.record(said(rewrite, verdict, content="x" if verdict == "edit" else None))
    store.decisions.record(said(rewrites[5], "flag"))
    store.signals.add(
        [Signal(rewrites[4].conversation_id, 1, "leak", 1.0, True, "why", rewrites[4].id)],
        {"leak": 1},
        None,
    )
    assert {state: drawn(store, state) for state in STATES} == {
        "pending": [3, 5, 4],
        "accepted": [0],
        "rejected": [1],
        "edited": [2],
        "skipped": [3],
        "flagged": [5],
        "stale": [],
        "suspicious": [4],
        "all": [0, 1, 2, 3, 5, 4],
    }
    assert store.queues.counts() == {state: len(drawn(store, state)) for state in STATES}


def test_a_later_answer_is_stale_once_an_earlier_one_was_changed(store, rewrites):
    later = Rewrite(rewrites[0].conversation_id, 3, "", "Then two.", "m", "p")
    store.rewrites.add([later])
    assert drawn(store, "stale") == []
    store.decisions.record(said(rewrites[0], "accept"))
    assert drawn(store, "stale") == [6]
    store.decisions.undo("ann")
    assert drawn(store, "stale") == []


@pytest.mark.usefixtures("rewrites")
def test_a_settled_turn_takes_its_older_proposals_out_of_the_line(store):
    newer = proposal(chat(0), "another", 1)
    store.rewrites.add([newer])
    store.decisions.record(said(newer, "accept"))
    assert drawn(store) == [1, 2, 3, 4, 5]


def test_a_filter_narrows_a_queue(store, rewrites):
    assert drawn(store, where="line:2..3") == [1, 2]
    store.decisions.record(said(rewrites[1], "accept"))
    assert drawn(store, where="line:2..3") == [2]
    assert drawn(store, "all", where="line:2..3") == [1, 2]
    assert store.queues.count(QueueSpec(where="line:2..3")) == 1
    assert store.queues.ids(QueueSpec(where="line:2..3")) == [rewrites[2].id]


@pytest.mark.usefixtures("rewrites")
def test_all_states_are_counted_at_once_as_one_by_one(store):
    for where in ("", "line:2..4", "lang:fr"):
        assert store.queues.counts(where) == {
            state: store.queues.count(QueueSpec(state, where=where)) for state in STATES
        }


@pytest.mark.usefixtures("rewrites")
def test_a_queue_of_some_chats_holds_their_rewrites_and_of_none_nothing(store):
    assert store.queues.size(QueueSpec("all"), [0, 2]) == (2, 2)
    assert store.queues.size(QueueSpec("all"), []) == (0, 0)
    assert store.queues.targets(QueueSpec("all"), []) == []


@pytest.mark.usefixtures("rewrites")
def test_random_is_the_same_for_the_same_seed(store):
    orders = [tuple(drawn(store, order="random", seed=seed)) for seed in range(8)]
    assert orders[0] == tuple(drawn(store, order="random"))
    assert len(set(orders)) > 1
    assert {tuple(sorted(order)) for order in orders} == {(0, 1, 2, 3, 4, 5)}


def test_long_and_short_answers_come_first_as_asked(store):
    texts = ("xxx", "x", "xx")
    for number, text in enumerate(texts):
        store.conversations.add([chat(number)])
        store.rewrites.add([proposal(chat(number), text)])
    assert drawn(store, order="longest") == [0, 2, 1]
    assert drawn(store, order="shortest") == [1, 2, 0]


def test_what_users_object_to_most_comes_first(store):
    replies = ("Thanks a lot!", "That is wrong. You made a mistake.", "ok, go on please")
    for number, reply in enumerate(replies):
        conversation = Conversation(
            (Turn("user", "Add"), Turn("assistant", f"{number}"), Turn("user", reply)),
            Origin("made here", number),
        )
        store.conversations.add([conversation])
        store.rewrites.add([proposal(conversation)])
    assert drawn(store, order="objections")[0] == 1
    assert drawn(store, order="objections") == drawn(store, order="objections")
    assert store.connection.value("select count(*) from rewrite_objections") == 3


def test_uncertain_goes_by_the_learned_order_and_else_by_warnings(store, rewrites):
    names = ("leak", "refusal")
    store.signals.add(
        [
            Signal(rewrites[at].conversation_id, 1, name, 1.0, True, "", rewrites[at].id)
            for at, name in ((3, "leak"), (3, "refusal"), (1, "leak"))
        ],
        dict.fromkeys(names, 1),
        None,
    )
    assert drawn(store, order="uncertain")[:2] == [3, 1]
    assert drawn(store, order="likely") == [0, 2, 4, 5, 1, 3]
    store.predictions.replace({rewrites[0].id: 0.9, rewrites[5].id: 0.45}, {}, 0)
    assert drawn(store, order="uncertain")[:4] == [5, 0, 3, 1]
    assert drawn(store, order="likely") == [0, 5, 2, 4, 1, 3]


def test_clusters_come_one_after_the_other(store, rewrites):
    with pytest.raises(ConfigError, match="curator clusters"):
        drawn(store, order="clusters")
    store.connection.execute(
        "insert into maps values ('first-user-turn', 'm', 'r', 0, null, now()::timestamp)"
    )
    put_on_the_map(
        store, "first-user-turn", [r.conversation_id for r in rewrites], (1, 0, 1, 0, 1, 0)
    )
    assert drawn(store, order="clusters") == [1, 3, 5, 0, 2, 4]


@pytest.mark.usefixtures("rewrites")
def test_hidden_chats_are_in_no_queue(store):
    store.hiding.hide([0, 1], "test")
    assert drawn(store, "all") == [2, 3, 4, 5]


def test_a_view_is_kept_under_its_name(store):
    spec = QueueSpec("all", "random", "lang:zh", 7)
    store.views.save("zh", QueueSpec())
    store.views.save("zh", spec)
    store.views.save("b", QueueSpec(where="math"))
    assert store.views.get("zh") == spec
    assert [view.name for view in store.views.all()] == ["b", "zh"]
    store.views.delete("zh")
    with pytest.raises(ConfigError, match="there is no view 'zh'"):
        store.views.get("zh")


def test_a_view_from_when_turns_were_counted_from_0_means_what_it_meant(store):
    store.views.save("new", QueueSpec(where="turn:1"))
    store.connection.execute(
        """
        insert into views (name, filter, sort, state, seed, created)
        values ('old', 'role:user (turn:0 or turn>=2) "turn:0"', 'made', 'all', 0, now()::timestamp)
        """
    )
    assert store.views.get("old").where == 'role:user (turn:1 or turn>=3) "turn:0"'
    assert store.views.get("new").where == "turn:1"
    store.views.save("old", store.views.get("old"))
    assert store.views.get("old").where == 'role:user (turn:1 or turn>=3) "turn:0"'


def test_a_queue_is_written_as_the_command_that_shows_it():
    spec = QueueSpec("flagged", "random", 'lang:zh "two words"', 3)
    assert spec.command() == (
        "curator review --queue flagged --order random --seed 3 --where 'lang:zh \"two words\"'"
    )
    assert QueueSpec().command("my file.duckdb") == "curator review --workspace 'my file.duckdb'"


@pytest.mark.parametrize(
    ("state", "order", "says"),
    [("acepted", "made", "accepted"), ("all", "randon", "random"), ("x", "made", "known are")],
)
def test_an_unknown_queue_or_order_is_told_with_what_was_meant(state, order, says):
    with pytest.raises(ConfigError, match=says):
        queue_of(state, order)
    assert all(queue_of(state, "made") for state in STATES)
    assert all(queue_of("all", order) for order in ORDERS)


def test_a_queue_comes_by_column_as_it_would_by_row(store):
    fill(store, 30)
    by_row = store.connection.rows("select ord, chat from rewrites order by hash(id, 3), ord")
    assert list(store.queues.draw(QueueSpec(order="random", seed=3))) == by_row
    assert len(by_row) == 30
