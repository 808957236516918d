"""Merchant screens that compose several domains: the dashboard and the pages that explain. Simple lists stay in each app's admin."""
