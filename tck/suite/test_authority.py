"""Security of what only some implementations offer: transactions, namespaces, filters, routings and meta data."""

from tck.checkers.answers import Checker, all_of, ops
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.later import provides
from tck.checkers.matching import to
from tck.checkers.namespaces import held, unnamed
from tck.checkers.readings import where
from tck.checkers.security import denied, nothing_of
from tck.conformance import Conform, clauses
from tck.operations import (
    Answer,
    Commit,
    CreateNamespace,
    CreateTransactionProducer,
    DeleteNamespace,
    Filter,
    GetQueueMetaData,
    ListNamespaces,
    ListQueues,
    Open,
    Operation,
    Prepare,
    Routing,
    Start,
    SwitchNamespace,
)
from tck.programs import Drain, Program, ReceiveUntil, client, message, producer, puller, send
from tck.suite.test_security import sender, stranger


def denied_where_offered(name: str, kind: type[Operation], *more: Checker, by: str = "") -> Checker:
    """A stranger is denied an operation that is offered, as it or the client `by` sees, and `more` holds of what comes of it."""
    offered = provides(ops(kind, *((CreateNamespace,) if by else ()), client=by or name))
    return where(offered, all_of(denied(name, kind), *more))


@clauses(
    {
        "api.MessagingAccessPoint.create-transactional-producer-authority": where(
            provides(ops(CreateTransactionProducer, client="prepares")), denied("prepares", Prepare)
        ),
        "api.Producer.prepare-authority": where(
            provides(ops(CreateTransactionProducer, Prepare, client="prepares")),
            all_of(denied("prepares", Prepare), nothing_of("prepares")),
        ),
        "api.ResourceManager.filter-no-authority": denied_where_offered(
            "filters", Filter, nothing_lost("c", which=to("filtered"))
        ),
        "api.ResourceManager.routing-no-authority": denied_where_offered(
            "routes", Routing, nothing_to("d", "nothing is duplicated by who has no authority", to("q"))
        ),
        "api.Extension.get-queue-meta-data-no-authority": denied_where_offered("asks", GetQueueMetaData),
    }
)
def test_who_has_no_authority_prepares_filters_and_routes_nothing(conform: Conform) -> None:
    """Preparing, filtering, routing and asking for meta data without authority is refused, and has no effect."""
    prepares = (CreateTransactionProducer((Answer.COMMIT,), on="prepares.ap"), Start(), Prepare(message("q")), Commit())
    foreign = (
        stranger("prepares", *prepares),
        stranger("filters", Filter("filtered", "n = 0", on="filters.ap")),
        stranger("routes", Routing("q", "target", on="routes.ap")),
        sender("asks", GetQueueMetaData("q")),
    )
    program = Program.of(*foreign, queues=("q", "filtered", "target"))
    program = program.then(producer("p", send("q"), send("filtered"), send("target")))
    pulls = (puller("o", "q", ReceiveUntil(1), Drain()), puller("c", "filtered", ReceiveUntil(1)))
    conform(program.then(*pulls, puller("d", "target", ReceiveUntil(1), Drain())))


LISTED = ops(ListNamespaces, client="owner")


@clauses(
    {
        "api.ResourceManager.create-namespace-no-authority": denied_where_offered(
            "creates", CreateNamespace, unnamed(LISTED, "made"), by="maker"
        ),
        "api.ResourceManager.delete-namespace-no-authority": denied_where_offered(
            "deletes", DeleteNamespace, held(LISTED, "kept"), by="maker"
        ),
        "api.ResourceManager.switch-namespace-no-authority": denied_where_offered(
            "switches", SwitchNamespace, by="maker"
        ),
        "api.ResourceManager.list-queues-no-authority": denied_where_offered("looks", ListQueues, by="maker"),
        "api.ResourceManager.list-namespaces-no-authority": denied_where_offered("lists", ListNamespaces, by="maker"),
    }
)
def test_who_has_no_authority_cannot_manage_namespaces(conform: Conform) -> None:
    """Creating, deleting, switching to and listing namespaces without authority is refused, and changes nothing."""
    program = Program.of(client("maker", CreateNamespace("kept"))).then(
        stranger("creates", CreateNamespace("made", on="creates.ap")),
        stranger("deletes", DeleteNamespace("kept", on="deletes.ap")),
        stranger("switches", SwitchNamespace("kept", on="switches.ap")),
        stranger("lists", ListNamespaces(on="lists.ap")),
        stranger("looks", ListQueues("kept", on="looks.ap")),
    )
    conform(program.then(client("owner", Open(on="later"), ListNamespaces(on="later"))))
