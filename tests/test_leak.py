import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.conversation import Turn
from curator.leak import find, leaks
from curator.leak.rarity import bits
from curator.leak.words import WORDS, keys, numeral, sentences, stem, units

BEFORE = ("Write an email to my landlord asking him to fix the heating.",)
OLD = "Dear Sir or Madam,\n\nthe heating is broken. Please send somebody.\n\nYours faithfully"
LATER = (
    Turn("user", "way too stiff. I know him well, his name is Marco. keep it under 60 words"),
    Turn("assistant", "Hi Marco,\n\nthe heating has stopped. Could you send someone this week?"),
    Turn("user", "Now explain how a heat pump works."),
    Turn("assistant", "A heat pump moves warmth from outside with a compressor and a refrigerant."),
)
问 = ("帮我写一条请假消息给老师。",)
旧 = "老师您好，我想请一天假，谢谢。"
后 = (Turn("user", "太简单了，要说明是去北京协和医院复查膝盖，大概需要48小时。"),)


def found(new, later=LATER, before=BEFORE, old=OLD):
    return find(old, new, before, later)


@pytest.mark.parametrize(
    ("new", "words", "kind"),
    [
        ("Hi Marco,\n\nthe heating is broken, please send somebody.", "Marco", "fact"),
        ("The heating is broken. This note stays under 60 words.", "60", "fact"),
        ("The heating is broken. As you will ask later, be brief.", "you will ask", "telling"),
        ("Based on your feedback, here is a shorter note.", "feedback", "telling"),
        ("I apologize for my previous answer. It is cold.", "previous answer", "telling"),
        (
            "The heating is broken. A heat pump moves warmth from outside with a compressor "
            "and a refrigerant.",
            "compressor", "answer",
        ),
    ],
)  # fmt: skip
def test_what_could_not_be_known_yet_is_found_with_its_words(new, words, kind):
    spans = [span for span in found(new) if span.kind == kind]
    assert spans
    assert any(words in new[span.start : span.end] for span in spans)
    assert leaks(spans) >= 0.5


@pytest.mark.parametrize(
    "new",
    [
        "老师您好，我要去北京协和医院，想请一天假。",
        "老师您好，我想请48小时的假去复查膝盖。",
        "正如您稍后会问到的，我写得更具体了。",
        "根据您的反馈，我修改了这条消息。",
        "抱歉，我之前的回答太简单了。",
    ],
)
def test_a_chinese_rewrite_that_knows_too_much_is_found(new):
    assert find(旧, new, 问, 后)


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        "Hello,\n\nthe heating in my flat no longer works. Could you have it repaired?\n\nThanks",
        "Subject: broken heating\n\nPlease let me know when somebody can come and repair it.",
        "",
    ],
)
def test_a_rewrite_in_its_own_words_is_clean(new):
    assert found(new) == ()


def test_a_chinese_rewrite_in_its_own_words_is_clean():
    assert find(旧, "老师好！我明天有事，想跟您请假一天，回来后会补上作业。", 问, 后) == ()


def test_what_the_original_or_the_question_already_said_is_no_leak():
    known = ("Write to my landlord Marco, under 60 words.",)
    assert find(OLD, "Hi Marco, the heating is broken.", known, LATER) == ()
    assert find("Hi Marco", "Hello Marco, the heating is broken.", BEFORE, LATER) == ()


def test_a_span_names_the_later_turn_that_it_comes_from():
    (span,) = found("Hi Marco, the heating is broken.")
    assert span.turn == 0
    assert "Marco" in span.why
    assert "+1" in span.why


def test_a_corrected_answer_may_repeat_what_the_assistant_said_after_an_objection():
    later = (
        Turn("user", "That's wrong, you forgot that a set has no order."),
        Turn("assistant", "Dictionaries keep insertion order, so use list(dict.fromkeys(items))."),
    )
    new = "Dictionaries keep insertion order, so use list(dict.fromkeys(items))."
    spans = find("Use set(items).", new, ("Remove duplicates and keep the order?",), later)
    assert [span.kind for span in spans if span.kind == "answer"] == []


def test_without_later_turns_only_talk_can_give_a_rewrite_away():
    assert found("Hi Marco, 60 words.", later=()) == ()
    assert found("Based on your feedback, hello.", later=())[0].kind == "telling"


@pytest.mark.parametrize(
    ("later", "new", "word"),
    [
        ("my son is allergic to sesame", "You might think of sesame here.", "sesame"),
        ("it breaks in parseRows()", "Send the note with parseRows, please.", "parseRows"),
        ("I read it on plum-02", "A typical case is plum-02.", "plum"),
        ("it takes 47 minutes", "This note is read in 47 minutes.", "47"),
        ("我老师叫王丽华", "Please ask 王丽华 about the heating.", "王丽华"),
    ],
)
def test_one_word_of_a_later_turn_is_enough_where_it_is_rare(later, new, word):
    (span,) = found(f"{OLD} {new}", later=(Turn("user", later),))
    assert word in span.words
    assert span.turn == 0


@pytest.mark.parametrize("name", ["春熙路", "李雪梅", "红米", "豆豆"])
def test_a_chinese_name_of_a_later_turn_is_found_as_a_whole_word(name):
    later = (Turn("user", f"对了，我说的是{name}，请再写一遍。"),)
    (span,) = find(旧, f"{旧}典型的情况是{name}。", 问, later)
    assert name in span.words


def test_everyday_words_that_also_come_later_are_chance():
    later = (Turn("user", "thanks, can you also tell me what time is best to call him?"),)
    assert found(f"{OLD} The best time to call is in the morning, I think.", later=later) == ()
    assert (
        find(
            旧,
            f"{旧}我有时间可以再说明问题。",
            问,
            (Turn("user", "谢谢，时间问题还有别的办法吗？"),),
        )
        == ()
    )


def test_a_word_weighs_less_among_many_new_ones():
    later = (Turn("user", "and which documents does a tenant need?"),)
    short = found(f"{OLD} This is true of a tenant.", later=later)
    assert [span.words for span in short] == ["tenant"]
    many = " ".join(f"Rare{chr(97 + i)}word{chr(97 + i)}x goes on." for i in range(26))
    assert leaks(found(f"{OLD} {many} This is true of a tenant.", later=later)) < leaks(short)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=200))
def test_spans_of_any_text_lie_inside_it_and_the_unchanged_answer_has_none(old, new, later):
    turns = [Turn("user", later)]
    for span in find(old, new, [], turns):
        assert 0 <= span.start < span.end <= len(new)
        assert 0.5 <= span.score <= 1
    assert find(old, old, [], turns) == ()


def test_numbers_names_codes_and_chinese_are_units_of_their_own():
    kinds = {u.text: u.kind for u in units("ask Maria about load_data, 1,500 € 北京")}
    assert kinds["Maria"] == "name"
    assert kinds["load_data"] == "code"
    assert kinds["1,500"] == "number"
    assert kinds["北京"] == "name"
    assert [u.key for u in units("sixty")] == ["60"]


PARTS = ("Marco", "planned", "thirty", "load_data(", "io.load", "GPU", "x", "3.5 km", "https://a.b/c",
         "三百五十元", "北京协和", "naïve", "don't", " ", ".", "\n", "A-B")  # fmt: skip


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=8)))
def test_keys_are_those_of_the_units(parts):
    text = "".join(parts)
    assert list(keys(text)) == [(unit.key, unit.kind in WORDS) for unit in units(text)]


def test_what_only_the_chat_has_said_before_is_no_news():
    new = "The heating is broken. Yours, Marco"
    assert found(new)
    assert found(new, before=(*BEFORE, "My landlord is Marco.")) == ()


def test_forms_of_a_word_share_a_stem():
    assert stem("toddlers") == stem("toddler")
    assert stem("planning") == stem("plan") == stem("planned")


def test_a_decimal_point_ends_no_sentence():
    text = "It weighs 12.65 grams. Really? 是的。好"
    assert [text[a:b].strip() for a, b in sentences(text)] == [
        "It weighs 12.65 grams.", "Really?", "是的。", "好",
    ]  # fmt: skip


def test_ordinary_words_have_few_bits_and_unknown_ones_many():
    assert bits("the", "word") < 3 < bits("landlord", "word") <= bits("qwzx", "word")
    assert bits("我们", "han") < bits("鼯鼠", "han")


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("四十八", "48"), ("三百五十", "350"), ("二〇二四", "2024"), ("一万二千", "12000"),
        ("十二", "12"), ("我们", ""), ("千万", ""), ("三", ""),
    ],
)  # fmt: skip
def test_a_chinese_number_is_the_same_as_its_digits(said, digits):
    assert numeral(said) == digits


@pytest.mark.parametrize("new", ["要４８小时。", "要四十八小时。", "要48小时。"])
def test_a_number_of_a_later_turn_is_found_however_it_is_written(new):
    (span,) = find(旧, 旧 + new, 问, 后)
    assert span.turn == 0


def test_what_answers_a_question_without_news_needs_more_evidence():
    told = Turn("assistant", "The boiler is broken and the thermostat has failed.")
    new = f"{OLD} Perhaps the thermostat of the boiler has failed."
    again = find(OLD, new, BEFORE, (Turn("user", "and?"), told))
    asked = (Turn("user", "which thermometer and radiator parts break?"), told)
    assert leaks(again) < leaks(find(OLD, new, BEFORE, asked))


@pytest.mark.parametrize("table", ["english", "chinese", "numbers"])
def test_the_tables_hold_plain_words_and_short_numbers_only(table):
    text = (files("curator.leak") / f"{table}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    words = [word for line in lines for word in line.split()[1:]]
    assert len(words) > 1000
    plain = re.compile(r"[^\W\d_]{2,18}|[a-z_]{3,34}\(\)|\d{1,6}(?:[.:/]\d{1,2})?[\u3400-\u9fff]?")
    assert [word for word in words if not plain.fullmatch(word)] == []
