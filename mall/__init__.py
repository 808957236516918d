"""The project package: the bottom and the top of the layers.

`mall.kernel` is the bottom: money, clock, transactions, events; it knows no domain.
`mall.h5`, `mall.api`, `mall.backoffice`, `mall.management` and `mall.wiring` are the top: the faces people
and programs use, and the one table that says who reacts to which event. The domains (catalog, members,
marketing, payments, logistics, orders, distribution, analytics) lie between. import-linter enforces it.
"""

from mall.celery import app as celery_app

__all__ = ["celery_app"]
