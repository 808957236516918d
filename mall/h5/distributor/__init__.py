"""推广中心 under /d/: every figure leads to the rows behind it, every commission says why it is what it is."""
