#!/usr/bin/env python
"""Django's command line. Without a DATABASE_URL it talks to the demo, else settings default to development."""

import os
import sys

from django.core.management import execute_from_command_line

from ops import environment

if __name__ == "__main__":
    if "DATABASE_URL" not in os.environ:
        os.environ.update({**environment.remembered(), **os.environ})
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mall.settings.dev")
    execute_from_command_line(sys.argv)
