"""`python -m simulator --port 8100 --state DIR --mall-url http://127.0.0.1:8000 [--keys-only]`."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from simulator import context, keys
from simulator.server import Server


def main() -> int:
    """Write the keys, and unless told to stop there, serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="directory of keys.json and the journal")
    parser.add_argument("--mall-url", default="http://127.0.0.1:8000")
    parser.add_argument("--speed", type=float, default=0.001, help="factor on the retry tables")
    parser.add_argument("--keys-only", action="store_true", help="write keys.json and exit")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s simulator %(levelname)s %(message)s")
    if options.keys_only:
        keys.load_or_create(directory=options.state)
        return 0
    simulator = context.build(directory=options.state, mall_url=options.mall_url.rstrip("/"), speed=options.speed)
    server = Server(simulator=simulator, port=options.port)
    server.start_work()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    logging.getLogger("simulator").info("serving on %s", simulator.base_url)
    stop.wait()
    server.shutdown()
    server.finish_work()
    return 0


if __name__ == "__main__":
    sys.exit(main())
