"""`python -m curator` is the command `curator`."""

import sys

from curator.cli import main

sys.exit(main())
