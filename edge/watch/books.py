"""A dict that remembers so many and forgets who was not heard of for longest: names come off the
wire, so whatever is kept by name has a bound."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Book(Generic[T]):
    def __init__(
        self, most: int, kept: Mapping[str, T], forget: Callable[[str], None] | None = None
    ) -> None:
        """`forget` is told a name before it goes."""
        self._most, self._forget = most, forget
        self._kept = dict(kept)
        self.touched: set[str] = set()  # whose value may have changed since they were stored

    @property
    def kept(self) -> Mapping[str, T]:
        """In the order in which they would be forgotten."""
        return self._kept

    def get(self, key: str) -> T | None:
        """Without counting as heard of."""
        found = self._kept.get(key)
        if found is not None:
            self.touched.add(key)
        return found

    def touch(self, key: str, value: T) -> T:
        """The value under this key, newest of all: the one that is there, or `value`."""
        kept = self._kept
        self.touched.add(key)
        found = kept.pop(key, None)
        if found is None:
            if len(kept) >= self._most:
                oldest = next(iter(kept))
                if self._forget is not None:
                    self._forget(oldest)
                kept.pop(oldest, None)
                self.touched.add(oldest)
            found = value
        kept[key] = found
        return found

    def pop(self, key: str) -> T | None:
        self.touched.add(key)
        return self._kept.pop(key, None)
