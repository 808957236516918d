"""Where things lie in a checkout. Everything the programs write goes to `var/`, `.venv/` and `media/`."""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
LOGS = VAR / "log"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK_FILE = ROOT / "requirements.lock"

# Two checkouts on one machine must never share a database: machine-wide paths carry this key.
CHECKOUT_KEY = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12]


def tool(name: str) -> str:
    """Path of a program installed in the virtual environment."""
    return str(VENV / "bin" / name)


def inside_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()
