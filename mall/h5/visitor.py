"""Whose cart it is: the member's, or the browser session's until its owner logs in."""

import secrets
from typing import TypedDict

from django.http import HttpRequest

from mall.kernel import clock
from orders import queries as orders
from orders.services import cart

TOKEN = "cart_token"  # noqa: S105 (the session key's name)


class CartOwner(TypedDict):
    member_id: int | None
    session_token: str | None


def cart_owner(request: HttpRequest, *, create: bool = False) -> CartOwner:
    """The owner arguments of the cart services. A visitor's cart is poured into the member's at the first request
    after login; `create` gives a new visitor a token to put things under."""
    token = request.session.get(TOKEN)
    if request.user.is_authenticated:
        member_id = int(request.user.pk)
        if token:
            cart.merge(session_token=token, member_id=member_id, at=clock.now())
            del request.session[TOKEN]
        return CartOwner(member_id=member_id, session_token=None)
    if not token and create:
        token = request.session[TOKEN] = secrets.token_urlsafe(24)
    return CartOwner(member_id=None, session_token=token)


def cart_count(request: HttpRequest) -> int:
    """Units in the visitor's cart, for the badge; no query for somebody who never put anything in."""
    owner = cart_owner(request)
    return orders.cart_count(**owner) if any(owner.values()) else 0
