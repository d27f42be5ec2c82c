"""The model that tells languages apart, unpacked once and kept.

py3langid's model is 4.5 MB of LZMA that become 68 MB: unpacking takes 0.6 CPU seconds and 80 MB in
each process that asks for one language. What our languages need of it is kept in the person's cache
folder as plain arrays; of the largest only the pages that a walk touches are ever read.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

#: The model's tables: weights and priors by language, the automaton's moves, rows and outputs.
_TABLES = ("weights", "priors", "names", "moves", "rows", "outputs")


def identifier(languages: Sequence[str]) -> Any:
    """py3langid's `LanguageIdentifier` for these languages, with probabilities."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    folder = _folder(MODEL_DIR / MODEL_FILE, languages)
    if folder is not None and (found := _kept(folder)) is not None:
        weights, priors, names, moves, rows, outputs = found
        return LanguageIdentifier(
            weights, priors, names.tolist(), memoryview(moves), outputs.tolist(),
            norm_probs=True, tk_row=rows.tolist(),
        )  # fmt: skip
    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(list(languages))
    if folder is not None:
        _keep(folder, whole)
    return whole


def _folder(model: Path, languages: Sequence[str]) -> Path | None:
    """Where the tables of this very model are kept; None where no place is known."""
    from hashlib import blake2b

    from platformdirs import user_cache_path

    try:
        place, seen = user_cache_path("curator"), model.stat()
    except (OSError, RuntimeError):  # RuntimeError: a person without a home
        return None
    about = f"{seen.st_size} {seen.st_mtime_ns} {' '.join(languages)}"
    return place / f"languages-{blake2b(about.encode(), digest_size=8).hexdigest()}"


def _kept(folder: Path) -> list[Any] | None:
    """The tables; None where they are not there, or not whole."""
    import numpy as np

    try:
        return [
            np.load(folder / f"{name}.npy", "r" if name == "moves" else None) for name in _TABLES
        ]
    except (OSError, ValueError, EOFError):
        return None


def _keep(folder: Path, whole: Any) -> None:
    """Write the tables down for the next time; a full or forbidden disk only costs that time."""
    import numpy as np

    tables = (
        whole.nb_ptc, whole.nb_pc, np.array(whole.nb_classes), np.asarray(whole.tk_nextmove),
        np.asarray(whole.tk_row), np.array(whole.tk_output, np.int32),
    )  # fmt: skip
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            ready = Path(unfinished) / "ready"
            ready.mkdir()
            for name, table in zip(_TABLES, tables, strict=True):
                np.save(ready / f"{name}.npy", table, allow_pickle=False)
            if folder.exists():  # it was not whole
                shutil.rmtree(folder)
            os.rename(ready, folder)
    except OSError:
        return
