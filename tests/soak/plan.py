"""What a round is to do: all of it is drawn from its seed."""

import random
from collections.abc import Mapping
from typing import NamedTuple

from tests.soak import faults, mutations, wishes
from tests.soak.faults import Fault
from tests.soak.mutations import Mutation
from tests.soak.wishes import Wish


class Plan(NamedTuple):
    """What a round does. The same seed plans the same."""

    seed: int
    subscribers: int = 100
    mutations: int = 500
    faults: int = 50
    one_of_each: bool = False

    def chance(self, part: str) -> random.Random:
        return random.Random(f"{self.seed}/{part}")

    @property
    def workers(self) -> int:
        """0: one process, without a supervisor."""
        return 2 if self.one_of_each else self.chance("workers").choice([0, 2])

    @property
    def writers(self) -> int:
        return self.chance("writers").choice([2, 3])

    @property
    def is_far(self) -> bool:
        """Whether a network that can go silent lies before the database."""
        return self.one_of_each or self.chance("network").random() < 0.5

    def draw_faults(self, workers: int, others: Mapping[str, int]) -> list[Fault]:
        """Of an api of so many workers; `others` are the weights of a topology's own."""
        kinds = {
            **faults.KINDS,
            **(faults.FAR_KINDS if self.is_far else {}),
            **(faults.WORKER_KINDS if workers else {}),
            **others,
        }
        weights = None if self.one_of_each else kinds
        return faults.draw(self.seed, self.faults, self.mutations, weights)

    def draw_mutations(self) -> list[Mutation]:
        return mutations.draw(self.seed, self.mutations)

    def draw_wishes(self) -> list[Wish]:
        return wishes.draw(self.seed, self.subscribers)
