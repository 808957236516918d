"""What the views of every area share: checked input, pages of lists, and who is calling."""

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from mall.api import fields
from mall.api.auth import ApiKeyAuthentication, HasScope
from mall.api.pagination import Pages

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 128 visible ASCII characters; the same key and body give the stored answer",
)
MAX_PAGE = 10_000
_PAGE = re.compile(r"[0-9]{1,5}", re.ASCII)


class IdField(fields.StrictIntegerField):
    """The id of something, as a JSON integer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, **kwargs)


class Public(APIView):
    """For everybody; a stale token in the header does not matter here."""

    permission_classes = [AllowAny]
    authentication_classes = []


class Merchant(APIView):
    """For merchant systems: an API key with the scope that `scopes` names for the method."""

    authentication_classes = [ApiKeyAuthentication]
    scopes: dict[str, str] = {}

    def get_permissions(self) -> Sequence[BasePermission]:
        scope = self.scopes.get(self.request.method or "")
        return [HasScope(scope)] if scope else []


class PageQuery(serializers.Serializer):
    """Query parameters of every list."""

    page = serializers.IntegerField(required=False, min_value=1, max_value=MAX_PAGE)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=Pages.max_page_size)


def member_id(request: Request) -> int:
    """The signed-in member; only behind a permission that asks for one."""
    pk: Any = request.user.pk
    return int(pk)


def actor(request: Request) -> str:
    """How a merchant system signs what it does."""
    return f"api:{request.auth.name}"[:60]  # type: ignore[union-attr]  # an ApiKey, by `Merchant`


def checked(form: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The body as `form` understands it. Raises ValidationError; fields the form does not know are not read."""
    return _validated(form(data=request.data))


def asked(form: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The query parameters as `form` understands them. Raises ValidationError."""
    return _validated(form(data=request.query_params))


def _validated(serializer: serializers.Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def page_of(row: type[serializers.Serializer]) -> serializers.Serializer:
    """The schema of a page of `row`."""
    return _page_class(row)()


@functools.cache
def _page_class(row: type[serializers.Serializer]) -> type[serializers.Serializer]:
    members = {
        "count": serializers.IntegerField(),
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
        "results": row(many=True),
    }
    return type(f"{row.__name__}Page", (serializers.Serializer,), members)


def paged(
    request: Request,
    row: type[serializers.Serializer],
    fetch: Callable[[int, int], tuple[Sequence[Any], int]],
) -> Response:
    """A page of the list `fetch(page, page_size) -> (items, count of all)`."""
    size = Pages().get_page_size(request)
    page = _page(request)
    items, count = fetch(page, size)
    url = request.build_absolute_uri()
    body = {
        "count": count,
        "next": replace_query_param(url, "page", page + 1) if page * size < count else None,
        "previous": _previous(url, page),
        "results": row(items, many=True).data,
    }
    return Response(body)


def sliced(request: Request, row: type[serializers.Serializer], items: Sequence[Any]) -> Response:
    """The same for a short list that is already at hand."""
    return paged(request, row, lambda page, size: (items[(page - 1) * size : page * size], len(items)))


def _page(request: Request) -> int:
    given = request.query_params.get("page", "1")
    if not _PAGE.fullmatch(given) or not 1 <= int(given) <= MAX_PAGE:
        raise ValidationError({"page": [_("页码应为 1 至 10000 的整数")]})
    return int(given)


def _previous(url: str, page: int) -> str | None:
    if page <= 1:
        return None
    return remove_query_param(url, "page") if page == 2 else replace_query_param(url, "page", page - 1)
