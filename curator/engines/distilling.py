"""A static model made from the embedded one: a vector for each token, and a text is their mean.

The method of model2vec (Tulkens and van Dongen 2024): every token of the vocabulary goes through
the model alone, the vectors keep their first principal components, and frequent tokens weigh less
by Zipf's law. Made once (a minute or two), kept beside the models.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.engines import models

if TYPE_CHECKING:
    from curator.engines.embedder import SentenceEmbedder

DIMENSIONS = 256
BATCH = 256
REVISION = "static-1"


def static_folder(source: "SentenceEmbedder", progress: models.Progress | None) -> tuple[Path, str]:
    """The folder of the static model, made where it is not here yet, and its revision."""
    folder = models.folder() / f"{source.model}.static"
    revision = f"{source.revision}+{REVISION}"
    mark = folder / "revision.txt"
    if not (mark.is_file() and mark.read_text() == revision):
        _distil(source.opened(), folder, revision, progress)
    return folder, revision


def _distil(model: Any, folder: Path, revision: str, progress: models.Progress | None) -> None:
    import numpy as np
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer = model.tokenizer
    vectors = _token_vectors(model, len(tokenizer), progress)
    vectors -= vectors.mean(axis=0)
    _, axes = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    vectors = vectors @ axes[:, ::-1][:, :DIMENSIONS].astype(np.float32)
    # WordPiece numbers its tokens by frequency: the rank stands for it.
    vectors *= np.log(1 + np.arange(1, len(vectors) + 1, dtype=np.float32))[:, None]
    vectors[tokenizer.all_special_ids] = 0
    static = StaticEmbedding(
        tokenizer.backend_tokenizer, embedding_weights=torch.from_numpy(vectors)
    )
    half = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        SentenceTransformer(modules=[static]).save(str(half))
        (half / "revision.txt").write_text(revision)
        shutil.rmtree(folder, ignore_errors=True)
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _token_vectors(model: Any, count: int, progress: models.Progress | None) -> Any:
    """What the model makes of each token alone."""
    import numpy as np
    import torch

    first, last = model.tokenizer.cls_token_id, model.tokenizer.sep_token_id
    made = []
    if progress is not None:
        progress.begin(count, "words made static, once")
    for begin in range(0, count, BATCH):
        ids = torch.tensor([[first, t, last] for t in range(begin, min(begin + BATCH, count))])
        with torch.inference_mode():
            said = model({"input_ids": ids, "attention_mask": torch.ones_like(ids)})
        made.append(said["sentence_embedding"].numpy())
        if progress is not None:
            progress.step(len(ids))
    return np.concatenate(made).astype(np.float32)
