"""How surprising an answer is to a small local model, with its question and without it."""

import math
import warnings
from typing import Any, NamedTuple

from curator.engines import bases
from curator.errors import EngineError

#: Tokens of a question and of an answer that are read: more says little more, and costs.
QUESTION, ANSWER = 384, 384
#: Answers of fewer tokens have a perplexity of chance.
LEAST = 6


class Surprise(NamedTuple):
    """Perplexity of an answer given its question, and alone; `tokens` of it were read."""

    given: float
    alone: float
    tokens: int

    @property
    def ifd(self) -> float:
        """Instruction-following difficulty (Li et al. 2024, “From Quantity to Quality”, by a small
        model as in their “Superfiltering”): how little the question helps, near 1 not at all."""
        return self.given / self.alone if self.alone else 0.0


class Perplexity:
    """The embedded model (or another base) read with, answer by answer; loaded at once."""

    def __init__(self, base: str = bases.EMBEDDED) -> None:
        folder = bases.folder_of(base)
        self.model = bases.identity(base, folder)
        try:
            from transformers import AutoModelForCausalLM
            from transformers.utils import logging
        except ImportError as error:
            raise EngineError(
                f"perplexity needs the package {error.name}; install hindsight-curator[train]"
            ) from None
        from curator.engines.tuning.loading import load_tokenizer

        quiet: tuple[Any, ...] = (logging.set_verbosity_error, logging.disable_progress_bar)
        for say_less in quiet:
            say_less()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder, use_safetensors=True, trust_remote_code=False
            )
        self._model = model.float().eval()
        self._tokens = load_tokenizer(str(folder))

    def of(self, question: str, answer: str) -> Surprise | None:
        """How surprising an answer is; None where it is too short to say."""
        read = self._tokens(answer, add_special_tokens=False)["input_ids"][:ANSWER]
        if len(read) < LEAST:
            return None
        asked = self._tokens(question, add_special_tokens=False)["input_ids"]
        # A long question is cut in the middle: the order stands at either end.
        if len(asked) > QUESTION:
            asked = asked[: QUESTION // 2] + asked[-QUESTION // 2 :]
        marks = [self._tokens(mark, add_special_tokens=False)["input_ids"] for mark in _MARKS]
        given = self._loss([*marks[0], *asked, *marks[1]], read)
        alone = self._loss(marks[2], read)
        return Surprise(math.exp(given), math.exp(alone), len(read))

    def _loss(self, before: list[int], read: list[int]) -> float:
        """Mean negative log-likelihood of `read` after `before`, in nats a token."""
        import torch

        ids = torch.tensor([[*before, *read]])
        with torch.no_grad():
            logits = self._model(ids).logits[0, len(before) - 1 : -1]
            loss = torch.nn.functional.cross_entropy(logits.float(), ids[0, len(before) :])
        return float(min(loss.item(), 50.0))


_MARKS = ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_start|>assistant\n")
