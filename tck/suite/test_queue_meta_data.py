"""Extension: the meta data of a queue, from producers and consumers alike."""

from tck.checkers.answers import Select, all_of, fails, follows, ops, succeeds
from tck.checkers.meta_data import alike, distinct, fails_or_right, hosted, names_the_queue, there, where_there
from tck.checkers.readings import where
from tck.conformance import Conform, clauses
from tck.operations import (
    BindQueue,
    CreateConsumer,
    CreateProducer,
    CreateQueue,
    CutOff,
    DeleteQueue,
    ErrorKind,
    GetQueueMetaData,
    Open,
    Restore,
    Send,
    Start,
)
from tck.programs import Client, Program, Quiet, client, message


def endpoints(where: str, *, relayed: bool = False) -> Client:
    """Return the client that opens an access point for streaming, and has two queues, a producer and a consumer there."""
    return client(
        "opener",
        Open(on=where, use_case="streaming", relayed=relayed),
        *(CreateQueue(queue, on=where) for queue in ("q", "r")),
        *(CreateProducer("p", on=where), Start(on="p")),
        *(CreateConsumer("c", on=where), Start(on="c"), BindQueue("q", on="c")),
    )


def asked(by: str = "", client: str = "asks") -> Select:
    """Select the questions of a client to an endpoint."""
    return ops(GetQueueMetaData, client=client, on=by)


ASKED = where_there(asked(), asked())
IN_VAIN, GONE, CUT_OFF = (
    where_there(asked(client=client), asked()) for client in ("asks in vain", "asks too late", "cut off")
)


@clauses(
    {
        "api.QueueMetaData.queue-name": where(
            there(asked()),
            follows(
                {"as asked": names_the_queue(ASKED), "with its namespace": names_the_queue(ASKED, with_namespace=True)}
            ),
        ),
        "api.QueueMetaData.partition-ids-distinct": where(there(asked()), distinct(ASKED)),
        "api.QueueMetaData.partition-host": where(there(asked()), hosted(ASKED)),
        "api.Extension.of-consumer": where(there(asked("c")), where(there(asked("p")), alike(asked("c"), asked("p")))),
        "api.Extension.get-queue-meta-data-unknown": all_of(
            where(there(asked()), fails(IN_VAIN, ErrorKind.DESTINATION)),
            where(there(asked()), where(succeeds(ops(DeleteQueue)), fails(GONE, ErrorKind.DESTINATION))),
        ),
    }
)
def test_an_extension_tells_of_a_queue(conform: Conform) -> None:
    """The meta data name the queue and its different partitions, each with a host; of no queue there are none, nor of one any more."""
    questions = (*(GetQueueMetaData(queue, on="p") for queue in ("q", "r")), GetQueueMetaData("q", on="c"))
    program = Program.of(endpoints("there"), queues=()).then(client("asks", *questions))
    in_vain = (GetQueueMetaData("nowhere", on=by) for by in ("p", "c"))
    too_late = (GetQueueMetaData("r", on=by) for by in ("p", "c"))
    program = program.then(client("asks in vain", *in_vain), client("deletes", DeleteQueue("r", on="there")))
    conform(program.then(client("asks too late", *too_late)))


@clauses(
    {
        "api.Extension.get-queue-meta-data-failure": where(
            fails(ops(Send, client="cut off")),
            where(there(asked()), fails_or_right(CUT_OFF, ASKED)),
        )
    }
)
def test_an_extension_tells_nothing_wrong_without_the_server(conform: Conform) -> None:
    """While the server cannot be reached asking for meta data fails, unless they are known."""
    questions = (GetQueueMetaData("q", on="p"), GetQueueMetaData("q", on="c"))
    program = Program.of(endpoints("far", relayed=True), queues=())
    fence = Send(message("q", b"cut off"), on="p")
    program = program.then(client("cutter", CutOff(on="far"), Quiet())).then(client("cut off", fence, *questions))
    program = program.then(client("restorer", Restore(on="far")))
    conform(program.then(client("asks", *questions)))
