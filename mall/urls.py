"""All addresses: the shop, the API, what providers call, the back office, and what operators watch."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.static import serve
from django_prometheus.exports import ExportToDjangoView

from mall.h5 import (
    addresses,
    cart,
    checkout,
    coupons,
    errors,
    home,
    legal,
    listing,
    login,
    me,
    messages,
    orders,
    pay,
    product,
    referral,
    refunds,
    regions,
    styleguide,
    wallet,
)
from mall.h5 import settings as member_settings
from mall.h5.distributor import urls as distributor

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("mall.api.urls")),
    path("notify/", include("mall.api.notify")),
    path("sandbox/", include("mall.api.sandbox")),
    path("", include("mall.api.health")),
    path("metrics", ExportToDjangoView),
    *referral.urlpatterns,
    *home.urlpatterns,
    *listing.urlpatterns,
    *product.urlpatterns,
    *cart.urlpatterns,
    *checkout.urlpatterns,
    *pay.urlpatterns,
    *me.urlpatterns,
    *orders.urlpatterns,
    *refunds.urlpatterns,
    *coupons.urlpatterns,
    *wallet.urlpatterns,
    *messages.urlpatterns,
    *login.urlpatterns,
    *addresses.urlpatterns,
    *member_settings.urlpatterns,
    *regions.urlpatterns,
    *legal.urlpatterns,
    *distributor.urlpatterns,
    path("styleguide/", styleguide.page),
]
if settings.SERVE_MEDIA:
    urlpatterns += [re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})]

handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
