"""Clients of tracking services behind one Protocol."""
