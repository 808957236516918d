"""Adapters to the payment providers: frozen facts in, frozen facts out; no ORM, no web requests."""
