"""The books, to read: accounts, journals, entries."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from distribution import ledger
from distribution.admin.base import ReadOnlyAdmin, yuan
from distribution.models import Account, Entry, Journal


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["owner", "bucket", "balance"]
    list_filter = ["bucket"]
    list_select_related = ["distributor"]
    search_fields = ["distributor__code", "distributor__name"]
    ordering = ["pk"]

    @admin.display(description=gettext_lazy("户主"))
    def owner(self, obj: Account) -> str:
        return str(obj.distributor or gettext_lazy("平台"))

    @admin.display(description=gettext_lazy("余额"), ordering="balance_fen")
    def balance(self, obj: Account) -> SafeString:
        """The house's accounts keep no balance; theirs is summed."""
        return yuan(obj.balance_fen if obj.distributor_id else ledger.house_balances()[obj.bucket])


class EntryInline(TabularInline):
    model = Entry
    fields = ["account", "delta"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("变动"))
    def delta(self, obj: Entry) -> SafeString:
        return yuan(obj.delta_fen)


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdmin):
    list_display = ["key", "kind", "ref", "at"]
    list_filter = ["kind"]
    search_fields = ["=ref", "=key"]
    ordering = ["-pk"]
    inlines = [EntryInline]
