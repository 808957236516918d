"""The nested list of provinces, cities and districts that the address picker loads once."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import path
from django.views.decorators.http import require_safe

from members import queries

YEAR = 365 * 24 * 3600


@require_safe
def regions(request: HttpRequest) -> HttpResponse:
    """`[[code, name, [[code, name, [[code, name]]]]]]`, kept by the browser for a year."""
    body = queries.regions_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    seen = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    response = HttpResponseNotModified() if etag in seen else HttpResponse(body, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={YEAR}"
    return response


urlpatterns = [path("regions.json", regions, name="regions")]
