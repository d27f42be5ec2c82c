"""The child process that trains: `python -m curator.engines.tuning job.json`.

It prints one JSON line per event on standard output and nothing else there.
"""
