"""The members' pages alone, for their own tests."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"home {request.user.pk}")


urlpatterns = [
    path("", home),
    path("me/", home),
    path("api/", include("mall.api.urls")),
    path("", include("mall.h5.login")),
    path("", include("mall.h5.addresses")),
    path("", include("mall.h5.settings")),
    path("", include("mall.h5.regions")),
    path("", include("mall.h5.legal")),
]
