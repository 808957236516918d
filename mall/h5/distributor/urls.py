"""The addresses of the promotion centre."""

from mall.h5.distributor import apply, earnings, goods, orders, overview, posters, statements, team, withdraw

urlpatterns = [
    *overview.urlpatterns,
    *earnings.urlpatterns,
    *orders.urlpatterns,
    *team.urlpatterns,
    *goods.urlpatterns,
    *posters.urlpatterns,
    *withdraw.urlpatterns,
    *apply.urlpatterns,
    *statements.urlpatterns,
]
