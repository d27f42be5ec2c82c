"""Texts become unit vectors: by a sentence-transformers model, and Chinese by its characters.

The embedded model knows English only; most Chinese characters are one and the same unknown token
to it. So the default is both, side by side in one vector: MiniLM's 384 numbers weighted by how
much of a text is not CJK, and those of its character n-grams weighted by how much is. English is
compared by meaning, Chinese by wording, and the two never look alike by accident.
"""

import os
import re
from collections.abc import Mapping
from contextlib import redirect_stderr
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.diversity.grams import BUCKETS, Counter, Fit
from curator.engines import Embedder, models
from curator.errors import ConfigError, EngineError
from curator.text import cjk_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

BATCH = 32
#: Texts are cut here before they are tokenized: the model reads 256 tokens.
LONGEST = 4000
EMBEDDED_DIMENSIONS = 384
#: Word vectors made from the embedded model, and no transformer.
STATIC, STATIC_DIMENSIONS = f"{models.EMBEDDER}.static", 256
#: What E5 wants before each of two texts that are compared with each other (its model card says
#: so; its own settings do not).
E5, E5_PREFIX = re.compile(r"(^|[/_-])e5-(?!.*instruct)", re.I), "query: "
GRAM_DIMENSIONS = 512
GRAM_REVISION, FIT_REVISION = "grams-2", "svd-1"


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
        self._prefix = E5_PREFIX if E5.search(model) else ""
        self.model = model
        self.revision = revision + ("+query" if self._prefix else "")
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
                if "trust_remote_code" in str(error):
                    raise EngineError(
                        f"{self._folder} wants to run Python code of its own to encode a text; "
                        "that is refused, name a model that does without"
                    ) from None
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
            [self._prefix + text[:LONGEST] for text in texts],
            batch_size=BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return _unit(np.asarray(vectors, np.float32))


class GramEmbedder:
    """Character n-grams hashed to `GRAM_DIMENSIONS` numbers with a sign, damped counts; where a
    collection taught what its counts mean (`fit`), its directions instead. Needs no model: for
    Chinese, and where none can be had."""

    model = "char-grams"

    def __init__(self, fit: Fit | None = None) -> None:
        self._counter = Counter(BUCKETS if fit else GRAM_DIMENSIONS)
        self._table = fit.table() if fit else None
        self.revision = f"{FIT_REVISION}.{fit.name}" if fit else GRAM_REVISION
        self.dimensions = fit.directions if fit else GRAM_DIMENSIONS

    def fitted(self, fit: Fit) -> "GramEmbedder":
        """The same with what a collection taught."""
        return GramEmbedder(fit)

    def encode(self, texts: list[str]) -> Any:
        """A float32 array of shape (len(texts), dimensions), rows of length 1."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        counts = self._counter.counts([text[:LONGEST] for text in texts])
        return _unit(counts.toarray() if self._table is None else counts @ self._table)


class BothEmbedder:
    """A sentence model for what is not CJK and character n-grams for what is, in one vector."""

    model = f"{models.EMBEDDER}+{GramEmbedder.model}"

    def __init__(self, sentences: SentenceEmbedder, fit: Fit | None = None) -> None:
        self._sentences = sentences
        self._grams = GramEmbedder(fit)
        self.revision = f"{sentences.revision}+{self._grams.revision}"
        self.dimensions = sentences.dimensions + self._grams.dimensions
        #: The numbers at the front that every revision beginning so has in common.
        self.shared, self.kin = sentences.dimensions, f"{sentences.revision}+"

    def fitted(self, fit: Fit) -> "BothEmbedder":
        """The same with what a collection taught about its character runs."""
        return BothEmbedder(self._sentences, fit)

    def encode(self, texts: list[str]) -> Any:
        """A float32 array of shape (len(texts), dimensions), rows of length 1."""
        return self.renewed(texts, {})

    def renewed(self, texts: list[str], known: Mapping[int, Any]) -> Any:
        """What `encode` gives; for the texts at the places in `known`, from the shared front of
        their vectors of another revision, without the sentence model."""
        import numpy as np

        shares = np.array([min(1.0, cjk_share(text[:LONGEST])) for text in texts], np.float32)
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        cut = self._sentences.dimensions
        for place, front in known.items():
            vectors[place, :cut] = front
        latin = np.setdiff1d(np.flatnonzero(shares < 1), np.fromiter(known, int, len(known)))
        cjk = np.flatnonzero(shares > 0)
        # The roots make both parts together a vector of length 1.
        vectors[latin, :cut] = self._part(self._sentences, texts, latin, np.sqrt(1 - shares))
        vectors[cjk, cut:] = self._part(self._grams, texts, cjk, np.sqrt(shares))
        return vectors

    @staticmethod
    def _part(embedder: Embedder, texts: list[str], places: Any, weights: Any) -> Any:
        encoded = embedder.encode([texts[place] for place in places])
        return encoded * weights[places][:, None]


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
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if name.startswith((".", "/", "~")):
            raise ConfigError(f"--model {name}: there is no such folder")
        if name.count("/") != 1:
            raise ConfigError(
                f"there is no embedder {name!r}; name a folder, a model on the hub (owner/name), "
                f"static, {models.EMBEDDER} or {GramEmbedder.model}"
            )
        folder = _fetched(name)
    if (folder / "config.json").is_file():
        from curator.engines.bases import identity

        model, _, revision = identity(name, folder).partition("@")
        return folder, model, revision
    if (folder / "modules.json").is_file():  # a static model has its settings in its parts
        return folder, folder.resolve().name if Path(name).is_dir() else name, _digest(folder)
    raise ConfigError(f"{folder} is no model folder: it has no config.json and no modules.json")


def _digest(folder: Path) -> str:
    """12 hex digits of the bytes of a model's settings and weights, wherever it lies."""
    summary = sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".safetensors", ".txt") and path.is_file():
            summary.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    summary.update(piece)
    return summary.hexdigest()[:12]


def _fetched(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    wanted = ["*.json", "*.safetensors", "*.txt", "*.model"]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted, etag_timeout=4))
    except LocalEntryNotFoundError:
        why = "it is not on this machine yet and the hub cannot be reached"
    except RepositoryNotFoundError:
        why = "the hub knows no model of this name that is open to you"
    except Exception as error:  # the hub's errors have no common ancestor
        why = type(error).__name__
    raise EngineError(
        f"the embedder {name} cannot be fetched: {why}; name a local folder, or check the name and "
        "the network"
    ) from None
