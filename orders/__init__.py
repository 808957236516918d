"""Orders: cart, checkout, the life of an order, refunds."""
