from hypothesis import given, settings
from hypothesis import strategies as st

from curator.store.tickets import Ticket, Tickets
from tests.store.workspaces import fill

TICKETS = st.lists(
    st.builds(Ticket, st.integers(0, 50), st.integers(0, 50)), unique_by=lambda ticket: ticket[0]
)


@settings(max_examples=60, deadline=None)
@given(TICKETS, st.data())
def test_tickets_are_a_list(several: list[Ticket], data: st.DataObject) -> None:
    ours, theirs = Tickets(several), list(several)
    for _ in range(6):
        if theirs and data.draw(st.booleans()):
            at = data.draw(st.integers(0, len(theirs) - 1))
            assert ours.index(theirs[at]) == at
            assert ours.pop(at) == theirs.pop(at)
        else:
            at = data.draw(st.integers(0, len(theirs)))
            fresh = Ticket(100 + len(theirs) + at, 7)
            if fresh not in theirs:
                ours.insert(at, fresh)
                theirs.insert(at, fresh)
        assert list(ours) == theirs
        assert list(ours[1:3]) == theirs[1:3]
        assert Ticket(-1, -1) not in ours


def test_what_duckdb_read_can_be_let_go_and_its_limit_stays(store) -> None:
    fill(store, 5)
    limit = store.connection.value("select current_setting('memory_limit')")
    store.connection.let_go(1 << 20)
    assert store.connection.value("select current_setting('memory_limit')") == limit
    assert len(store.desk.queue()) == 5
