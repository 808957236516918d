"""A module past 400 lines is asking to be two."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 400
OURS = ["mall", "catalog", "members", "marketing", "payments", "logistics", "orders", "distribution"]
OURS += ["analytics", "simulator", "ops", "benchmarks", "tests"]


def test_no_module_is_longer_than_the_limit():
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for top in OURS
        for path in (ROOT / top).rglob("*.py")
        if "migrations" not in path.parts
    }
    assert len(sizes) > 50
    assert {name: lines for name, lines in sizes.items() if lines > LIMIT} == {}
