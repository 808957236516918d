"""Two clocks: business time, which tests may move, and wire time, which signs messages."""

from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock:
    """Business time decides expiry and bill days; wire time stamps and checks signatures.

    They are apart so that "tomorrow at ten" can be reached without every signed request of the
    shop, whose own clock did not move, becoming too old.
    """

    def __init__(self) -> None:
        self._business = timedelta()
        self._wire = timedelta()

    def now(self) -> datetime:
        """Business time in Asia/Shanghai."""
        return (datetime.now(UTC) + self._business).astimezone(SHANGHAI)

    def wire(self) -> int:
        """Unix seconds used in signatures."""
        return int((datetime.now(UTC) + self._wire).timestamp())

    def set(self, *, at: datetime) -> None:
        """Move business time to `at` (aware)."""
        self._business = at - datetime.now(UTC)

    def advance(self, *, seconds: float) -> None:
        """Move business time on by `seconds`."""
        self._business += timedelta(seconds=seconds)

    def skew(self, *, seconds: float) -> None:
        """Let signatures be stamped and judged `seconds` away from the real time."""
        self._wire = timedelta(seconds=seconds)

    def reset(self) -> None:
        """Back to real time."""
        self._business = self._wire = timedelta()

    def describe(self) -> dict[str, object]:
        """Both clocks, for the control API."""
        return {
            "now": self.now().isoformat(timespec="seconds"),
            "wire": self.wire(),
            "advanced_seconds": self._business.total_seconds(),
            "skew_seconds": self._wire.total_seconds(),
        }


def rfc3339(moment: datetime) -> str:
    """`2026-01-31T09:08:07+08:00`, the form WeChat Pay uses."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
