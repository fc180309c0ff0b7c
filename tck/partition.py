"""How checks are shared out among the processes of pytest-xdist: evenly, and known to each beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdist.scheduler.loadscope import LoadScopeScheduling


class Partition(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives worker gwN every n-th item from the N-th on, whose bodies it has already begun.

    Where a worker died, what was its own goes to whoever has nothing to do; but to its replacement not before that has
    collected. LoadScopeScheduling gives it something as soon as it is ready, fails, and that is waited for without end.
    """

    def _split_scope(self, nodeid: str) -> str:
        return str(self.collection.index(nodeid) % self.numnodes)

    def _assign_work_unit(self, node: Any) -> None:
        own = node.gateway.id.removeprefix("gw")
        if own in self.workqueue:
            self.workqueue.move_to_end(own, last=False)
        super()._assign_work_unit(node)

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """Note what a worker has collected.

        Raises RuntimeError where a replacement collected something else than those before it: nobody could be given what is left.
        """
        super().add_node_collection(node, collection)
        if node not in self.registered_collections:
            raise RuntimeError(f"the worker {node.gateway.id} collected other checks than those before it")

    def _reschedule(self, node: Any) -> None:
        if node in self.registered_collections:  # another is seen to by `schedule` when it has collected
            super()._reschedule(node)

    def remove_node(self, node: Any) -> str | None:
        """Remove a worker that ended or died; one that died before anything was shared out is not counted any more."""
        if self.collection is None:
            self.registered_collections.pop(node, None)
        return super().remove_node(node)  # type: ignore[no-any-return] # xdist has no types
