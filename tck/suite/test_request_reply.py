"""Use case RPC: a request and its reply, each a message of its own."""

from tck.checkers.answers import all_of
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.headers import each_received, extension, is_kept
from tck.checkers.matching import Received, Sent, Which
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message
from tck.operations import Send
from tck.programs import Drain, Program, ReceiveUntil, Respond, Step, client, message, producer, puller

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


def _to(queue: str) -> Which:
    """Select what is sent to a queue."""
    return lambda one: (one.message.header.destination or "").endswith(f"-{queue}")


def _correlated(queue: str, number: int) -> Message:
    return message(queue, extension=ExtensionHeader(correlation_id=f"request {number}"))


OTHERS = "a reply to another's request"


@clauses(
    {
        "usecase.rpc-through-server": all_of(
            nothing_lost("server", which=_to("requests")), nothing_lost("caller", which=_to("replies"))
        ),
        "usecase.rpc-several-requests": all_of(
            nothing_lost("caller", which=_to("replies")),
            each_received(
                "each reply has the correlationId of its request",
                is_kept(extension("correlation_id"), "correlationId"),
                only=lambda one: one.sent is not None and _to("replies")(one.sent),
            ),
        ),
        "usecase.rpc-several-askers": all_of(
            nothing_lost("caller", which=_to("replies")),
            nothing_lost("other", which=_to("others")),
            nothing_to("caller", f"the caller is given no {OTHERS}", _to("others")),
            nothing_to("other", f"the other is given no {OTHERS}", _to("replies")),
        ),
        "usecase.rpc-reply-later": nothing_lost("late", which=_to("later")),
    }
)
def test_several_ask_one_provider(conform: Conform) -> None:
    """Three ask before anybody provides, and are answered in another order, one of them when it has gone away."""
    asked = {"replies": (1, 2), "others": (3, 4), "later": (5,)}
    askers = {"replies": "caller", "others": "other", "later": "third"}
    program = Program.of(
        puller("caller", "replies"),
        puller("other", "others"),
        *(producer(f"{name} asks") for name in askers.values()),
        producer("answerer"),
        queues=("requests", *asked),
    ).then(
        *(
            client(name, *(Send(_correlated("requests", number), on=f"{name} asks") for number in asked[queue]))
            for queue, name in askers.items()
        )
    )
    answers = (
        Send(_correlated(queue, number), on="answerer") for queue, numbers in asked.items() for number in numbers[::-1]
    )
    program = program.then(
        puller("server", "requests", ReceiveUntil(5), *answers),
        client("caller", ReceiveUntil(2)),
        client("other", ReceiveUntil(2)),
    )
    conform(program.then(puller("late", "later", ReceiveUntil(1)), client("caller", Drain()), client("other", Drain())))


@clauses(
    {
        "api.ExtensionHeader.correlation-id-of-request": each_received(
            "the message id of the request as correlationId",
            is_kept(extension("correlation_id"), "correlationId"),
            only=lambda one: is_reply(one.sent) and bool(one.sent and extension("correlation_id")(one.sent.message)),
        )
    }
)
def test_a_reply_may_name_its_request(conform: Conform) -> None:
    """A reply whose correlationId is the id of the request, as its receiver has it, is received with that."""
    program = Program.of(
        producer("p", Send(message("requests", b"first")), Send(message("requests", b"second"))),
        producer("answerer"),
        queues=("requests", "replies"),
    )
    answer = (ReceiveUntil(1), Respond(message("replies"), on="answerer"))
    program = program.then(puller("server", "requests", *answer, *answer))
    conform(program.then(puller("caller", "replies", ReceiveUntil(2))))
