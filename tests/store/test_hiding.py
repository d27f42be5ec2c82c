"""What is hidden stays in the workspace, and every act that hid it can be taken back."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from curator.store import Store
from curator.store.hiding import follow
from tests.store.workspaces import chat, fill, proposal

RUNS = 6


def seen(store):
    return sorted(c.origin.line for _, c in store.conversations.between(0, 10_000))


def run(store, stage="dedup"):
    number = store.runs.open(stage, {})
    store.runs.close(number, "finished", {})
    return number


def test_what_is_hidden_is_left_out_and_shown_again(store):
    fill(store, 4)
    number = run(store)
    assert store.hiding.hide([1, 2], "dedup", number) == 2
    assert seen(store) == [1, 4]
    assert store.hiding.of([0, 1, 2]) == store.hiding.between(0, 2)
    assert store.hiding.of([1])[1].why == "dedup"
    assert store.conversations.summary().hidden == 2
    assert store.hiding.show([2], run(store, "show")) == 1
    assert seen(store) == [1, 3, 4]


def test_hiding_twice_counts_only_what_was_in_sight(store):
    fill(store, 3)
    assert store.hiding.hide([0, 1], "dedup", run(store)) == 2
    assert store.hiding.hide([1, 2], "dedup", run(store)) == 1
    assert store.hiding.count() == 3


def test_a_run_is_shown_by_its_number(store):
    fill(store, 3)
    number = run(store)
    store.hiding.hide([0, 2], "dedup", number)
    assert store.hiding.show(number) == 2
    assert seen(store) == [1, 2, 3]
    assert store.hiding.taken_back().keys() == {number}


def test_hiding_without_a_run_notes_one_that_can_be_taken_back(store):
    fill(store, 2)
    store.hiding.hide([0], "by hand")
    latest = store.runs.latest(1)[0]
    assert (latest.stage, latest.config) == ("hide", {"why": "by hand"})
    store.hiding.take_back(latest.id)
    assert seen(store) == [1, 2]


def test_a_rolled_back_import_is_out_of_sight_and_comes_back_with_the_next(store):
    first = run(store, "import")
    store.conversations.add([chat(0), chat(1)], first)
    back = store.hiding.take_back(first)
    assert seen(store) == []
    assert store.hiding.of([0, 1])[0].why == "rollback"
    second = run(store, "import")
    assert store.conversations.add([chat(1), chat(2)], second) == 1
    assert seen(store) == [2, 3]
    store.hiding.take_back(back)
    assert seen(store) == [1, 2, 3]


def test_what_dedup_hid_stays_hidden_when_it_is_imported_again(store):
    first = run(store, "import")
    store.conversations.add([chat(0), chat(1)], first)
    store.hiding.hide([1], "dedup", run(store))
    store.conversations.add([chat(1)], run(store, "import"))
    assert seen(store) == [1]


def test_rewrites_of_a_run_that_was_taken_back_leave_the_queue_and_the_exports(store):
    chats = [chat(0), chat(1)]
    store.conversations.add(chats)
    number = run(store, "reflect")
    store.rewrites.add([replace(proposal(c), run_id=number) for c in chats])
    assert len(store.desk.queue()) == 2
    back = store.hiding.take_back(number)
    assert store.desk.queue() == []
    again = run(store, "reflect")
    assert store.rewrites.add([replace(proposal(chats[0]), run_id=again)]) == 0
    assert len(store.desk.queue()) == 1
    store.hiding.take_back(back)
    assert len(store.desk.queue()) == 2


def test_the_reach_of_a_run_counts_what_it_did(store):
    number = run(store, "import")
    store.conversations.add([chat(0), chat(1), chat(2)], number)
    other = run(store)
    store.hiding.hide([0, 1], "dedup", other)
    assert store.hiding.reach(number).conversations == 3
    assert store.hiding.reach(other).hid == 2
    assert store.hiding.reach(other).items == 2


@given(st.lists(st.integers(0, 30), max_size=12))
def test_a_run_counts_unless_something_that_counts_took_it_back(picks):
    """`follow` against the definition, for rollbacks of runs and of rollbacks."""
    done = []
    for number, pick in enumerate(picks, RUNS):
        done.append((number, pick % number))

    def counts(number):
        return not any(target == number and counts(by) for by, target in done if by > number)

    gone = follow(done)
    for number in range(RUNS + len(done)):
        assert (number not in gone) == counts(number)


acts = st.lists(
    st.one_of(
        st.tuples(st.just("hide"), st.sets(st.integers(0, 4), min_size=1, max_size=3)),
        st.tuples(st.just("show"), st.sets(st.integers(0, 4), min_size=1, max_size=3)),
        st.tuples(st.just("back"), st.integers(0, 20)),
    ),
    max_size=10,
)


@settings(max_examples=25, deadline=None)
@given(acts)
def test_any_sequence_of_acts_and_rollbacks_equals_a_model(tmp_path_factory, acts):
    """The model knows, for every run, what it meant to do, and plays those that stand."""
    with Store(tmp_path_factory.mktemp("any") / "w.duckdb") as store:
        imported = run(store, "import")
        store.conversations.add([chat(n) for n in range(5)], imported)
        done = {imported: ("import", set())}
        for verb, what in acts:
            number = run(store, verb)
            if verb == "back":
                what = sorted(done)[what % len(done)]
                store.hiding.take_back(what, number)
            elif verb == "hide":
                store.connection.insert(
                    "veils", {"ord": list(what), "run_id": [number] * len(what),
                              "why": ["x"] * len(what)})  # fmt: skip
            else:
                store.connection.insert(
                    "lifts", {"ord": list(what), "run_id": [number] * len(what)}
                )
            done[number] = (verb, what)
        assert {line - 1 for line in seen(store)} == model(done)


def model(done):
    gone = follow([(number, what) for number, (verb, what) in done.items() if verb == "back"])
    dark = set(range(5)) if min(done) in gone else set()
    when = {ord_: gone.get(min(done), -1) for ord_ in range(5)}
    veils = {ord_: [when[ord_]] if ord_ in dark else [] for ord_ in range(5)}
    lifts = dict.fromkeys(range(5), -1)
    for number, (verb, what) in sorted(done.items()):
        if number in gone or verb not in ("hide", "show"):
            continue
        for ord_ in what:
            if verb == "hide":
                veils[ord_].append(number)
            else:
                lifts[ord_] = max(lifts[ord_], number)
    return {ord_ for ord_ in range(5) if not any(v > lifts[ord_] for v in veils[ord_])}
