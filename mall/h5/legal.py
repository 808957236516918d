"""协议、价格说明、证照: the documents every page links to."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

DOCUMENTS = {
    "terms": "h5/login/terms.html",
    "privacy": "h5/login/privacy.html",
    "distribution": "h5/legal/distribution.html",
    "price": "h5/legal/price.html",
}


def document(request: HttpRequest, name: str) -> HttpResponse:
    if name not in DOCUMENTS:
        raise Http404
    return render(request, DOCUMENTS[name])


def licence(request: HttpRequest) -> HttpResponse:
    return render(request, "h5/legal/license.html")


urlpatterns = [
    path("legal/<slug:name>/", document, name="legal"),
    path("about/license/", licence, name="license"),
]
