"""Private data is found where it proves itself, and taken out without touching the rest."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.signals.checksums import china_id, iban, luhn
from curator.signals.pii import found, redact


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Write to anna.k@rivers.net today.", "Write to [EMAIL] today."),
        ("Pay DE89 3704 0044 0532 0130 00 now", "Pay [IBAN] now"),
        ("卡号4539 1488 0343 6467，谢谢", "卡号[CARD]，谢谢"),
        ("身份证11010519491231002X。", "身份证[CHINA_ID]。"),
        ("打13912345678找我", "打[PHONE]找我"),
        ("at 93.184.216.34 and +49 30 901820", "at [IP_ADDRESS] and [PHONE]"),
        ("token ghp_a8Zr4mT1vB7xL2pN9sKdQ3wE5rT6yU7iO0pA", "token [SECRET]"),
        ("In 1999, 3.14 of 2,000 came at 10:30.", "In 1999, 3.14 of 2,000 came at 10:30."),
    ],
)
def test_what_is_private_is_replaced_by_its_kind(text: str, clean: str) -> None:
    assert redact(text) == clean
    assert redact(clean) == clean


@given(st.integers(10**14, 10**15 - 1))
def test_one_wrong_digit_is_no_card(number: int) -> None:
    digits = str(number)
    right = next(d for d in "0123456789" if luhn(digits + d))
    assert not luhn(digits + str((int(right) + 1) % 10))


@given(st.text(max_size=200))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


def test_checksums_and_dates_are_checked() -> None:
    assert iban("GB29 NWBK 6016 1331 9268 19")
    assert not iban("GB29 NWBK 6016 1331 9268 18")
    assert china_id("11010519491231002X")
    assert not china_id("11010519491331002X")


def test_places_do_not_overlap_and_come_in_order() -> None:
    spans = found("4539 1488 0343 6467 or 139 1234 5678, a.b@rivers.net")
    assert [span.kind for span in spans] == ["card", "phone", "email"]
    assert all(one.end <= two.start for one, two in pairwise(spans))
