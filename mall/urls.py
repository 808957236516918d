"""All addresses: the shop, the API, what providers call, the back office, and what operators watch."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
