"""Tokens and labels of a conversation: which tokens carry loss, and the proof of it.

Only what the model is to say carries loss: the answer and the token that ends it, as UltraLM was
trained; everything else has the label -100. TRL would drop the fully masked records silently and
needs a template with generation marks; here any template will do that renders a chat's beginning
as the beginning of the chat.
"""

from dataclasses import dataclass
from typing import Any

from curator.engines.tuning.job import Record
from curator.errors import DataError

IGNORED = -100

#: For models that come without a chat template: the form UltraLM was trained on, with line breaks
#: for blanks, because a blank would become one token with the answer's first word.
PLAIN_TEMPLATE = (
    "{% for m in messages %}{{ m['role'] | capitalize }}:\n{{ m['content'] }}"
    "{{ eos_token if m['role'] == 'assistant' else '' }}\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:\n{% endif %}"
)


@dataclass(frozen=True)
class Example:
    """One training sequence. `cut` is how many tokens the length limit took off its end."""

    input_ids: list[int]
    labels: list[int]
    where: str
    cut: int = 0

    @property
    def learned(self) -> int:
        """How many tokens carry loss."""
        return sum(label != IGNORED for label in self.labels)


def examples(tokenizer: Any, record: Record, max_length: int, everything: bool) -> list[Example]:
    """The sequences of a record, at most `max_length` tokens each.

    One sequence where the template keeps a chat's beginning as it is, else one per answer.
    `everything` puts loss on the prompt too. Raises `DataError` when the template refuses the
    record or when no token with loss is left.
    """
    try:
        pieces = _pieces(tokenizer, record)
    except DataError:
        raise
    except Exception as error:  # templates are programs of others: they raise what they like
        raise DataError(f"the model's chat template refuses it: {error}") from None
    made = [_example(tokenizer, text, spans, record.where) for text, spans in pieces]
    if everything:
        made = [Example(e.input_ids, list(e.input_ids), e.where) for e in made]
    shortened = [_cut(example, max_length) for example in made]
    kept = [example for example in shortened if example.learned]
    if not kept:
        longest = max((len(e.input_ids) for e in made), default=0)
        raise DataError(
            f"no token with loss is left of its {longest:,} tokens within {max_length:,}"
        )
    return kept


def _pieces(tokenizer: Any, record: Record) -> list[tuple[str, list[tuple[int, int]]]]:
    messages = record.messages
    text = render(tokenizer, messages)
    spans = [_span(tokenizer, messages[: i + 1]) for i in record.learn]
    if all(text.startswith(upto) for upto, _, _ in spans):
        return [(text, [(start, end) for _, start, end in spans])]
    # Some templates drop the reasoning of earlier turns: then each answer is its own sequence.
    return [(upto, [(start, end)]) for upto, start, end in spans]


def _span(tokenizer: Any, upto: list[dict[str, str]]) -> tuple[str, int, int]:
    """The rendered chat up to one answer, and where in it the answer starts and ends."""
    before = render(tokenizer, upto[:-1], prompt=True)
    text = render(tokenizer, upto)
    if not text.startswith(before):
        raise DataError(
            "the model's chat template writes the prompt otherwise when an answer follows, "
            "so the prompt cannot be told from the answer"
        )
    stop = tokenizer.eos_token
    last = text.rfind(stop, len(before)) if stop else -1
    return text, len(before), last + len(stop) if last >= 0 else len(text)


def render(tokenizer: Any, messages: list[dict[str, str]], prompt: bool = False) -> str:
    """The chat as the model sees it; `prompt` adds the opening of the next answer."""
    return str(
        tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
    )


def _example(tokenizer: Any, text: str, spans: list[tuple[int, int]], where: str) -> Example:
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids = list(encoded["input_ids"])
    labels = [
        token if any(s <= start and end <= e for s, e in spans) and start < end else IGNORED
        for token, (start, end) in zip(ids, encoded["offset_mapping"], strict=True)
    ]
    return Example(ids, labels, where)


def _cut(example: Example, max_length: int) -> Example:
    over = len(example.input_ids) - max_length
    if over <= 0:
        return example
    return Example(example.input_ids[:max_length], example.labels[:max_length], example.where, over)


def proof(tokenizer: Any, example: Example) -> dict[str, Any]:
    """What of one sequence carries loss and what does not, decoded back from the tokens."""
    runs: list[tuple[bool, list[int]]] = []
    for token, label in zip(example.input_ids, example.labels, strict=True):
        learned = label != IGNORED
        if not runs or runs[-1][0] != learned:
            runs.append((learned, []))
        runs[-1][1].append(token)
    return {
        "where": example.where,
        "tokens": len(example.input_ids),
        "loss_tokens": example.learned,
        "parts": [[learned, tokenizer.decode(tokens)] for learned, tokens in runs],
    }


def lengths(sequences: list[Example], max_length: int) -> dict[str, Any]:
    """How long the sequences are before the cut, and what share of them the cut shortens."""
    full = sorted(len(e.input_ids) + e.cut for e in sequences)
    cut = sum(e.cut > 0 for e in sequences)
    return {
        "sequences": len(full),
        "tokens": sum(len(e.input_ids) for e in sequences),
        "loss_tokens": sum(e.learned for e in sequences),
        "median": full[len(full) // 2] if full else 0,
        "p95": full[int(len(full) * 0.95)] if full else 0,
        "longest": full[-1] if full else 0,
        "max_length": max_length,
        "cut": cut,
        "cut_share": cut / len(full) if full else 0.0,
        "cut_tokens": sum(e.cut for e in sequences),
    }
