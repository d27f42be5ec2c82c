"""A base model, with or without an adapter, that answers in this process through transformers.

For a server of one's own use `transformers serve` or llama.cpp; nothing here serves.
"""

import asyncio
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curator.engines import Reply, bases, structured, tuner
from curator.engines.faults import CallError
from curator.engines.tuning.job import Job
from curator.errors import ConfigError, EngineError

IN_PROCESS = "in process"
SAMPLING = {"max_tokens": 512, "temperature": 0.0, "top_p": 1.0, "seed": 0}


class Tuned:
    """A `ChatModel`. Loaded on the first question; one answer at a time.

    `adapter` is an adapter's folder, None for the plain base model `base`. Raises `ConfigError`
    when the adapter is incomplete, or its base is no longer the one it was trained on.
    """

    def __init__(self, adapter: Path | None, base: str = bases.EMBEDDED) -> None:
        if adapter is None:
            self._base, self._adapter = bases.folder_of(base), None
            self.model = bases.identity(base, self._base)
        else:
            job = tuner.record(adapter)["job"]
            self._base, self._adapter = base_of(adapter, job), adapter
            self.model = f"{adapter.name}@{_fingerprint(job)}"
        self.endpoint = IN_PROCESS
        self.sampling: dict[str, Any] = dict(SAMPLING)
        self._loaded: tuple[Any, Any] | None = None
        self._one = threading.Lock()

    async def ask(
        self,
        messages: list[dict[str, Any]],
        *,
        schema: dict[str, Any] | None = None,
        attempt: int = 0,
        **sampling: Any,
    ) -> Reply:
        """One answer. Raises `EngineError` when the chat is longer than the model's context, or
        when a schema was asked for and not kept to (nothing enforces it here)."""
        asked = structured.instructed(messages, schema) if schema else messages
        wanted = {**self.sampling, **sampling}
        wanted["seed"] = int(wanted["seed"] or 0) + attempt
        halt = threading.Event()
        try:
            reply = await asyncio.to_thread(self.answer, asked, wanted, halt.is_set)
        except asyncio.CancelledError:
            halt.set()
            raise
        if schema is None:
            return reply
        parsed = structured.json_in(reply.text)
        if parsed is None or (wrong := structured.misfit(parsed, schema)):
            why = "no JSON" if parsed is None else wrong
            raise CallError("unparsable", f"{self.model}: {why}", raw=reply.text)
        return Reply(reply.text, reply.model, parsed, finish_reason=reply.finish_reason)

    def answer(
        self,
        messages: list[dict[str, Any]],
        sampling: dict[str, Any],
        halted: Callable[[], bool] = lambda: False,
        hear: Callable[[str], None] | None = None,
    ) -> Reply:
        """One answer, here and now; `hear` gets the text piece by piece as it is made."""
        with self._one, warnings.catch_warnings():
            # Notes from one library to another, which a person at the keys can do nothing about.
            warnings.simplefilter("ignore", FutureWarning)
            model, tokenizer = self._loaded = self._loaded or self._load()
            return _generate(model, tokenizer, (messages, sampling), (halted, hear), self.model)

    def _load(self) -> tuple[Any, Any]:
        try:
            import torch
            from transformers import AutoModelForCausalLM
            from transformers.utils import logging
        except ImportError as error:
            raise EngineError(
                f"answering with an adapter needs the package {error.name}; install "
                f"hindsight-curator[train]"
            ) from None
        from curator.engines.tuning.loading import load_tokenizer

        quiet: tuple[Any, ...] = (logging.set_verbosity_error, logging.disable_progress_bar)
        for say_less in quiet:
            say_less()
        on_gpu = torch.cuda.is_available()
        model: Any = AutoModelForCausalLM.from_pretrained(
            self._base,
            dtype=torch.bfloat16 if on_gpu else torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
        )
        if self._adapter is not None:
            from peft import PeftModel

            adapted: Any = PeftModel.from_pretrained(model, str(self._adapter))
            model = adapted.merge_and_unload()
        tokenizer = load_tokenizer(str(self._adapter or self._base))
        return model.to("cuda" if on_gpu else "cpu").eval(), tokenizer


def base_model(adapter: Path | None) -> Tuned:
    """The plain base of an adapter, or the embedded model where there is none."""
    if adapter is None:
        return Tuned(None)
    job = tuner.record(adapter)["job"]
    folder = base_of(adapter, job)
    embedded = str(job["base_id"]).startswith(f"{bases.EMBEDDED}@")
    return Tuned(None) if embedded else Tuned(None, str(folder))


def base_of(adapter: Path, job: dict[str, Any]) -> Path:
    """The folder of the very base that an adapter was trained on. Raises `ConfigError`."""
    base_id = str(job["base_id"])
    name = base_id.rpartition("@")[0]
    found = Path(job["base"])
    if not (found / "config.json").is_file():
        try:
            found = bases.folder_of(name)
        except ConfigError:
            raise ConfigError(
                f"{adapter} was trained on {base_id}, which is no longer at {job['base']}; put it "
                f"back there"
            ) from None
    if bases.identity(name, found).rpartition("@")[2] != base_id.rpartition("@")[2]:
        raise ConfigError(f"{found} is not the model that {adapter} was trained on ({base_id})")
    return found


def _fingerprint(job: dict[str, Any]) -> str:
    import msgspec

    return msgspec.convert(job, Job).fingerprint[:8]


def _generate(
    model: Any,
    tokenizer: Any,
    asked: tuple[list[dict[str, Any]], dict[str, Any]],
    ears: tuple[Callable[[], bool], Callable[[str], None] | None],
    name: str,
) -> Reply:
    import torch
    from transformers import StoppingCriteriaList

    messages, sampling = asked
    halted, hear = ears
    plain = [{"role": m["role"], "content": m.get("content") or ""} for m in messages]
    inputs = tokenizer.apply_chat_template(
        plain, add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(model.device)
    given = inputs["input_ids"].shape[1]
    room = int(getattr(model.config, "max_position_embeddings", 1 << 20)) - given
    if room < 1:
        raise CallError("context", f"{name}: the chat has {given:,} tokens")
    ends = {tokenizer.eos_token_id, *_as_list(model.generation_config.eos_token_id)} - {None}
    torch.manual_seed(int(sampling["seed"]))
    started = time.monotonic()
    with torch.inference_mode():
        made = model.generate(
            **inputs,
            max_new_tokens=min(int(sampling["max_tokens"] or 512), room),
            eos_token_id=sorted(ends),
            pad_token_id=tokenizer.pad_token_id,
            stopping_criteria=StoppingCriteriaList([lambda *_, **__: halted()]),
            streamer=_streamer(tokenizer, hear) if hear else None,
            **_decoding(sampling),
        )[0][given:].tolist()
    return Reply(
        tokenizer.decode(made, skip_special_tokens=True).strip(),
        name,
        finish_reason="stop" if made and made[-1] in ends else "length",
        prompt_tokens=given,
        completion_tokens=len(made),
        seconds=time.monotonic() - started,
    )


def _decoding(sampling: dict[str, Any]) -> dict[str, Any]:
    temperature = float(sampling["temperature"] or 0.0)
    if temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {"do_sample": True, "temperature": temperature, "top_p": float(sampling["top_p"] or 1)}


def _streamer(tokenizer: Any, hear: Callable[[str], None]) -> Any:
    from transformers import TextStreamer

    class Spoken(TextStreamer):
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            hear(text + "\n" * stream_end)

    return Spoken(tokenizer, skip_prompt=True, skip_special_tokens=True)


def _as_list(value: Any) -> list[int]:
    return value if isinstance(value, list) else [value]
