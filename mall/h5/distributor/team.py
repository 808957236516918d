"""我的团队: direct members masked, everybody below them as counts only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from distribution.queries import pitch, team
from distribution.queries.promoter import Promoter
from mall.h5.distributor.access import Window, distributors_only, show_list
from mall.kernel import clock


@distributors_only
def mine(request: HttpRequest, person: Promoter) -> HttpResponse:
    window = Window.of(request)
    summary = team.summary(distributor_id=person.id, at=clock.now())
    return show_list(
        request,
        "team",
        window,
        rows=team.members_of(viewer_id=person.id, **window.bounds),
        next_url=window.next_url(total=summary.direct),
        summary=summary,
        person=person,
    )


@distributors_only
def branch(request: HttpRequest, person: Promoter, distributor_id: int) -> HttpResponse:
    """One direct member: a page, or for htmx the counts that unfold under the row."""
    found = pitch.branch(viewer_id=person.id, distributor_id=distributor_id, at=clock.now())
    template = "_branch" if request.headers.get("HX-Request") else "branch"
    return render(request, f"h5/distributor/{template}.html", {"branch": found})


urlpatterns = [
    path("d/team/", mine, name="d-team"),
    path("d/team/<int:distributor_id>/", branch, name="d-branch"),
]
