"""Measurements of the shop beside the limits of the machine it runs on.

`python -m benchmarks` runs all of them, `python -m benchmarks place` one. Figures are medians of alternating rounds
within one run; what is worth comparing are their ratios. Each writes its rows into docs/performance.md.
"""
