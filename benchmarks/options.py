"""What a run was asked for."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Options:
    """`scale` multiplies the size of the data; a trial is tiny and leaves docs/performance.md alone."""

    rounds: int = 5
    scale: float = 1.0
    trial: bool = False

    def size(self, usual: int, *, least: int = 1) -> int:
        """The number of rows instead of `usual`."""
        return max(round(usual * self.scale), least)

    @property
    def seconds(self) -> float:
        """How long one round of a load runs."""
        return 0.2 if self.trial else 2.0

    def __str__(self) -> str:
        """The flags that differ from a plain run, for the printed command."""
        return f"--scale {self.scale:g}" if self.scale != 1 else ""
