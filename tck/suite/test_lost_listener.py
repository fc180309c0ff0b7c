"""What a listener was handed whose consumer is lost."""

from tck.checkers.answers import ops
from tck.checkers.delivery import once
from tck.checkers.readings import if_done
from tck.conformance import Conform, clauses
from tck.operations import BindQueue, CreateConsumer, CutOff, Reply
from tck.programs import AwaitDeliveries, Drain, Program, Quiet, client, producer, puller, send
from tck.suite.test_unreachable import afar, started, with_qos

NO_PUSH = "no listener is bound where pushing is not claimed"


@clauses({"2.3.4-qos-1-consumer-lost": if_done(ops(BindQueue, on="c"), once(which=with_qos(1)), NO_PUSH)})
def test_what_a_lost_listener_had_is_not_given_to_another(conform: Conform) -> None:
    """What a listener was handed at most once does not come again when its consumer is lost."""
    listens = [BindQueue("q", Reply.SKIP, on="c")] if conform.claims("Push") else []
    program = Program.of(afar(*started(CreateConsumer, "c"), *listens), producer("p"))
    program = program.then(client("p", *[send("q", qos=1)] * 3, *[AwaitDeliveries(3, on="c")] * len(listens)))
    program = program.then(client("cutter", CutOff(on="far"), Quiet()))
    conform(program.then(puller("near", "q", Drain(times=4))))
