"""Logistics: freight, carriers, parcels and their traces."""
