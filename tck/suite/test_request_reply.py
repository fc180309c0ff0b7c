"""Use case RPC: a request and its reply, each a message of its own."""

from tck.checkers.answers import all_of
from tck.checkers.delivery import nothing_lost
from tck.checkers.headers import each_received, extension, is_kept
from tck.checkers.matching import Received, Sent
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import Send
from tck.programs import Program, ReceiveUntil, Step, client, message, producer, puller

ROUNDS = 4


def is_reply(one: Sent | None) -> bool:
    """Tell a reply from a request."""
    return one is not None and one.entry.client == "server"


def _came_back(one: Received) -> bool:
    return is_reply(one.sent)


@clauses(
    {
        "usecase.rpc-reply-received": all_of(
            nothing_lost("server", which=lambda one: not is_reply(one)), nothing_lost("caller", which=is_reply)
        ),
        "usecase.rpc-reply-correlated": each_received(
            "the reply has the correlationId of its request",
            is_kept(extension("correlation_id"), "correlationId"),
            only=_came_back,
        ),
    }
)
def test_a_request_is_replied_to(conform: Conform) -> None:
    """Who sends a request and waits is given its reply, with the correlation id of the request, round after round."""
    call: list[Step] = []
    serve: list[Step] = []
    for number in range(ROUNDS):
        correlated = ExtensionHeader(correlation_id=f"request {number}")
        call += [Send(message("requests", b"?", extension=correlated), on="asker"), ReceiveUntil(1)]
        serve += [ReceiveUntil(1), Send(message("replies", b"!", extension=correlated), on="answerer")]
    program = Program.of(
        puller("caller", "replies"),
        puller("server", "requests"),
        producer("asker"),
        producer("answerer"),
        queues=("requests", "replies"),
    )
    conform(program.then(client("caller", *call), client("server", *serve)))
