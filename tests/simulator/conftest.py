"""One simulator per test module, served from this process on a free port."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import context, keys
from simulator.server import Server
from tests.simulator.shop import Shop, receiver


@pytest.fixture(scope="session")
def key_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once: RSA takes its time."""
    directory = tmp_path_factory.mktemp("keys")
    keys.load_or_create(directory=directory)
    return directory


@pytest.fixture
def state_directory(key_directory: Path, tmp_path: Path) -> Path:
    """An empty state directory with the session's keys."""
    for name in (keys.SHOP_FILE, keys.PROVIDER_FILE):
        (tmp_path / name).write_bytes((key_directory / name).read_bytes())
    return tmp_path


@pytest.fixture
def shop(state_directory: Path) -> Iterator[Shop]:
    """A shop wired to a running simulator."""
    with receiver() as (notify_base, attach):
        simulator = context.build(directory=state_directory, mall_url=notify_base)
        server = Server(simulator=simulator, port=0)
        server.start_work()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        shop = Shop(base=simulator.base_url, keys=simulator.keys.shop, notify_base=notify_base)
        attach(shop)
        yield shop
        shop.http.close()
        server.shutdown()
        server.finish_work()
        thread.join()
