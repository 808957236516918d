"""Members: identity, login, addresses. They know nothing of orders or commission."""
