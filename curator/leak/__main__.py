"""The second process of `beside`."""

import os

from curator.leak.beside import answer

# Whoever waits for the screen goes first.
os.nice(5)
answer()
