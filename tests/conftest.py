import signal

# A shell starts what runs in the background deaf to Ctrl-C, and every process that a test begins
# would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
