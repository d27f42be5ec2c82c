import os
import signal

from hypothesis import HealthCheck, settings

# A shell starts what runs in the background deaf to Ctrl-C, and every process that a test begins
# would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What a person has set for their own work is not for the tests, nor for what they start.
for name in (
    "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "HINDSIGHT_WORKSPACE",
    "HINDSIGHT_REVIEWER", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES",
    "TEXTUAL", "VISUAL", "EDITOR",
):  # fmt: skip
    os.environ.pop(name, None)
# Servers of this machine are asked directly, whatever stands between it and others.
for name in ("NO_PROXY", "no_proxy"):
    os.environ[name] = ",".join(filter(None, ("127.0.0.1,localhost", os.environ.get(name))))

# The same commit draws the same examples, so that what was green stays green; a search for what
# they miss is asked for: HYPOTHESIS_PROFILE=search pytest …
# Nothing is timed: a machine may be busy.
slow_is_fine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", slow_is_fine, derandomize=True)
settings.register_profile("search", slow_is_fine, derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
