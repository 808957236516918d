"""The one table of reactions: which event makes which domain do what.

A publisher never knows who listens, so lower domains react to higher ones and the other way round without importing
each other. Read it top to bottom and you have followed an order from payment to withdrawn commission.
"""
