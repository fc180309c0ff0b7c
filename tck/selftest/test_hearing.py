"""Who is taken to have listened: what nobody could have heard is neither lost nor over, on handwritten histories."""

from __future__ import annotations

import pytest

from tck.checkers import content, delivery, qos, readings, routing, security
from tck.checkers import transactions as decided
from tck.checkers.answers import Checker, ops
from tck.checkers.hearing import listened_after
from tck.history import History
from tck.messages import SendResult, String
from tck.operations import (
    BindQueues,
    Close,
    Commit,
    CreateConsumer,
    CutOff,
    DeleteQueue,
    Error,
    ErrorKind,
    Hold,
    IsSuspended,
    Prepare,
    Receive,
    Reply,
    Restore,
    Resume,
    Send,
    Start,
    Stop,
    Suspend,
    UnbindQueue,
    UnbindQueues,
    Wait,
)
from tck.selftest.histories import (
    REFUSED,
    TIMEOUT,
    Did,
    ack,
    bind,
    context_ack,
    did,
    got,
    history,
    message,
    nothing,
    pushed,
    quiet,
    send,
)

FORMAT = Error(ErrorKind.FORMAT, 1418, "no such receipt")
AWAY = did(Receive(1.0), error=REFUSED)
"""A receive that failed because the server was away."""
LISTENS = bind(reply=Reply.ACK)
SENT_TO_R = send(2, destination="r")

lost = delivery.nothing_lost()
again = delivery.unacknowledged_comes_again("last")
over = delivery.acknowledged_is_over
once = delivery.once()
never_twice = delivery.not_returned(lambda _: True)
to_q = qos.exactly_once("c", which=lambda one: one.message.header.destination == "q")
none_to_c = delivery.nothing_to("c", "nothing comes", lambda one: one.message.header.destination == "q")
while_suspended = delivery.not_before(ops(Suspend), ops(Resume), "c", "nothing is given")
after_stop = delivery.not_before(ops(Stop), delivery.nothing, "c", "nothing is given")
big = content.refused("FORMAT")
kept_or_refused = content.kept_or_refused("FORMAT")
left_behind = readings.left_behind(again=False)
none_again = readings.none_of_it("c", again_to="d")
of_evil = security.nothing_of("evil")
odd = routing.just("c", lambda one: one.message.body != b"2")


def arrive_whole(seen: History) -> object:
    """Judge that everything arrives with its body."""
    return content.all_arrive_with(seen, content.same_body)


def case(checker: Checker, *lines: Did, verdict: str = "UNKNOWN") -> tuple[Checker, History, str]:
    """Return a checker, the history that it judges, and the verdict."""
    return checker, history(*lines, queues=("q", "r")), verdict


LOST = {
    "its only consumer could not be bound": case(lost, bind(error=REFUSED), send(1), nothing()),
    "its only consumer may not have been bound": case(lost, bind(unknown=True), send(1), nothing()),
    "its only consumer has unbound": case(lost, bind(), did(UnbindQueue("q")), send(1), nothing()),
    "its only consumer may have unbound": case(
        lost, bind(), did(UnbindQueue("q"), error=TIMEOUT), send(1), nothing()
    ),
    "its only consumer failed to unbind": case(
        lost, bind(), did(UnbindQueue("q"), error=FORMAT), send(1), nothing(), verdict="FAIL"
    ),
    "its consumer was bound to another queue": case(lost, did(BindQueues(("r",))), send(1), nothing()),
    "its consumer was bound to both": case(lost, did(BindQueues(("q", "r"))), send(1), nothing(), verdict="FAIL"),
    "its consumer has unbound one of two": case(
        lost, did(BindQueues(("q", "r"))), did(UnbindQueues(("q",))), send(1), nothing()
    ),
    "its consumer moved to another queue": case(
        lost, bind(), did(UnbindQueue("q")), send(1), bind("r"), nothing()
    ),
    "it came back to its queue": case(
        lost, bind(), did(UnbindQueue("q")), send(1), bind(), nothing(), verdict="FAIL"
    ),
    "its queue was deleted": case(lost, bind(), send(1), did(DeleteQueue("q", on="ap")), nothing()),
    "a listener was bound only after the wait": case(lost, send(1), quiet(), LISTENS),
    "a listener was bound during the wait": case(lost, send(1), quiet("x", at=(10, 70)), bind(reply=Reply.ACK, at=(40, 41))),
    "a listener was bound in time, during a long wait": case(
        lost, send(1), quiet("x", at=(10, 170)), bind(reply=Reply.ACK, at=(40, 41)), verdict="FAIL"
    ),
    "a pull that had no time brings nothing": case(lost, bind(), send(1), nothing(at=(10, 60), stalled=0.04)),
    "a pull that had time brings nothing": case(lost, bind(), send(1), nothing(at=(10, 90), stalled=0.05), verdict="FAIL"),
    "the listener was stopped": case(lost, LISTENS, did(Stop()), send(1), quiet("x")),
    "the listener was started again": case(
        lost, LISTENS, did(Stop()), send(1), did(Start()), quiet("x"), verdict="FAIL"
    ),
    "the listener's access point was closed": case(lost, LISTENS, did(Close(on="ap")), send(1), quiet("x")),
    "the listener was suspended": case(lost, LISTENS, did(Suspend()), send(1), quiet("x")),
    "the listener was suspended for longer": case(
        lost, LISTENS, did(Suspend(1.0), at=(6, 7)), send(1), quiet("x", at=(900, 950))
    ),
    "the time of its suspension was over": case(
        lost, LISTENS, did(Suspend(1.0), at=(6, 7)), send(1), quiet("x", at=(1010, 1060)), verdict="FAIL"
    ),
    "it was suspended anew": case(
        lost, LISTENS, did(Suspend(1.0), at=(6, 7)), send(1), did(Suspend(), at=(500, 501)), quiet("x", at=(1010, 1060))
    ),
    "the listener was resumed": case(
        lost, LISTENS, did(Suspend()), send(1), did(Resume()), quiet("x"), verdict="FAIL"
    ),
    "the restarted listener said that it is not suspended": case(
        lost, LISTENS, did(Suspend()), did(Stop()), did(Start()), did(IsSuspended(), result=False), send(1), quiet("x"),
        verdict="FAIL",
    ),
    "the restarted listener may be suspended": case(
        lost, LISTENS, did(Suspend()), did(Stop()), did(Start()), send(1), quiet("x")
    ),
    "the way to the server was cut off": case(lost, LISTENS, did(CutOff(on="ap")), send(1), quiet("x")),
    "the way to the server was held up, and restored": case(
        lost, LISTENS, did(Hold(on="ap")), send(1), did(Restore(on="ap")), quiet("x"), verdict="FAIL"
    ),
    "the consumer was never started": case(lost, did(CreateConsumer("c", on="ap")), bind(), send(1), nothing()),
    "the consumer was never bound": case(lost, did(CreateConsumer("c", on="ap")), did(Start()), send(1), nothing()),
    "only another message came": case(lost, bind(), send(1), send(2), got(1)),
    "only a pull from before brought another": case(
        lost, bind(), send(1, at=(6, 7)), got(1, at=(8, 21)), send(2, at=(10, 20))
    ),
    "a pull waited long before it brought another": case(
        lost, bind(), send(1), send(2), got(1, at=(10, 80)), verdict="FAIL"
    ),
    "what came was an earlier one again": case(
        lost, bind(), send(1), got(1), ack("r1", error=TIMEOUT), did(UnbindQueue("q")), send(2), bind(client="d"),
        got(1, "d", receipt="s"), ack("s", "d", error=TIMEOUT),
    ),
    "a pull that was under way long enough": case(
        lost, bind(), did(Receive(0.1), error=TIMEOUT, at=(6, 106)), send(1, at=(7, 8)), verdict="FAIL"
    ),
    "a pull that was over as it was sent": case(
        lost, bind(), did(Receive(0.1), error=TIMEOUT, at=(6, 106)), send(1, at=(104, 105))
    ),
    "a pull that waits for no time": case(lost, bind(), send(1), did(Receive(0.0), error=TIMEOUT)),
    "a wait for what cannot come ended at once": case(
        lost, LISTENS, send(1), did(Wait("until 1 messages have been delivered"), error=REFUSED, at=(8, 9))
    ),
    "a long wait for it": case(
        lost, LISTENS, send(1), did(Wait("until 1 messages have been delivered"), error=REFUSED, at=(8, 90)),
        verdict="FAIL",
    ),
    "every receive failed": case(arrive_whole, bind(), send(1), AWAY),
    "nobody pulled what should arrive whole": case(arrive_whole, bind(), send(1)),
    "nobody pulled what may be refused": case(kept_or_refused, bind(), send(1)),
    "nobody pulled what the filter lets through": case(
        odd, bind(), bind(client="d"), send(1), send(2), nothing("d")
    ),
}  # fmt: skip

AGAIN = {
    "nobody listened for what was left": case(again, bind(), send(1), got(1)),
    "the last consumer could not be bound": case(
        again, bind(), send(1), got(1), did(Stop()), bind(client="last", error=REFUSED), nothing("last")
    ),
    "every receive of the last consumer failed": case(
        again, bind(), send(1), got(1), did(Stop()), bind(client="last"), did(Receive(1.0), "last", error=REFUSED)
    ),
    "the last consumer listened while another still held it": case(
        again, bind(), bind(client="last"), send(1), got(1), nothing("last"), did(Stop())
    ),
    "only who holds it listened": case(again, bind(), send(1), got(1), nothing()),
    "the last consumer listened in vain": case(
        again, bind(), send(1), got(1), did(Stop()), bind(client="last"), nothing("last"), verdict="FAIL"
    ),
}

NOT_AGAIN = {
    "the successor could not be bound (at most once)": case(
        never_twice, bind(), send(1), got(1), did(Stop()), bind(client="d", error=REFUSED), nothing("d")
    ),
    "the successor listens to another queue (at most once)": case(
        never_twice, bind(), bind("r", client="d"), send(1), got(1), did(Stop()), nothing("d")
    ),
    "the successor could not be bound (acknowledged)": case(
        over, bind(), send(1), got(1), ack("r1"), did(Stop()), bind(client="d", error=REFUSED), nothing("d")
    ),
    "the listener was closed after the acknowledgement": case(
        over, LISTENS, send(1), pushed(1), context_ack(4), did(Close()), quiet("x")
    ),
    "a pull from before brought another": case(
        over, bind(), bind(client="d"), send(1), send(2), got(1, at=(16, 17)), got(2, "d", at=(18, 25)),
        ack("r1", at=(23, 24)),
    ),
    "it came to a pull that waited, long after the ack": case(
        over, bind(), bind(client="d"), send(1), got(1, at=(16, 17)), ack("r1", at=(18, 19)),
        got(1, "d", receipt="s", at=(18, 4019)),
    ),
    "nobody looked for it in its queue (once)": case(
        once, bind(), bind("r", client="d"), send(1), got(1), nothing("d")
    ),
    "nobody looked for it in its queue (exactly once)": case(
        to_q, bind(), bind("r", client="d"), send(1), got(1), nothing("d")
    ),
    "somebody did": case(to_q, bind(), send(1), got(1), nothing(), verdict="PASS"),
    "each in its own queue": case(
        once, bind(), bind("r", client="d"), send(1), SENT_TO_R, got(1), got(2, "d", destination="r"), nothing(),
        nothing("d"), verdict="PASS",
    ),
    "an ack came while another was being given it": case(
        delivery.once(if_acknowledged=True), bind(), bind(client="d"), send(1), got(1, at=(16, 17)),
        got(1, "d", receipt="s", at=(18, 25)), ack("r1", at=(22, 24)), nothing(at=(30, 31)), verdict="PASS",
    ),
    "d was given something, and did not listen on": case(
        none_again, bind(), bind(client="d"), send(1), send(2), got(2, "d"), got(1)
    ),
    "d did not look for what c left": case(left_behind, bind(), send(1), send(2), got(1), got(2), ack("r1")),
    "an ack that may have been one": case(
        left_behind, bind(), send(1), send(2), got(1), got(2), ack("r1", unknown=True), got(1, "d"), got(2, "d"),
        nothing("d"),
    ),
}  # fmt: skip

SILENCE = {
    "c is bound elsewhere, and never pulled": case(none_to_c, bind("r"), bind(client="d"), send(1), got(1, "d")),
    "c pulled only before": case(none_to_c, bind("r"), bind(client="d"), nothing(), send(1), nothing("d")),
    "every receive of c failed": case(none_to_c, bind("r"), bind(client="d"), send(1), AWAY, nothing("d")),
    "c was told that it is not bound": case(
        none_to_c, bind("r"), bind(client="d"), send(1), did(Receive(1.0), error=FORMAT), verdict="PASS"
    ),
    "c was told that it does not run": case(
        none_to_c, bind("r"), did(Stop()), send(1), AWAY, verdict="PASS"
    ),
    "c did something else": case(none_to_c, bind("r"), send(1), did(IsSuspended(), result=False), nothing("d")),
    "the listener of c is never called": case(none_to_c, bind("r", Reply.ACK), send(1), quiet("x")),
    "the listener of c is called for others": case(
        none_to_c, bind("r", Reply.ACK), SENT_TO_R, pushed(2, destination="r"), send(1), quiet("x"), verdict="PASS"
    ),
    "the suspension lasted a millisecond": case(while_suspended, LISTENS, did(Suspend()), send(1), did(Resume())),
    "the suspension lasted, and it came then": case(
        while_suspended, LISTENS, did(Suspend()), send(1), did(Resume()), pushed(1), verdict="PASS"
    ),
    "the suspended listener is never called": case(
        while_suspended, LISTENS, did(Suspend()), send(1), quiet(), did(Resume()), quiet()
    ),
    "nobody waited after the stop": case(after_stop, LISTENS, did(Stop()), send(1)),
    "the stopped listener had been called": case(
        after_stop, LISTENS, send(1), pushed(1), did(Stop()), send(3), quiet(), verdict="PASS"
    ),
    "the stopped listener was never called": case(after_stop, LISTENS, did(Stop()), send(1), quiet()),
    "what was refused nobody could have got": case(
        big, bind("r"), send(1, properties={"k": String("v")}, error=Error(ErrorKind.FORMAT, 1400, "no")), nothing()
    ),
    "nobody listened after who has no authority": case(
        of_evil, bind(), send(1), got(1), did(Send(message(9)), "evil", SendResult("z"))
    ),
    "somebody did": case(
        of_evil, bind(), send(1), got(1), did(Send(message(9)), "evil", SendResult("z")), nothing(), verdict="PASS"
    ),
    "a closed consumer listened before the commit": case(
        decided.hidden_until_commit, LISTENS, did(Close()), did(Prepare(message(1), transaction="t"), "p"), quiet("x"),
        did(Commit(on="t"), "p"), got(1, "d"),
    ),
}  # fmt: skip

CASES = {
    f"{chapter}: {name}": judged
    for chapter, group in (("lost", LOST), ("again", AGAIN), ("not again", NOT_AGAIN), ("silence", SILENCE))
    for name, judged in group.items()
}


@pytest.mark.parametrize(("checker", "seen", "verdict"), CASES.values(), ids=CASES)
def test_silence_is_judged_by_who_listened(checker: Checker, seen: History, verdict: str) -> None:
    finding = checker(seen)
    assert finding.verdict == verdict, finding


@pytest.mark.parametrize(
    ("lines", "heard"),
    [((nothing(at=(20, 21)),), True), ((nothing(at=(20, 31)),), False), ((nothing(at=(9, 21)),), False)],
    ids=["between", "too late", "begun before"],
)
def test_between_two_moments(lines: tuple[Did, ...], *, heard: bool) -> None:
    seen = history(bind(at=(1, 2)), *lines)
    assert listened_after(seen, 10_000_000, queues=["q"], before=30_000_000) is heard


def test_nobody_listens_to_what_nobody_is_bound_to() -> None:
    assert not listened_after(history(bind(), nothing()), 0, queues=["r"])
