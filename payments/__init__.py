"""Payments: money in, money back, money out, and the member's wallet. It never knows what it pays for."""
