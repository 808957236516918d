"""Everything that starts the mall outside production: `make demo`, `make test`, `make check`.

Nothing here imports Django or the product; both are reached by running `manage.py`.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  older ones must be able to read this file and say so
    sys.exit("Python 3.11+ is needed, this is " + sys.version.split()[0] + ". Try: make demo PYTHON=python3.12")
