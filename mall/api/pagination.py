"""Lists come in pages of `page_size` (20, at most 100)."""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

DIGITS = 3


class Pages(PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_page_size(self, request: Request) -> int:
        """Refuses a size that is no number of 1 to 100, rather than guessing another."""
        given = request.query_params.get(self.page_size_query_param)
        if given is None:
            return self.page_size
        if not (given.isascii() and given.isdigit() and len(given) <= DIGITS and 1 <= int(given) <= self.max_page_size):
            raise ValidationError({self.page_size_query_param: [_("每页数量应为 1 至 100 的整数")]})
        return int(given)
