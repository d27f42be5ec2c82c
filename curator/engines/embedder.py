"""Texts become unit vectors: by a sentence-transformers model, and Chinese by its characters.

The embedded model knows English only; most Chinese characters are one and the same unknown token
to it. So the default is both, side by side in one vector: MiniLM's 384 numbers weighted by how
much of a text is not CJK, and 512 of hashed character n-grams weighted by how much is. English is
compared by meaning, Chinese by wording, and the two never look alike by accident.
"""

import os
import re
from collections.abc import Iterable
from contextlib import redirect_stderr
from hashlib import blake2b
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.engines import Embedder, models
from curator.errors import ConfigError, EngineError
from curator.text import CJK, cjk_share, normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_BETWEEN_CJK = re.compile(rf"(?<=[{CJK}]) (?=[{CJK}])")
BATCH = 32
#: Texts are cut here before they are tokenized: the model reads 256 tokens.
LONGEST = 4000
EMBEDDED_DIMENSIONS = 384
#: Word vectors made from the embedded model, and no transformer.
STATIC, STATIC_DIMENSIONS = f"{models.EMBEDDER}.static", 256
GRAMS = (1, 2, 3)
GRAM_DIMENSIONS = 512
GRAM_REVISION = "grams-2"
#: What runs of one, two and three characters weigh.
CJK_WEIGHTS = {1: 1.4, 2: 1.0, 3: 0.5}
#: Characters that any sentence is held together by: a run with one of them says little. (Without
#: them twice as many neighbours of translated questions are those of the English originals.)
GLUE = frozenset(
    "的了是在我你他她它们这那有和与或不也就都而及着把被让给到对为以于从吗呢吧啊呀么之其所个些什怎请能会可要"
    "のはがをにへとでもや은는이가을를의에"
)


def open_embedder(name: str = "", progress: models.Progress | None = None) -> Embedder:
    """The embedder called `name`: empty (or `HINDSIGHT_EMBEDDER`) for the default, a folder of a
    sentence-transformers model, or a name on the hub.

    Fetches the default model where it is not here yet. Raises `EngineError` when it cannot be had
    or opened, `ConfigError` when `name` is no such model.
    """
    name = name or os.environ.get("HINDSIGHT_EMBEDDER", "").strip()
    if name == GramEmbedder.model:
        return GramEmbedder()
    if name in ("", BothEmbedder.model):
        return BothEmbedder(_embedded(progress))
    if name == models.EMBEDDER:
        return _embedded(progress)
    if name in ("static", STATIC):
        from curator.engines.distilling import static_folder

        folder, revision = static_folder(_embedded(progress))
        return SentenceEmbedder(folder, STATIC, revision, STATIC_DIMENSIONS)
    return SentenceEmbedder(*_folder_of(name))


def _embedded(progress: models.Progress | None) -> "SentenceEmbedder":
    weights = models.CATALOGUE[models.EMBEDDER].files["model.safetensors"].sha256
    folder = models.get(models.EMBEDDER, progress)
    return SentenceEmbedder(folder, models.EMBEDDER, weights[:12], EMBEDDED_DIMENSIONS)


class SentenceEmbedder:
    """A sentence-transformers model in a local folder; nothing is asked of a network.

    Where the number of dimensions is known, the model is opened by the first text: a run that has
    nothing to encode does not wait for torch.
    """

    def __init__(self, folder: Path, model: str, revision: str, dimensions: int = 0) -> None:
        self._folder = folder
        self._opened: Any = None
        self.model = model
        self.revision = revision
        self.dimensions = dimensions or int(self._open().get_embedding_dimension() or 0)

    def opened(self) -> Any:
        """The SentenceTransformer itself."""
        return self._open()

    def _open(self) -> Any:
        if self._opened is None:
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            try:
                from sentence_transformers import SentenceTransformer

                with redirect_stderr(StringIO()):  # a progress bar for 90 MB
                    self._opened = SentenceTransformer(
                        str(self._folder),
                        trust_remote_code=False,
                        local_files_only=True,
                        model_kwargs={"use_safetensors": True},
                    )
            except Exception as error:  # the library raises whatever its readers raise
                raise EngineError(
                    f"{self._folder} cannot be opened as a sentence-transformers model in "
                    f"safetensors ({type(error).__name__}: {str(error)[:120]!r})"
                ) from None
        return self._opened

    def encode(self, texts: list[str]) -> Any:
        """A float32 array of shape (len(texts), dimensions), rows of length 1."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        vectors = self._open().encode(
            [text[:LONGEST] for text in texts],
            batch_size=BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return _unit(np.asarray(vectors, np.float32))


class GramEmbedder:
    """Character n-grams hashed to `GRAM_DIMENSIONS` numbers with a sign (Weinberger 2009), damped
    counts. Needs no model: for Chinese, and where none can be had."""

    model = "char-grams"
    revision = GRAM_REVISION
    dimensions = GRAM_DIMENSIONS

    def __init__(self) -> None:
        self._places: dict[str, tuple[int, float]] = {}

    def encode(self, texts: list[str]) -> Any:
        """A float32 array of shape (len(texts), dimensions), rows of length 1."""
        import numpy as np

        vectors = np.zeros((len(texts), GRAM_DIMENSIONS), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            counts: dict[str, int] = {}
            for gram in _grams(_joined(normalise(text[:LONGEST]))):
                counts[gram] = counts.get(gram, 0) + 1
            for gram, count in counts.items():
                place, sign = self._place(gram)
                row[place] += sign * _weight(gram) * (1 + np.log(count))
        return _unit(vectors)

    def _place(self, gram: str) -> tuple[int, float]:
        found = self._places.get(gram)
        if found is None:
            hashed = int.from_bytes(blake2b(gram.encode(), digest_size=4).digest(), "little")
            found = (hashed >> 1) % GRAM_DIMENSIONS, 1.0 if hashed & 1 else -1.0
            self._places[gram] = found
        return found


class BothEmbedder:
    """A sentence model for what is not CJK and character n-grams for what is, in one vector."""

    model = f"{models.EMBEDDER}+{GramEmbedder.model}"

    def __init__(self, sentences: SentenceEmbedder) -> None:
        self._sentences = sentences
        self._grams = GramEmbedder()
        self.revision = f"{sentences.revision}+{GRAM_REVISION}"
        self.dimensions = sentences.dimensions + GRAM_DIMENSIONS

    def encode(self, texts: list[str]) -> Any:
        """A float32 array of shape (len(texts), dimensions), rows of length 1."""
        import numpy as np

        shares = np.array([min(1.0, cjk_share(text[:LONGEST])) for text in texts], np.float32)
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        cut = self._sentences.dimensions
        latin, cjk = np.flatnonzero(shares < 1), np.flatnonzero(shares > 0)
        # The roots make both parts together a vector of length 1.
        vectors[latin, :cut] = self._part(self._sentences, texts, latin, np.sqrt(1 - shares))
        vectors[cjk, cut:] = self._part(self._grams, texts, cjk, np.sqrt(shares))
        return vectors

    @staticmethod
    def _part(embedder: Embedder, texts: list[str], places: Any, weights: Any) -> Any:
        encoded = embedder.encode([texts[place] for place in places])
        return encoded * weights[places][:, None]


def _weight(gram: str) -> float:
    """A longer run of letters says more; of characters that are words themselves, a short one."""
    return CJK_WEIGHTS[len(gram)] if gram[0] >= "\u3040" else float(len(gram))


def _grams(text: str) -> Iterable[str]:
    for size in GRAMS:
        for i in range(len(text) - size + 1):
            gram = text[i : i + size]
            if " " not in gram and GLUE.isdisjoint(gram):
                yield gram


def _joined(normal: str) -> str:
    """Normalised text with its CJK characters put together again; other words stay apart."""
    return _BETWEEN_CJK.sub("", normal)


def _unit(vectors: "Vectors") -> "Vectors":
    """Rows of length 1; a row of nothing becomes the first axis, so that no text is lost."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[lengths[:, 0] == 0, 0] = 1
    lengths[lengths == 0] = 1
    return np.ascontiguousarray(vectors / lengths, np.float32)


def _folder_of(name: str) -> tuple[Path, str, str]:
    """Folder, name and revision of a model of one's own, fetched from the hub if it is a name
    there."""
    from curator.engines.bases import identity

    folder = Path(name).expanduser()
    if not folder.is_dir():
        if name.count("/") != 1 or name.startswith((".", "/", "~")):
            raise ConfigError(
                f"there is no embedder {name!r}; name a folder, a model on the hub (owner/name), "
                f"static, {models.EMBEDDER} or {GramEmbedder.model}"
            )
        folder = _fetched(name)
    if not (folder / "config.json").is_file():
        raise ConfigError(f"{folder} is no model folder: it has no config.json")
    model, _, revision = identity(name, folder).partition("@")
    return folder, model, revision


def _fetched(name: str) -> Path:
    from huggingface_hub import snapshot_download

    wanted = ["*.json", "*.safetensors", "*.txt", "*.model"]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted, etag_timeout=4))
    except Exception as error:  # the hub's errors have no common ancestor
        raise EngineError(
            f"the embedder {name} cannot be fetched: {type(error).__name__}; name a local folder, "
            f"or check the name and the network"
        ) from None
