"""Which tokens carry loss."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from curator.engines.tuning import masking
from curator.engines.tuning.job import Record
from curator.errors import DataError
from tests.tiny_model import build

TWO_ANSWERS = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "What is two plus two?"},
    {"role": "assistant", "content": "It is four."},
    {"role": "user", "content": "二加二等于几？"},
    {"role": "assistant", "content": "等于四。"},
]
#: Keeps the reasoning of the last answer only, as some models' templates do.
FORGETFUL = (
    "{% for m in messages %}<|{{ m['role'] }}|>"
    "{% if m['role'] == 'assistant' and loop.last %}(thought){% endif %}"
    "{{ m['content'] }}{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return AutoTokenizer.from_pretrained(build(tmp_path_factory.mktemp("tiny")))


def learned_text(tokenizer, example):
    return tokenizer.decode([label for label in example.labels if label != masking.IGNORED])


def test_only_the_answers_and_their_end_carry_loss(tokenizer):
    (example,) = masking.examples(tokenizer, Record(TWO_ANSWERS, [2, 4], "x"), 500, False)
    assert learned_text(tokenizer, example) == "It is four.<|end|>等于四。<|end|>"


def test_an_answer_that_is_not_to_be_learned_is_context(tokenizer):
    (example,) = masking.examples(tokenizer, Record(TWO_ANSWERS, [4], "x"), 500, False)
    assert learned_text(tokenizer, example) == "等于四。<|end|>"
    assert "It is four." in tokenizer.decode(example.input_ids)


def test_loss_on_inputs_covers_every_token(tokenizer):
    (example,) = masking.examples(tokenizer, Record(TWO_ANSWERS, [2, 4], "x"), 500, True)
    assert example.labels == example.input_ids


def test_a_template_that_forgets_makes_one_sequence_per_answer(tokenizer):
    kept = tokenizer.chat_template
    tokenizer.chat_template = FORGETFUL
    try:
        made = masking.examples(tokenizer, Record(TWO_ANSWERS, [2, 4], "x"), 500, False)
    finally:
        tokenizer.chat_template = kept
    assert [learned_text(tokenizer, e) for e in made] == [
        "(thought)It is four.<|end|>",
        "(thought)等于四。<|end|>",
    ]


def test_a_model_without_a_template_learns_in_the_plain_form(tmp_path):
    from curator.engines.tuning.loading import load_tokenizer

    tokenizer = load_tokenizer(str(build(tmp_path, template=None)))
    (example,) = masking.examples(tokenizer, Record(TWO_ANSWERS[1:3], [1], "x"), 500, False)
    assert tokenizer.decode(example.input_ids).startswith("User:\nWhat is two")
    assert learned_text(tokenizer, example) == "It is four.<|end|>"


def test_a_prompt_that_fills_the_limit_is_refused(tokenizer):
    with pytest.raises(DataError, match="no token with loss is left"):
        masking.examples(tokenizer, Record(TWO_ANSWERS, [4], "x"), 8, False)


def test_a_template_that_raises_refuses_the_record(tokenizer):
    kept = tokenizer.chat_template
    tokenizer.chat_template = "{{ raise_exception('roles must alternate') }}"
    try:
        with pytest.raises(DataError, match="roles must alternate"):
            masking.examples(tokenizer, Record(TWO_ANSWERS, [4], "x"), 500, False)
    finally:
        tokenizer.chat_template = kept


def test_the_lengths_count_what_the_limit_cuts(tokenizer):
    record = Record(TWO_ANSWERS, [2, 4], "x")
    (whole,) = masking.examples(tokenizer, record, 500, False)
    limit = len(whole.input_ids) - 4
    (cut,) = masking.examples(tokenizer, record, limit, False)
    told = masking.lengths([cut, whole], 500)
    assert (told["cut"], told["cut_tokens"], told["longest"]) == (1, 4, len(whole.input_ids))


def test_the_proof_decodes_back_to_the_whole_sequence(tokenizer):
    (example,) = masking.examples(tokenizer, Record(TWO_ANSWERS, [2, 4], "x"), 500, False)
    shown = masking.proof(tokenizer, example)
    assert [part for learned, part in shown["parts"] if learned] == [
        "It is four.<|end|>",
        "等于四。<|end|>",
    ]
    assert "".join(part for _, part in shown["parts"]) == tokenizer.decode(example.input_ids)
    assert shown["loss_tokens"] == example.learned


@settings(max_examples=80, deadline=None)
@given(
    question=st.text(min_size=1, max_size=40),
    answers=st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3),
)
def test_whatever_is_said_only_the_answers_are_learned(tokenizer, question, answers):
    messages = []
    for answer in answers:
        messages += [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    learn = list(range(1, len(messages), 2))
    (example,) = masking.examples(tokenizer, Record(messages, learn, "x"), 10_000, False)
    spoken = "".join(f"{answer}<|end|>" for answer in answers)
    assert learned_text(tokenizer, example) == tokenizer.decode(
        tokenizer(spoken, add_special_tokens=False)["input_ids"]
    )
