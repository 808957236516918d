"""Marketing: the one pricing engine and the offers it prices with."""
