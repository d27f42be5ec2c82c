"""Before the first step: the tokenizer, the masked sequences, the room check and the model."""

from typing import Any

from curator.engines.tuning import masking, memory
from curator.engines.tuning.channel import Channel
from curator.engines.tuning.job import ALL_LINEAR, Job, Record, records
from curator.errors import ConfigError, DataError


def load_tokenizer(folder: str) -> Any:
    """A tokenizer with a chat template (a plain one where it has none) and a padding token."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise ConfigError(f"{folder} has a slow tokenizer; masking needs a fast (Rust) one")
    if tokenizer.chat_template is None:
        tokenizer.chat_template = masking.PLAIN_TEMPLATE
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def sequences(
    tokenizer: Any, job: Job, channel: Channel
) -> tuple[list[masking.Example], list[masking.Example], dict[str, Any]]:
    """What to learn, what is held out, and the facts about both (told as the `data` event).

    Raises `DataError` when no record can be learned from."""
    learn: list[masking.Example] = []
    held: list[masking.Example] = []
    refused = []
    for record in records(job.data):
        made = _made(tokenizer, record, job)
        if isinstance(made, str):
            refused.append([record.where, made])
        else:
            (held if record.held else learn).extend(made)
    facts: dict[str, Any] = {
        "lengths": masking.lengths(learn, job.max_length),
        "refused": refused,
        "proof": masking.proof(tokenizer, learn[0]) if learn else None,
    }
    channel.tell("data", **facts)
    if not learn:
        why = refused[0][1] if refused else "there are none"
        raise DataError(f"no record can be learned from: {why}")
    return learn, held, facts


def _made(tokenizer: Any, record: Record, job: Job) -> "list[masking.Example] | str":
    try:
        return masking.examples(tokenizer, record, job.max_length, job.learn_prompt)
    except DataError as error:
        return str(error)


def load_model(job: Job, learn: list[masking.Example], channel: Channel) -> tuple[Any, bool]:
    """The base with trainable LoRA weights (new ones, or the parent adapter's), and whether it
    only fits when activations are computed twice. Raises `ConfigError` where it will not fit."""
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    on_gpu = _on_gpu(job)
    room = _room(job, learn, on_gpu)
    channel.tell("memory", needed=room.plain, least=room.checkpointed, available=room.available)
    if not room.fits:
        raise ConfigError(
            f"training {job.base_id.split('@')[0]} needs about {room.checkpointed / 1e9:.1f} GB "
            f"with {job.micro_batch} sequences at a time, and {room.available / 1e9:.1f} GB are "
            f"free; lower --micro-batch-size or --max-length, or take a smaller base model"
        )
    base = AutoModelForCausalLM.from_pretrained(
        job.base,
        dtype=torch.bfloat16 if on_gpu else torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
    )
    set_seed(job.seed)
    return _with_adapter(base, job), room.must_checkpoint


def _with_adapter(base: Any, job: Job) -> Any:
    from peft import LoraConfig, PeftModel, get_peft_model

    if job.parent:
        return PeftModel.from_pretrained(base, job.parent, is_trainable=True)
    targets = ALL_LINEAR if job.targets == (ALL_LINEAR,) else list(job.targets)
    lora = LoraConfig(
        r=job.rank,
        lora_alpha=job.alpha,
        lora_dropout=job.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(base, lora)
    except ValueError as error:
        raise ConfigError(f"--targets {' '.join(job.targets)}: {error}") from None


def _on_gpu(job: Job) -> bool:
    import torch

    if job.device == "cpu":
        return False
    if job.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("no CUDA device is here; leave --device out to train on what there is")
    return bool(torch.cuda.is_available())


def _room(job: Job, learn: list[masking.Example], on_gpu: bool) -> memory.Estimate:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(job.base, trust_remote_code=False)
    with torch.device("meta"):
        build: Any = AutoModelForCausalLM.from_config
        ghost = build(config, trust_remote_code=False)
    parameters = sum(p.numel() for p in ghost.parameters())
    linear = [m for m in ghost.modules() if isinstance(m, torch.nn.Linear)]
    trained = sum(job.rank * (m.in_features + m.out_features) for m in linear)
    longest = max(len(example.input_ids) for example in learn)
    return memory.estimate(config, parameters, trained, job.micro_batch * longest, on_gpu)
