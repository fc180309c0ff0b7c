"""How checks are shared out among the processes of pytest-xdist: evenly, and known to each beforehand."""

from __future__ import annotations

from typing import Any

from xdist.scheduler.loadscope import LoadScopeScheduling


class Partition(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives worker gwN every n-th item from the N-th on, whose bodies it has already begun."""

    def _split_scope(self, nodeid: str) -> str:
        return str(self.collection.index(nodeid) % self.numnodes)

    def _assign_work_unit(self, node: Any) -> None:
        own = node.gateway.id.removeprefix("gw")
        if own in self.workqueue:
            self.workqueue.move_to_end(own, last=False)
        super()._assign_work_unit(node)
