"""Run benchmarks: all of them, or those named. Each works in a fresh database of its own."""

import argparse
import importlib
import subprocess
import sys
import time

from benchmarks import engines
from benchmarks.options import Options
from ops import console

NAMES = ("place", "checkout", "join", "settle", "pages", "search", "oversell")


def run_here(name: str, options: Options) -> None:
    """Run one benchmark in this process; the environment says which settings and database Django gets."""
    importlib.import_module("django").setup()
    module = importlib.import_module(f"benchmarks.{name}")
    print(f"{name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
    start = time.perf_counter()
    module.run(options)
    print(f"  ({time.perf_counter() - start:.0f} s)", flush=True)


def run_each(names: list[str], flags: list[str]) -> int:
    """Start the engines, migrate once, and run every benchmark in a copy of that database."""
    codes = []
    with engines.running() as server:
        for name in names:
            with server.fresh_database() as env:
                command = [sys.executable, "-m", "benchmarks", name, "--inside", *flags]
                codes.append(subprocess.call(command, env=env))
    return max(codes)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds (default 5)")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="times the data; `search --scale 5` is 100,000 products"
    )
    parser.add_argument("--trial", action="store_true", help="tiny and quick; docs/performance.md stays as it is")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    names = given.names or list(NAMES)
    if unknown := set(names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if not given.inside:
        flags = [word for word in sys.argv[1:] if word not in NAMES]
        return run_each(names, flags)
    options = Options(
        rounds=1 if given.trial else given.rounds, scale=0.01 if given.trial else given.scale, trial=given.trial
    )
    run_here(names[0], options)
    return 0


if __name__ == "__main__":
    console.run(main)
