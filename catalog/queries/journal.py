"""The stock ledger."""

from catalog.models import StockMovement
from catalog.queries import views

MAX_PAGE_SIZE = 100


def stock_journal(
    *, sku_id: int | None = None, ref: str = "", page: int = 1, page_size: int = 50
) -> views.Page[views.MovementView]:
    """Movements, newest first, of one SKU or one order if asked."""
    rows = StockMovement.objects.select_related("sku__product").order_by("-pk")
    if sku_id is not None:
        rows = rows.filter(sku_id=sku_id)
    if ref:
        rows = rows.filter(ref=ref)
    page = max(page, 1)
    page_size = min(max(page_size, 1), MAX_PAGE_SIZE)
    start = (page - 1) * page_size
    items = [_view(row) for row in rows[start : start + page_size]]
    return views.Page(items=items, count=rows.count(), page=page, page_size=page_size)


def _view(row: StockMovement) -> views.MovementView:
    return views.MovementView(
        id=row.pk,
        at=row.at,
        sku_code=row.sku.code,
        product_name=row.sku.product.name,
        kind=row.kind,
        kind_label=row.get_kind_display(),
        on_hand_delta=row.on_hand_delta,
        reserved_delta=row.reserved_delta,
        on_hand_after=row.on_hand_after,
        reserved_after=row.reserved_after,
        ref=row.ref,
        reason=row.reason,
        actor=row.actor,
    )
