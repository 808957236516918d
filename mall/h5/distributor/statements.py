"""结算单: opening, what came and went, closing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from distribution.queries import payout, purse
from distribution.queries.promoter import Promoter
from mall.h5.distributor.access import Window, distributors_only, show_list
from mall.kernel import money


@distributors_only
def listing(request: HttpRequest, person: Promoter) -> HttpResponse:
    unpaid = request.GET.get("state") == "unpaid"
    window = Window.of(request)
    count, commission_fen = purse.statement_sums(distributor_id=person.id, unpaid=unpaid)
    return show_list(
        request,
        "statements",
        window,
        rows=purse.statements(distributor_id=person.id, unpaid=unpaid, **window.bounds),
        next_url=window.next_url(total=count, fields={"state": "unpaid" if unpaid else ""}),
        count=count,
        commission_fen=commission_fen,
        unpaid=unpaid,
        tabs=[
            {"label": _("全部"), "url": "?", "current": not unpaid},
            {"label": _("待发放"), "url": "?state=unpaid", "current": unpaid},
        ],
    )


@distributors_only
def detail(request: HttpRequest, person: Promoter, statement_id: int) -> HttpResponse:
    statement = payout.statement(statement_id=statement_id, member_id=person.member_id)
    lines = purse.statement_lines(statement_id=statement.id, distributor_id=person.id)
    context = {
        "statement": statement,
        "opening": signed(statement.opening_fen),
        "change": signed(sum(line.delta_fen for line in lines), plus="+"),
        "closing": signed(statement.closing_fen),
        "lines": [
            {
                "kind": line.kind,
                "kind_text": line.kind_text,
                "ref": line.ref,
                "amount": signed(line.delta_fen, plus="+"),
                "url": _behind(line),
            }
            for line in lines
        ],
    }
    return render(request, "h5/distributor/statement.html", context)


def signed(fen: int, *, plus: str = "") -> str:
    """An amount with its sign in front of the currency: −¥12.00."""
    return f"{'−' if fen < 0 else plus}¥{money.yuan(abs(fen))}"


def _behind(line: purse.Line) -> str:
    """The page a line of a statement leads to."""
    if line.commission_id:
        return reverse("d-earning", args=[line.commission_id])
    return reverse("d-withdrawal", args=[line.withdrawal_no]) if line.withdrawal_no else ""


urlpatterns = [
    path("d/statements/", listing, name="d-statements"),
    path("d/statements/<int:statement_id>/", detail, name="d-statement"),
]
