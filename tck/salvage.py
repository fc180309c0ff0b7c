"""What is left of a damaged file of blocks: where they are marked, and what is said of those that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

NAMED = 20
"""How many damaged blocks are named."""


class Damage:
    """What is wrong with the blocks of a file, of which the first are named."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._more = 0

    def add(self, text: str) -> None:
        """Note one more."""
        if len(self._first) < NAMED:
            self._first.append(text)
        else:
            self._more += 1

    def said(self) -> str:
        """Return it all in words; nothing where nothing was noted."""
        return "; ".join([*self._first, f"and {self._more} more blocks"] if self._more else self._first)


class Marks:
    """Where blocks are marked in the bytes from `start` on: by marks of `size`, each of which begins with one of some names."""

    def __init__(self, data: npt.NDArray[np.uint8], start: int, names: Sequence[bytes], size: int) -> None:
        self._data, self._start, self._names, self._size = data, start, names, size

    def of(self, mark: bytes) -> list[int]:
        """Return where a mark stands."""
        return self._all.get(mark, [])

    @cached_property
    def _all(self) -> dict[bytes, list[int]]:
        """All of them, looked for once, and only where somebody asks."""
        found: dict[bytes, list[int]] = {}
        bytes_ = self._data.data[self._start :]
        for name in self._names:
            for one in re.finditer(re.escape(name), bytes_):
                mark = bytes(bytes_[one.start() : one.start() + self._size])
                found.setdefault(mark, []).append(self._start + one.start())
        return found
