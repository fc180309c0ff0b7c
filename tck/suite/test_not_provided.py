"""Methods that are not provided: each of a profile that is not claimed works all the same, or says that it does not."""

from tck.checkers.answers import ops
from tck.checkers.optional import provided_or_refused
from tck.conformance import Conform, clauses
from tck.operations import (
    AddInterceptor,
    AddListener,
    BatchReceiveAt,
    BindQueues,
    Cancel,
    CreateNamespace,
    CreatePullConsumer,
    DeleteNamespace,
    ErrorKind,
    GetQueueMetaData,
    IsCancelled,
    Open,
    Prepare,
    ReceiveAt,
    RemoveInterceptor,
    Routing,
    SendAsync,
    Start,
    SwitchNamespace,
)
from tck.programs import Client, Program, ReceiveFrom, ReceiveUntil, client, message, producer, puller, send


def optional() -> dict[str, tuple[Client, ...]]:
    """Return for each profile clients that call its methods."""
    return {
        "Transactions": (producer("prepares", Prepare(message("q"))),),
        "Routing": (client("routes", Routing("q", "r")),),
        "Namespaces": (
            client("opens", Open(on="theirs"), CreateNamespace("n", on="theirs"), SwitchNamespace("n", on="theirs")),
            client("deletes", DeleteNamespace("m")),
        ),
        "Runtime API": (
            producer("p", AddInterceptor(), RemoveInterceptor()),
            puller("c", "q", AddInterceptor(), RemoveInterceptor()),
            producer("f", SendAsync(message("r")), AddListener(on="f.future")),
            producer("g", SendAsync(message("r")), IsCancelled(), Cancel()),
        ),
        "Streaming": (puller("s", "q", GetQueueMetaData("q")),),
    }


ANSWERS = (ErrorKind.TIMEOUT, ErrorKind.FORMAT)
"""The errors of a receive at a position that works: nothing is there, or the receipt names no position."""
METHOD = "api.OMSUnsupportException.method-not-provided"


@clauses(
    {
        f"{METHOD}-prepare": provided_or_refused(ops(Prepare), ErrorKind.TRANSACTION),
        f"{METHOD}-routing": provided_or_refused(ops(Routing)),
        f"{METHOD}-create-namespace": provided_or_refused(ops(CreateNamespace)),
        f"{METHOD}-switch-namespace": provided_or_refused(ops(SwitchNamespace), ErrorKind.DESTINATION),
        f"{METHOD}-delete-namespace": provided_or_refused(ops(DeleteNamespace), ErrorKind.DESTINATION),
        f"{METHOD}-remove-interceptor": provided_or_refused(ops(RemoveInterceptor, client="p")),
        f"{METHOD}-add-interceptor-consumer": provided_or_refused(ops(AddInterceptor, client="c")),
        f"{METHOD}-remove-interceptor-consumer": provided_or_refused(ops(RemoveInterceptor, client="c")),
        f"{METHOD}-add-listener": provided_or_refused(ops(AddListener)),
        f"{METHOD}-cancel": provided_or_refused(ops(Cancel)),
        f"{METHOD}-is-cancelled": provided_or_refused(ops(IsCancelled)),
        "api.Client.get-extension-empty-consumer": provided_or_refused(ops(GetQueueMetaData)),
    }
)
def test_each_method_that_is_not_provided_says_so(conform: Conform) -> None:
    """Each method of a profile that is not claimed works all the same, or fails with UNSUPPORTED."""
    steps = [one for profile, clients in optional().items() if not conform.claims(profile) for one in clients]
    conform(Program.of(*(steps or [client("nobody")]), queues=("q", "r")))


@clauses(
    {
        f"{METHOD}-receive-at": provided_or_refused(ops(ReceiveAt), *ANSWERS),
        f"{METHOD}-batch-receive-at": provided_or_refused(ops(BatchReceiveAt), *ANSWERS),
    }
)
def test_receiving_at_a_position_that_is_not_provided_says_so(conform: Conform) -> None:
    """Receiving at a position, alone or in batches, works, or where Streaming is not claimed fails with UNSUPPORTED."""
    quiet = conform.calibration.quiet
    positions = (ReceiveFrom(b"first", timeout=quiet), ReceiveFrom(b"first", timeout=quiet, batch=True))
    pulls = CreatePullConsumer(name="c"), Start(), BindQueues(("q",)), ReceiveUntil(1)
    tries = () if conform.claims("Streaming") else positions
    conform(Program.of(producer("p", send("q", b"first"))).then(client("c", *pulls, *tries)))
