"""我的消息: what the shop told the member, unread ones marked."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from mall.h5 import paging
from mall.h5.local_urls import local_path
from mall.kernel import clock, notices

PAGE_SIZE = 20


@never_cache
@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    member_id = int(request.user.pk or 0)
    window = paging.window(request, size=PAGE_SIZE)
    context = {
        "notices": notices.inbox(member_id=member_id, page=window.page, page_size=window.page_size),
        "next_url": window.next_url(count=notices.inbox_count(member_id=member_id)),
        "page": window.number,
    }
    if window.is_fragment:
        return render(request, "h5/messages/_rows.html", context)
    context["unread"] = notices.unread_count(member_id=member_id)
    return render(request, "h5/messages/page.html", context)


@login_required
@require_POST
def read(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark one message read and go where it leads."""
    url = notices.mark_read(member_id=int(request.user.pk or 0), notice_id=notice_id, at=clock.now())
    return redirect(local_path(url, default="/me/messages/"))


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    notices.mark_read(member_id=int(request.user.pk or 0), at=clock.now())
    return redirect("messages")


urlpatterns = [
    path("me/messages/", index, name="messages"),
    path("me/messages/read/", read_all, name="messages-read"),
    path("me/messages/<int:notice_id>/", read, name="message"),
]
