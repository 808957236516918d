"""The demo shop: what `manage.py seed_demo` tells, through the same services that the shop itself uses."""
