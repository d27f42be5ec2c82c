"""A GGUF file becomes a transformers folder, once."""

from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from curator.errors import EngineError


def convert(gguf: Path, folder: Path) -> None:
    """Write the model in `gguf` as float32 safetensors with its tokenizer into `folder`.

    Raises `EngineError` when the packages are missing or cannot read the file.
    """
    try:
        import gguf as _  # noqa: F401
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
    except ImportError as error:
        raise EngineError(
            f"turning the local model into a trainable one needs the package {error.name}; "
            f"install hindsight-curator[train]"
        ) from None
    where: dict[str, Any] = {
        "pretrained_model_name_or_path": str(gguf.parent),
        "gguf_file": gguf.name,
    }
    with redirect_stderr(StringIO()):  # four kinds of progress bars; the caller shows its own
        try:
            model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
                **where, dtype=torch.float32
            )
            tokenizer = AutoTokenizer.from_pretrained(**where)
        except Exception as error:  # transformers raises whatever its readers raise
            raise EngineError(
                f"{gguf} cannot be read as a model ({type(error).__name__}); remove its folder "
                f"and fetch it again with `curator models get`"
            ) from None
        # The weights are plain numbers by now; with these left on, saving and merging refuse.
        model.__dict__.pop("hf_quantizer", None)
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(folder, safe_serialization=True)
        tokenizer.save_pretrained(folder)
