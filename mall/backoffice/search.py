"""The command palette finds what the lists find: an order by number or tracking number, a member by phone, a SKU."""

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

SEARCHED = {
    "orders.Order": "receipt_long",
    "orders.Refund": "assignment_return",
    "members.Member": "person",
    "catalog.Product": "inventory_2",
    "distribution.Distributor": "diversity_3",
    "payments.Payment": "payments",
}
EACH = 5


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """At most five rows of each list the staff member may see. The term as typed: the theme's own copy is lowered."""
    typed = request.GET.get("s", term).strip()
    if len(typed) < 2:
        return []
    found = []
    for label, icon in SEARCHED.items():
        model = apps.get_model(label)
        screen = admin.site.get_model_admin(model)
        if not screen.has_view_permission(request):
            continue
        rows, _duplicates = screen.get_search_results(request, screen.get_queryset(request), typed)
        address = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        found += [
            SearchResult(
                title=str(row),
                description=str(model._meta.verbose_name),
                link=reverse(address, args=[row.pk]),
                icon=icon,
            )
            for row in rows[:EACH]
        ]
    return found
