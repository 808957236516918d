"""The one pricing engine: pure functions from a cart and its offers to a quote. Knows no framework."""
