"""Shared fixtures. Every test runs on real PostgreSQL and Redis."""

from collections.abc import Callable

import pytest
import pytest_django
from django.db import connection

from mall.kernel import outbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A committing test starts from the reference data of the migrations, whatever earlier ones truncated."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True), append=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """Let the test database be truncated between committing tests: only there, only by TRUNCATE."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET mall.allow_truncate = 'on'")
        cursor.execute("SET mall.allow_truncate = 'on'")


@pytest.fixture
def drain() -> Callable[[], int]:
    """Run all due outbox deliveries in this process, exactly as the worker does; returns how many ran."""
    return outbox.deliver_due
