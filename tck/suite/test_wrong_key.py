"""Security of what only some implementations offer, against who has the wrong key."""

import msgspec

from tck.checkers.answers import Checker, all_of, ops
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.later import provides
from tck.checkers.matching import to
from tck.checkers.readings import where
from tck.checkers.security import denied, keyed, nothing_of
from tck.conformance import Conform, clauses
from tck.operations import (
    Answer,
    BindQueues,
    Commit,
    CreateNamespace,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateTransactionProducer,
    DeleteNamespace,
    Filter,
    GetQueueMetaData,
    ListNamespaces,
    ListQueues,
    Operation,
    Prepare,
    Receive,
    Reply,
    Routing,
    Start,
    SwitchNamespace,
)
from tck.programs import Drain, Program, ReceiveUntil, Step, client, producer, puller, send
from tck.suite.test_security import FOREIGN, WRONG_KEY, has_key, impostor


class Try(msgspec.Struct, frozen=True):
    """What is tried with a wrong key: the profiles and the capability that it needs, and the steps, the last of them or the `tried`."""

    needs: tuple[str, ...]
    tried: type[Operation]
    steps: tuple[Step, ...]

    def claimed(self, conform: Conform) -> bool:
        """Tell whether the implementation claims all that it needs."""
        return all(conform.claims(need) or conform.supports(need) for need in self.needs)


LATER = "api.5d796063"
TRIES = {
    "pulls": Try((LATER,), Receive, (CreatePullConsumer(on="pulls.ap"), Start(), BindQueues(("q",)), Receive(0.0))),
    "listens": Try(
        (LATER, "Push"), BindQueues, (CreatePushConsumer(on="listens.ap"), Start(), BindQueues(("q",), Reply.ACK))
    ),
    "prepares": Try(
        ("Transactions",),
        Prepare,
        (CreateTransactionProducer((Answer.COMMIT,), on="prepares.ap"), Start(), Prepare(FOREIGN), Commit()),
    ),
    "asks": Try(("Streaming",), GetQueueMetaData, (CreateProducer(on="asks.ap"), Start(), GetQueueMetaData("q"))),
    "filters": Try(("Routing",), Filter, (Filter("q", "n = 0", on="filters.ap"),)),
    "routes": Try(("Routing",), Routing, (Routing("q", "target", on="routes.ap"),)),
    "makes": Try(("Namespaces",), CreateNamespace, (CreateNamespace("made", on="makes.ap"),)),
    "ends": Try(("Namespaces",), DeleteNamespace, (DeleteNamespace("kept", on="ends.ap"),)),
    "enters": Try(("Namespaces",), SwitchNamespace, (SwitchNamespace("kept", on="enters.ap"),)),
    "names": Try(("Namespaces",), ListNamespaces, (ListNamespaces(on="names.ap"),)),
    "looks": Try(("Namespaces",), ListQueues, (ListQueues("kept", on="looks.ap"),)),
}
"""By the clients that try it."""


def refused(name: str, one: Try) -> Checker:
    """A client is denied what it tries, where that is offered."""
    return keyed(name, where(provides(ops(one.tried, client=name)), denied(name, one.tried)))


@clauses(
    {
        "api.OMSBuiltinKeys.account-key-authenticates": all_of(
            *(refused(name, one) for name, one in TRIES.items()),
            nothing_of("prepares"),
            nothing_lost("c", which=to("q")),
            nothing_to("d", "nothing is duplicated by who has the wrong key", to("q")),
        )
    }
)
def test_who_has_the_wrong_key_can_do_nothing_else_either(conform: Conform) -> None:
    """With a wrong key the program's own account prepares, filters, routes and lists nothing, nor has it a later consumer."""
    tries = {name: one.steps for name, one in TRIES.items() if one.claimed(conform)} if has_key(conform) else {}
    kept = (CreateNamespace("kept"),) if conform.claims("Namespaces") else ()
    program = Program.of(client("maker", *kept), queues=("q", "target"))
    program = program.then(*(impostor(name, WRONG_KEY, *steps) for name, steps in tries.items()))
    program = program.then(producer("p", send("q"), send("target")))
    conform(program.then(puller("c", "q", ReceiveUntil(1), Drain()), puller("d", "target", ReceiveUntil(1), Drain())))
