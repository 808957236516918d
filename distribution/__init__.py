"""Distribution: who brought whom, what they earn for it, when it settles and how it is paid out."""
