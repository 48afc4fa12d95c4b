"""`make shell`: a Django shell on the data of `make run`. Standard library only."""

import os

import environment
from environment import ROOT, plain_endings

with plain_endings():
    python = str(environment.ensure())
    os.environ.setdefault("DEMO", "1")
    os.chdir(str(ROOT))
    os.execv(python, [python, "manage.py", "shell"])
