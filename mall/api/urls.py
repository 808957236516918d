"""Addresses under `/api/`."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from mall.api import cart, catalog, distribution, marketing, members, merchant, orders, payments, schema
from mall.api.errors import NoSuchEndpoint

_PUBLIC = {"permission_classes": [AllowAny], "authentication_classes": []}

v1: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(**_PUBLIC), name="schema"),
    *members.urlpatterns,
    *catalog.urlpatterns,
    *cart.urlpatterns,
    *orders.urlpatterns,
    *payments.urlpatterns,
    *marketing.urlpatterns,
    *distribution.urlpatterns,
    path("merchant/", include(merchant.urlpatterns)),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("docs/", schema.Docs.as_view(url_name="schema", **_PUBLIC), name="docs"),
    re_path(r"", NoSuchEndpoint.as_view()),
]
