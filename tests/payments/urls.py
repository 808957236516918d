"""Only what providers call."""

from django.urls import include, path

urlpatterns = [path("notify/", include("mall.api.notify"))]
