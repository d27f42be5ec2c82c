import pytest

from curator.conversation import Decision, Settlement
from curator.verdicts import Head, fold, settlement, standing


def _said(seq: int, verdict: str, undoes: int | None = None) -> Decision:
    return Decision("r", "c", 1, "ann", verdict, undoes=undoes, seq=seq)  # type: ignore[arg-type]


def test_nothing_said_is_no_head() -> None:
    assert fold([]) is None


def test_an_undone_word_does_not_count_and_a_redone_one_does() -> None:
    history = [_said(1, "accept"), _said(2, "reject"), _said(3, "undo", 2)]
    assert [d.seq for d in standing(history)] == [1]
    head = fold(history)
    assert head is not None
    assert (head.verdict, head.seq) == ("accept", 1)
    head = fold([*history, _said(4, "redo", 2)])
    assert head is not None
    assert (head.verdict, head.seq) == ("reject", 2)


def test_the_order_is_that_of_the_numbers_not_of_the_list() -> None:
    head = fold([_said(2, "reject"), _said(1, "accept")])
    assert head is not None
    assert head.verdict == "reject"


def test_a_head_whose_words_were_all_taken_back_is_pending() -> None:
    head = fold([_said(1, "accept"), _said(2, "undo", 1)])
    assert head is not None
    assert not head.settled


@pytest.mark.parametrize(
    ("verdict", "content", "chosen", "rejected"),
    [
        ("accept", None, "new", "old"),
        ("reject", None, "old", "new"),
        ("edit", "mine", "mine", "old"),
        ("edit", "old", "old", None),
    ],
)
def test_what_a_settled_head_means_to_an_exporter(
    verdict: str, content: str | None, chosen: str, rejected: str | None
) -> None:
    head = Head("r", "c", 1, verdict, content, seq=7)  # type: ignore[arg-type]
    assert settlement(head, "old", "new") == Settlement(
        1, "r", verdict, chosen, rejected, 7,  # type: ignore[arg-type]
    )  # fmt: skip
