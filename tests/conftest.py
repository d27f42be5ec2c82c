import os
import signal

from hypothesis import settings

# A shell starts what runs in the background deaf to Ctrl-C, and every process that a test begins
# would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same commit draws the same examples, so that what was green stays green; a search for what
# they miss is asked for: HYPOTHESIS_PROFILE=search pytest …
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", derandomize=False, print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
