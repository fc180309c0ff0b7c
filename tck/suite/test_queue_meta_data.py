"""Extension: the meta data of a queue, from producers and consumers alike."""

from tck.checkers.answers import Checker, Select, all_of, fails, follows, ops
from tck.checkers.meta_data import alike, distinct, fails_or_right, hosted, names_the_queue, there
from tck.checkers.readings import where
from tck.conformance import Conform, clauses
from tck.operations import (
    BindQueue,
    CreateConsumer,
    CreateProducer,
    CreateQueue,
    CutOff,
    ErrorKind,
    GetQueueMetaData,
    Open,
    Restore,
    Start,
)
from tck.programs import Client, Program, Quiet, client


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


def each(checker: Checker) -> Checker:
    """What a checker says of producer and consumer, where these have the extension."""
    return where(there(asked()), checker)


def unknown_to(by: str) -> Checker:
    """An endpoint that has the extension tells that a queue does not exist."""
    return where(there(asked(by)), fails(asked(by, client="asks in vain"), ErrorKind.DESTINATION))


@clauses(
    {
        "api.QueueMetaData.queue-name": each(
            follows(
                {
                    "as asked": names_the_queue(asked()),
                    "with its namespace": names_the_queue(asked(), with_namespace=True),
                }
            )
        ),
        "api.QueueMetaData.partition-ids-distinct": each(distinct(asked())),
        "api.QueueMetaData.partition-host": each(hosted(asked())),
        "api.Extension.of-consumer": each(alike(asked("c"), asked("p"))),
        "api.Extension.get-queue-meta-data-unknown": all_of(unknown_to("p"), unknown_to("c")),
    }
)
def test_an_extension_tells_of_a_queue(conform: Conform) -> None:
    """The meta data name the queue and its different partitions, each with a host; of no queue there are none."""
    questions = (GetQueueMetaData("q", on="p"), GetQueueMetaData("r", on="p"), GetQueueMetaData("q", on="c"))
    program = Program.of(endpoints("there"), queues=()).then(client("asks", *questions))
    in_vain = (GetQueueMetaData("nowhere", on=by) for by in ("p", "c"))
    conform(program.then(client("asks in vain", *in_vain)))


@clauses(
    {
        "api.Extension.get-queue-meta-data-failure": each(
            all_of(*(fails_or_right(asked(by, client="cut off"), asked(by)) for by in ("p", "c")))
        )
    }
)
def test_an_extension_tells_nothing_wrong_without_the_server(conform: Conform) -> None:
    """While the server cannot be reached asking for meta data fails, unless they are known."""
    questions = (GetQueueMetaData("q", on="p"), GetQueueMetaData("q", on="c"))
    program = Program.of(endpoints("far", relayed=True), queues=())
    program = program.then(client("cutter", CutOff(on="far"), Quiet())).then(client("cut off", *questions))
    program = program.then(client("restorer", Restore(on="far")))
    conform(program.then(client("asks", *questions)))
