"""Illustrations made of primitives: every picture of the demo shop is drawn by this package, none is shipped.

Pure: numbers in, Pillow images out. Objects are drawn in a box of 100 by 100 units, standing on y = 86.
"""
