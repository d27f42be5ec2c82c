"""How the passes are compiled: without memory of their own and without errors, so that what comes
out is machine code that needs nothing of Numba to run."""

from typing import Any

from numba import njit

# Numba's own types do not know these words.
_how: dict[str, Any] = {"_nrt": False, "error_model": "numpy"}
_outside: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
bare = njit(**_how)
#: The same for what is called from outside, as machine code.
alone = njit(**_how, **_outside)
