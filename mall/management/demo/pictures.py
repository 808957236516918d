"""Pictures drawn and encoded by several processes, so that two cores are used for what takes longest."""

import concurrent.futures
import io
import multiprocessing
import os
from collections.abc import Iterable, Iterator

from PIL import Image

from catalog import pictures
from catalog.pictures import Prepared
from mall.management.drawing import scenes
from mall.management.drawing.scenes import Subject

Views = dict[str, Prepared]


class Studio:
    """Draws in worker processes; `workers=0` draws right here."""

    def __init__(self, *, workers: int) -> None:
        self._pool: concurrent.futures.Executor | None = None
        if workers:
            # Not forked: this process has database threads, which a fork would copy half.
            context = multiprocessing.get_context("spawn")
            self._pool = concurrent.futures.ProcessPoolExecutor(workers, mp_context=context)

    def __enter__(self) -> "Studio":
        return self

    def __exit__(self, *_reason: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def surroundings(self, subjects: Iterable[Subject]) -> Iterator[Views]:
        """The other views of each subject, in order; drawing starts now, whenever they are asked for."""
        return self._pool.map(surroundings, subjects) if self._pool else map(surroundings, subjects)

    def heroes(self, subjects: Iterable[Subject]) -> Iterator[Prepared]:
        """The first view of each subject, in order."""
        return self._pool.map(hero, subjects) if self._pool else map(hero, subjects)


def workers() -> int:
    """As many drawing processes as there are processors."""
    return min(4, os.cpu_count() or 1)


def surroundings(subject: Subject) -> Views:
    """The views of a product besides the first, ready for the gallery."""
    return {view: _prepared(picture) for view, picture in scenes.surroundings(subject).items()}


def hero(subject: Subject) -> Prepared:
    """The first view alone."""
    return _prepared(scenes.hero(subject))


def banner(hue: float, subjects: tuple[Subject, ...], *, seed: int) -> Prepared:
    """A wide picture for the home page."""
    return _prepared(scenes.banner(hue, subjects, seed=seed))


def sign(subject: Subject) -> Prepared:
    """A category's sign."""
    return _prepared(scenes.sign(subject))


def portrait(seed: int) -> Prepared:
    """A member's portrait."""
    return _prepared(scenes.portrait(seed))


def _prepared(picture: Image.Image) -> Prepared:
    """Through the same door as an upload."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=0)
    file.seek(0)
    return pictures.prepare(file)
