"""Analytics: figures over all domains, read through their queries."""
