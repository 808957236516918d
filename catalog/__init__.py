"""Catalogue: categories, brands, products, SKUs, pictures, and the stock that is really there."""
