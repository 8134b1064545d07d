"""Pictures in the order in which they come: for data larger than the disk.

A block of `shuffle_buffer` pictures is shuffled and shown while the next one is read, a picture for
a picture. So a few numbers are the whole state: where the block in hand begins, and how many of it
were shown; resuming reads that block again and gives the same pictures in the same order. (The
buffer of `datasets.IterableDataset.shuffle` is not restored: what it held is lost on resuming.)
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from training.shards import Shards


class Share(NamedTuple):
    """Which part of a stream a process reads, and in what order."""

    seed: int = 0
    rank: int = 0
    world_size: int = 1


class Mark(NamedTuple):
    """A place in a stream: the epoch, how many of its own shards were read, the next one's row."""

    epoch: int = 0
    shard: int = 0
    row: int = 0


class Stream:
    """One process's part of a source, without end: every epoch in another order.

    In an epoch the processes together show every picture once. Each begins its next epoch by
    itself, so that none waits for another: one with fewer pictures shows them more often.
    """

    def __init__(self, shards: Shards, domain: str, share: Share):
        self.shards, self.share = shards, share
        self._key = [share.seed, zlib.crc32(domain.encode())]
        self.resume(0, None)

    def __getitem__(self, number: int) -> np.ndarray:
        """Picture `number` of this process; none of an earlier block than the last one's."""
        assert number >= self._first, "a stream does not go back"
        while number >= self._first + len(self._block):
            self._turn()
        self._read(number - self._first + 1)  # the next block, as fast as this one is shown
        return self._block[number - self._first]

    def __len__(self) -> int:
        """ValueError: who asks needs to know all pictures."""
        raise ValueError(
            f"source {self.shards.source.path!r}: the pictures of a stream are not counted; "
            "streaming must be false here."
        )

    def state(self, number: int) -> dict[str, Any]:
        """What `resume` needs to go on with picture `number`, of a block that is still known.

        The reader may be ahead of it, in another thread: it only ever adds blocks.
        """
        while len(self._begun) > 1 and self._begun[1][0] <= number:
            self._begun.popleft()
        first, mark = self._begun[0]
        shown = {"shown": number - first, "fingerprint": self.shards.fingerprint}
        return mark._asdict() | shown

    def resume(self, number: int, state: dict[str, Any] | None) -> None:
        """Go on with picture `number` as in a state; at the beginning for one of other pictures."""
        if state is None or state["fingerprint"] != self.shards.fingerprint:
            state = Mark()._asdict() | {"shown": 0}
        mark = Mark(state["epoch"], state["shard"], state["row"])
        self._first, self._block = number - state["shown"], []
        self._begun = deque([(self._first, mark)])  # the first picture and the place of a block
        self._pictures = self._from(mark)
        self._begin(mark)

    def _begin(self, mark: Mark) -> None:
        self._coming: list[np.ndarray] = []  # the next block, which begins at `_mark`
        self._mark, self._end, self._whole = mark, mark, False

    def _turn(self) -> None:
        """The block that was coming is shown, in an order that its place decides."""
        self._read(self.shards.source.shuffle_buffer)
        order = np.random.default_rng([*self._key, 1, *self._mark]).permutation(len(self._coming))
        self._first += len(self._block)
        self._block = [self._coming[i] for i in order]
        self._begun.append((self._first, self._mark))
        self._begin(self._end)

    def _read(self, count: int) -> None:
        """Read the coming block up to so many pictures; it ends with the epoch at the latest."""
        count = min(count, self.shards.source.shuffle_buffer)
        while len(self._coming) < count and not self._whole:
            picture, self._end = next(self._pictures)
            if picture is not None:
                self._coming.append(picture)
            elif self._coming:
                self._whole = True
            else:  # the block before ended with the epoch
                self._mark = self._end

    def _from(self, mark: Mark) -> Iterator[tuple[np.ndarray | None, Mark]]:
        """Every picture from a place on, and the place after it; None where an epoch ends."""
        empty = 0
        while True:
            found = mark[1:] != (0, 0)  # a part of an epoch tells nothing of the whole
            for picture, after in self._epoch(mark):
                found = True
                yield picture, after
            empty = 0 if found else empty + 1
            if empty == self.share.world_size:  # by now this process has looked everywhere
                self.shards.nothing()
            mark = Mark(mark.epoch + 1)
            yield None, mark

    def _epoch(self, mark: Mark) -> Iterator[tuple[np.ndarray, Mark]]:
        """The rest of an epoch: of shards that take turns among the processes.

        Where there are fewer shards than processes, of rows that take turns.
        """
        rank, every = self.share.rank, self.share.world_size
        order = np.random.default_rng([*self._key, 0, mark.epoch]).permutation(self.shards.count)
        turn, step = (rank - mark.epoch) % every, every
        if self.shards.count >= every:
            order, turn, step = order[order % every == turn], 0, 1
        for number in range(mark.shard, len(order)):
            start = mark.row if number == mark.shard else 0
            for row, picture in self.shards.pictures(int(order[number]), start, step, turn):
                yield picture, Mark(mark.epoch, number, row + 1)
