"""Members and staff in the back office. Phones are masked unless the role may see them."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from members.models import Address, Member, Region, Staff

admin.site.unregister(Group)
VERBS = {"view": _("查看"), "add": _("新增"), "change": _("修改"), "delete": _("删除")}


class AddressInline(TabularInline):
    """Where the member has things sent; read here, changed by the member only."""

    model = Address
    fields = readonly_fields = ["place", "is_default", "updated_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("地区"))
    def place(self, address: Address) -> str:
        return f"{address.province} {address.city} {address.district}"


@admin.register(Member)
class MemberAdmin(ModelAdmin):
    """Shoppers: found by exact phone or by name; the shop sets the level and may close an account."""

    list_display = ["nickname", "shown_phone", "level", "is_active", "date_joined"]
    list_filter = ["level", "is_active", ("date_joined", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=phone", "nickname"]
    search_help_text = _("按完整手机号或昵称查找")
    date_hierarchy = "date_joined"
    list_per_page = 50
    readonly_fields = ["nickname", "phone", "shown_phone", "date_joined", "last_login"]
    inlines = [AddressInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        rows: QuerySet[Member] = super().get_queryset(request)
        return rows.filter(is_staff=False)

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        phone = "phone" if request.user.has_perm("members.reveal_phone") else "shown_phone"
        return ["nickname", phone, "level", "is_active", "date_joined", "last_login"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("手机号"))
    def shown_phone(self, member: Member) -> str:
        return member.phone_masked or "—"


@admin.register(Staff)
class StaffAdmin(UserAdmin, ModelAdmin):
    """Employees: a username, a password, and roles (`manage.py load_roles`)."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "nickname", "roles", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username", "nickname"]
    ordering = ["username"]
    filter_horizontal = ["groups"]
    fieldsets = [(None, {"fields": ["username", "password", "nickname", "groups", "is_active", "last_login"]})]
    readonly_fields = ["last_login"]
    add_fieldsets = [(None, {"fields": ["username", "nickname", "password1", "password2", "groups"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Staff]:
        return super().get_queryset(request).prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Leavers are deactivated: their name stays in the logs."""
        return False

    @admin.display(description=_("角色"))
    def roles(self, staff: Staff) -> str:
        return "、".join(group.name for group in staff.groups.all()) or "—"


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    """Roles: which of the shop's screens their people may see and use."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        """Only what has a screen (or is a permission of its own), in the words of the screens."""
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "permissions":
            managed = {(m._meta.app_label, m._meta.model_name) for m in admin.site._registry}
            field.queryset = field.queryset.filter(
                content_type__in=[
                    kind.pk
                    for kind in ContentType.objects.all()
                    if (kind.app_label, kind.model) in managed or kind.model == "report"
                ]
            )
            field.label_from_instance = _permission_label
        return field


def _permission_label(permission: Permission) -> str:
    """“订单 · 查看” instead of Django's English sentence."""
    verb, _sep, model = permission.codename.partition("_")
    what = VERBS[verb] if model == permission.content_type.model and verb in VERBS else _(permission.name)
    return f"{permission.content_type.name} · {what}"


@admin.register(Region)
class RegionAdmin(ModelAdmin):
    """Administrative regions, read-only: `manage.py load_regions` keeps them."""

    list_display = ["code", "name", "kind", "parent"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    list_select_related = ["parent"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
