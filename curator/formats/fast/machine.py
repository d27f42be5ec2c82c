"""Compiled passes kept as machine code: whoever has it once needs no compiler to use it.

Numba keeps what it compiled too, but loading that takes all of Numba: 0.9 CPU seconds and 100 MB in
every import. Here a pass is one object file, and llvmlite (0.06 s) alone loads and calls it.
"""

import ctypes
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from curator.formats.fast.stamp import STAMP

#: What a kept pass begins with: the digest of all that follows.
SEAL = 32
#: The C types of single values.
_SINGLE = {bool: ctypes.c_uint8, int: ctypes.c_int64, float: ctypes.c_double}


class Pass:
    """The function `name` of the module `home` beside this one, compiled when it is first called
    and kept for the processes that follow.

    It is given whole numbers, truth values, floats, named tuples and contiguous arrays, must make
    nothing and raise nothing, and returns nothing.
    """

    def __init__(self, home: str, name: str) -> None:
        self._home, self._name = home, name
        self._codes: dict[tuple[Any, ...], Callable[..., object]] = {}
        #: Where Numba's functions put a result and an error: here nothing of worth.
        self._spare = ctypes.create_string_buffer(2 * SEAL)
        #: Whether this process had to compile it.
        self.compiled = False

    @property
    def kept(self) -> bool:
        """Whether it was compiled on this machine before, so that using it costs little."""
        folder = _folder()
        return folder is not None and any(folder.glob(f"{self._name}-*"))

    def __call__(self, *given: Any) -> None:
        """Run it."""
        kind = tuple(map(_kind, given))
        code = self._codes.get(kind)
        if code is None:
            code = self._codes[kind] = self._ready(kind, given)
        code(self._spare, self._spare, *(part for value in given for part in _parts(value)))

    def _ready(self, kind: tuple[Any, ...], given: tuple[Any, ...]) -> Callable[..., object]:
        name = f"{self._name}-{_digest(repr(kind))}"
        symbol, code = _kept(name) or self._made(name, given)
        types = [ctypes.c_void_p] * 2 + [t for value in given for t in _types(value)]
        return ctypes.CFUNCTYPE(ctypes.c_int32, *types)(_address(symbol, code))

    def _made(self, name: str, given: tuple[Any, ...]) -> tuple[str, bytes]:
        from numba import typeof

        home = import_module(f"curator.formats.fast.{self._home}")
        made, kinds = getattr(home, self._name), tuple(map(typeof, given))
        made.compile(kinds)
        symbol = str(made.overloads[kinds].fndesc.llvm_func_name)
        code = _object(made.inspect_llvm(kinds))
        self.compiled = True
        _keep(name, symbol, code)
        return symbol, code


def _kind(value: Any) -> Any:
    """What tells apart the values that need other machine code."""
    if isinstance(value, tuple):
        return tuple(map(_kind, value))
    if (dtype := getattr(value, "dtype", None)) is None:
        return type(value).__name__
    assert value.flags.c_contiguous
    return dtype.str, value.ndim, value.flags.writeable


def _parts(value: Any) -> Iterator[Any]:
    """A value as Numba's functions take it."""
    if isinstance(value, tuple):
        for one in value:
            yield from _parts(one)
    elif hasattr(value, "dtype"):
        # Nobody counts the references to it.
        yield from (None, None, value.size, value.itemsize, value.ctypes.data)
        yield from (*value.shape, *value.strides)
    else:
        yield value


def _types(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for one in value:
            yield from _types(one)
    elif hasattr(value, "dtype"):
        places, number = ctypes.c_void_p, ctypes.c_int64
        yield from (places, places, number, number, places, *([number] * 2 * value.ndim))
    else:
        yield _SINGLE[type(value)]


def ready() -> bool:
    """Whether passes were compiled on this machine before, so that using them costs little."""
    folder = _folder()
    return folder is not None and folder.is_dir()


@cache
def _machine() -> tuple[str, ...]:
    """What machine code depends on besides its source."""
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    versions = (_version("numba"), _version("llvmlite"))
    return *versions, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@cache
def _target() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


@cache
def _engine() -> Any:
    import llvmlite.binding as llvm

    target = _target()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)


def _object(text: str) -> bytes:
    """LLVM's assembly as an object file."""
    import llvmlite.binding as llvm

    code: bytes = _target().emit_object(llvm.parse_assembly(text))
    return code


def _address(symbol: str, code: bytes) -> int:
    """Where the function stands in memory, which now holds the code."""
    import llvmlite.binding as llvm

    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return int(engine.get_function_address(symbol))


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


@cache
def _folder() -> Path | None:
    """Where the passes of this very source are kept; None where no place is known."""
    from platformdirs import user_cache_path

    try:
        place = user_cache_path("curator")
    except (OSError, RuntimeError):  # RuntimeError: a person without a home
        return None
    return place / f"passes-{_digest(repr((STAMP, *_machine())))}"


def _kept(name: str) -> tuple[str, bytes] | None:
    """The function's name and its code, if they were kept and are whole."""
    folder = _folder()
    try:
        held = (folder / name).read_bytes() if folder else b""
    except OSError:
        return None
    sealed = held[SEAL:]
    if not sealed or blake2b(sealed, digest_size=SEAL).digest() != held[:SEAL]:
        return None
    symbol, _, code = sealed.partition(b"\n")
    return symbol.decode(), code


def _keep(name: str, symbol: str, code: bytes) -> None:
    """Write the code down; where that cannot be, the next process compiles again."""
    folder = _folder()
    if folder is None:
        return
    sealed = symbol.encode() + b"\n" + code
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(blake2b(sealed, digest_size=SEAL).digest() + sealed)
        os.replace(file.name, folder / name)
    except OSError:
        return
