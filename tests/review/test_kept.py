import msgspec

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.review import kept
from curator.review.kept import Kept
from curator.review.pace import pace
from curator.store.desk import Papers
from curator.verdicts import Neighbour


def _papers(number: int, size: int = 10) -> Papers:
    chat = Conversation((Turn("user", "?"), Turn("assistant", "a" * size)), Origin("x", number))
    rewrite = Rewrite(chat.id, 1, "Wrong.", "b", "m", "p")
    beside = Neighbour(number, f"r{number}", 1, "m", "", "b")
    return Papers(number, f"r{number}", rewrite, chat, (), None, None, (beside,))


def test_papers_far_away_are_let_go_where_they_weigh_too_much(monkeypatch) -> None:
    monkeypatch.setattr(kept, "KEPT", 10 * kept.NOUNS)
    papers = Kept()
    for number in range(30):
        papers.put(_papers(number))
        papers.forget({number})
    assert 0 < len(list(papers)) <= 11
    assert 29 in papers
    assert 0 not in papers
    assert papers.beside("r0") == ()
    assert papers.beside("r29") == (29,)


def test_long_chats_are_fetched_a_few_at_a_time() -> None:
    papers = Kept()
    assert papers.room_for(320) == 320
    papers.put(_papers(0, 1_000_000))
    assert papers.room_for(320) == 2
    papers.put(_papers(0))
    assert papers.room_for(320) == 320


def test_a_guess_of_what_is_left_says_about() -> None:
    exact = pace({"accept": 2}, 46_812, 0, 0, 1.0)
    assert exact.rest == "46,810"
    assert msgspec.structs.replace(exact, about=True).rest == "about 47,000"
