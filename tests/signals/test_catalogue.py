"""The table of all signals, and the page that shows it."""

from pathlib import Path

from curator.signals.catalogue import CATALOGUE, entry, markdown
from curator.signals.turns import TURN_SIGNALS
from tests.signals.turns.test_examples import CHAT_FLAGGED, CHAT_PASSES, FLAGGED, PASSES

DOCS = Path(__file__).parents[2] / "docs" / "signals.md"


def test_the_page_of_signals_shows_what_the_program_has() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert page.endswith(markdown() + "\n"), "append curator.signals.catalogue.markdown() anew"


def test_a_signal_is_found_by_code_and_by_name_in_any_case() -> None:
    assert entry("a01") is entry("Wrong-Sum") is not None
    assert entry("nothing") is None


def test_there_are_over_fifty_signals_on_turns_besides_the_gates() -> None:
    assert len(TURN_SIGNALS) > 50
    assert len([one for one in CATALOGUE if one.on == "rewrite"]) == 12


def test_every_signal_that_flags_has_an_example_of_flagging_and_one_of_passing() -> None:
    shown = {row[0] for row in (*FLAGGED, *CHAT_FLAGGED)}
    passed = {row[0] for row in (*PASSES, *CHAT_PASSES)}
    flags = {s.name for s in TURN_SIGNALS if not s.when.startswith("never")}
    assert flags - shown == set()
    assert flags - passed == set()
