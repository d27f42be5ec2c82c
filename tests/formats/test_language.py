"""Languages are told cheaply where they are plain, and not at all where they are not."""

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.formats.language import guess, language_of


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("What is the best way to boil an egg for breakfast?", "en"),
        ("请写一首关于 Python 和 JavaScript 的诗", "zh"),
        ("日本の首都はどこですか？教えてください。", "ja"),
        ("한국의 수도는 어디입니까? 알려 주세요.", "ko"),
        ("Bonjour, je voudrais savoir comment préparer un bon café le matin", "fr"),
        ("Schreib mir bitte einen kurzen Brief an meinen Chef wegen der Reise", "de"),
        ("2 + 2 =", None),
        ("", None),
    ],
)
def test_the_language_of_a_text(words: str, code: str | None) -> None:
    assert guess(words) == code


def test_a_chat_is_judged_by_its_first_question_and_answer() -> None:
    turns = (Turn("system", "You are a kind helper of the people."),
             Turn("user", "天空为什么是蓝的？"),
             Turn("assistant", "因为空气把蓝光散射到各个方向。"))  # fmt: skip
    assert language_of(Conversation(turns, Origin("a"))) == "zh"
