"""The API alone, for its own tests."""

from django.urls import include, path

urlpatterns = [path("api/", include("mall.api.urls"))]
