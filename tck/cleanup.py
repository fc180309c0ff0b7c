"""Gives back what a run has left: it stops, deletes and closes everything, whatever became of it before."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from functools import partial

from tck.adapter import AccessPoint, Consumer, OmsError, Producer
from tck.awake import wait
from tck.book import Book
from tck.connection import Connection
from tck.handles import Handles
from tck.history import Entry
from tck.naming import ACCESS_POINT, Names
from tck.operations import AnyOperation, Close, DeleteNamespace, DeleteQueue, Handle, Stop, name
from tck.recorder import Recorder
from tck.workers import Workers

CLEANUP = "cleanup"


class Cleanup:
    """What one run gives back at its end, by its handles and its names; what is `busy` for ever is not stopped."""

    def __init__(
        self, handles: Handles, names: Names, connection: Connection, book: Book, busy: Container[str] = ()
    ) -> None:
        self.handles = handles
        self.names = names
        self.connection = connection
        self.book = book
        self.busy = busy

    def run(self, workers: Workers, overdue: float) -> list[Entry]:
        """Do it, each operation within so many seconds; return what the adapter did wrong."""
        faults: list[Entry] = []
        giving = workers.begin(partial(self._give_back, faults))
        hanging, ended = None, False
        while not ended and (hanging is None or hanging is not self.book.current.get(CLEANUP)):
            hanging = self.book.current.get(CLEANUP)
            ended = wait(giving.wait, overdue)
        if not ended and hanging is not None:
            hanging.problem = f"the adapter hangs: {name(hanging.op)} did not return within {overdue:.0f} s"
            return [*faults, hanging.entry()]
        return list(faults)

    def _give_back(self, faults: list[Entry]) -> None:
        for action, op in self._remains():
            operation = self.book.current[CLEANUP] = Recorder().open(CLEANUP, op)
            try:
                action()
            except OmsError:
                continue  # it was stopped, deleted or closed before
            except BaseException as error:  # noqa: BLE001 - whatever else an adapter raises is its fault, and is recorded
                self.book.fail(operation, error)
                faults.append(operation.entry())

    def _remains(self) -> Iterator[tuple[Callable[[], object], AnyOperation]]:
        by_name = self.handles.by_name
        for handle in self.handles.of(Handle.ENDPOINT):
            if handle not in self.busy:
                yield partial(_stop, by_name[handle]), Stop(on=handle)
        access_point = by_name.get(ACCESS_POINT)
        if access_point is not None:
            for queue in self.names.by_queue.values():
                if queue not in self.names.namespaces:
                    yield partial(_delete, access_point, queue), DeleteQueue(queue)
            for namespace in self.names.namespaces:
                yield partial(self._forget_namespace, namespace), DeleteNamespace(namespace)
        for handle in self.handles.of(Handle.ACCESS_POINT):
            yield partial(_close, by_name[handle]), Close(on=handle)

    def _forget_namespace(self, namespace: str) -> None:
        """Delete a namespace and the program's queues in it, through access points that no program has switched."""
        inside, outside = (
            self.connection.adapter.open(self.connection.uri, self.connection.attributes) for _ in range(2)
        )
        try:
            inside.resource_manager().switch_namespace(namespace)
            for queue in set(self.names.by_queue.values()) & set(inside.resource_manager().list_queues()):
                inside.resource_manager().delete_queue(queue)
            outside.resource_manager().delete_namespace(namespace)
        finally:
            inside.close()
            outside.close()


def _stop(endpoint: Producer | Consumer) -> None:
    endpoint.stop()


def _close(access_point: AccessPoint) -> None:
    access_point.close()


def _delete(access_point: AccessPoint, queue: str) -> None:
    access_point.resource_manager().delete_queue(queue)
