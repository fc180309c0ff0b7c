"""What is known of handwritten histories of interceptors, and of futures that listeners are given."""

from __future__ import annotations

import pytest

from tck.checkers import cancelling, intercepting
from tck.checkers.answers import Checker
from tck.history import History
from tck.messages import ExtensionHeader, Message, SendResult, String
from tck.operations import Error, ErrorKind, Intercept, Notify, Point, Reply
from tck.selftest.histories import REFUSED, Did, did, get, got, got_batch, history, message, pushed, received, send

PRE, POST, BEFORE, AFTER = Point.PRE_SEND, Point.POST_SEND, Point.PRE_RECEIVE, Point.POST_RECEIVE
Case = tuple[Checker, History]


def case(checker: Checker, *lines: Did) -> Case:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


def call(point: Point, given: Message | int, by: str = "i", on: str = "p", **attributes: str | None) -> Did:
    """Call an interceptor with a message, or the one of this number."""
    one = message(given) if isinstance(given, int) else given
    return did(Intercept(by, point, one, attributes, on=on), f"{on}.interceptor")  # type: ignore[arg-type] # texts


def null(point: Point) -> Did:
    """Call an interceptor with null as its attributes."""
    return did(Intercept("i", point, message(1), None, on="p"), "p.interceptor")


def notify(number: int | None = None, *, error: Error | None = None, done: bool = True) -> Did:
    """Call a listener of future f with one that has a result, or an error."""
    result = SendResult(f"id-{number}") if number else None
    return did(Notify("l", done, result, error, on="f"), "f.listener")


viewed, sent_so = intercepting.given_as_sent(PRE), intercepting.given_with_id(POST)
heard = intercepting.given_as_received(BEFORE)
bodies = intercepting.rewritten("the other body", message(1, body=b"other"), intercepting.other_body, sender="p")
properties = intercepting.rewritten(
    "the other properties", Message(properties={"x": String("y")}), intercepting.other_properties, sender="p"
)
headers = intercepting.rewritten(
    "the other header",
    message(1, extension=ExtensionHeader(correlation_id="x")),
    intercepting.other_correlation,
    sender="p",
)
own = intercepting.own_attributes(PRE)
shared = intercepting.attributes_are(shared=True, which=lambda _: True)
apart = intercepting.attributes_are(shared=False, which=lambda _: True)
ordered = intercepting.called_in_order("i", "j", points=(PRE, POST), which=lambda _: True)
each, once, never, last = (
    intercepting.called_for_given("c", BEFORE, times, "as often as it should be")
    for times in (
        intercepting.for_each_message,
        intercepting.for_each_call,
        intercepting.never,
        intercepting.all_but_one,
    )
)
FIRST = "tck-00000000/p.1"
TOPIC = {"extension": ExtensionHeader(correlation_id="x")}

PASS = {
    "viewed as it is sent": case(viewed, call(PRE, 1), send(1)),
    "viewed with more than the sender set": case(viewed, call(PRE, message(1, message_id="x", qos=0)), send(1)),
    "viewed with a property more": case(viewed, call(PRE, message(1, properties={"x": String("y")})), send(1)),
    "shown with its id": case(sent_so, send(1), call(POST, message(1, message_id="id-1"))),
    "heard as it is received": case(heard, call(BEFORE, received(1, receipt=None), on="c"), pushed(1)),
    "another body": case(bodies, send(1), got(1, body=b"other")),
    "other properties": case(properties, send(1), got(1, properties={"x": String("y")})),
    "properties that somebody else added": case(
        properties, send(1), got(1, properties={"x": String("y"), "trace": String("")})
    ),
    "another header": case(headers, send(1), got(1, **TOPIC)),
    "attributes": case(intercepting.has_attributes, call(PRE, 1)),
    "attributes of its own": case(own, call(PRE, 1), call(PRE, 2)),
    "attributes that are shared": case(shared, call(PRE, 1), call(PRE, 1, "j", i=FIRST), send(1)),
    "attributes that are not": case(apart, call(PRE, 1), call(PRE, 1, "j"), send(1)),
    "in their order": case(ordered, call(PRE, 1), call(PRE, 1, "j"), send(1), call(POST, 1), call(POST, 1, "j")),
    "for each of a batch": case(each, call(BEFORE, 1, on="c"), call(BEFORE, 2, on="c"), pushed(1, 2, many=True)),
    "for each that is pulled": case(each, *[call(BEFORE, n, on="c") for n in (1, 2, 3)], got(1), got_batch(2, 3)),
    "once for a batch": case(once, call(BEFORE, 1, on="c"), pushed(1, 2, many=True)),
    "never": case(never, pushed(1, 2, many=True)),
    "for all calls but one": case(last, *[pushed(1, reply=Reply.RAISE)] * 3, *[call(BEFORE, 1, on="c")] * 2),
    "told of its own result": case(cancelling.told_of_its_own, notify(1), get(1)),
    "told of its own failure": case(cancelling.told_of_its_own, notify(error=REFUSED), get(None, error=REFUSED)),
    "told of a failure that get does not tell": case(cancelling.told_of_its_own, notify(error=REFUSED), get(None)),
}

FAIL = {
    "viewed with another body": case(viewed, call(PRE, message(1, body=b"x")), send(1)),
    "viewed without a property": case(viewed, call(PRE, 1), send(1, properties={"x": String("y")})),
    "viewed with another value": case(
        viewed, call(PRE, message(1, properties={"x": String("")})), send(1, properties={"x": String("y")})
    ),
    "viewed to another queue": case(viewed, call(PRE, message(1, destination="r")), send(1)),
    "viewed without its header": case(viewed, call(PRE, 1), send(1, **TOPIC)),
    "shown without an id": case(sent_so, send(1), call(POST, 1)),
    "shown with another's id": case(sent_so, send(1), call(POST, message(1, message_id="id-2"))),
    "heard with another header": case(heard, call(BEFORE, received(1, message_id="x"), on="c"), pushed(1)),
    "heard with another body": case(heard, call(BEFORE, received(1, body=b"x"), on="c"), pushed(1)),
    "the body that was sent": case(bodies, send(1), got(1)),
    "the properties that were sent": case(properties, send(1, properties={"z": String("")}), got(1)),
    "a property that should be gone": case(
        properties, send(1, properties={"z": String("")}), got(1, properties={"x": String("y"), "z": String("")})
    ),
    "the header that was sent": case(headers, send(1), got(1)),
    "null": case(intercepting.has_attributes, call(PRE, 1), null(POST)),
    "attributes of another message": case(own, call(PRE, 1), call(PRE, 2, i=FIRST)),
    "attributes that should be shared": case(shared, call(PRE, 1), call(PRE, 1, "j"), send(1)),
    "attributes that should not": case(apart, call(PRE, 1), call(PRE, 1, "j", i=FIRST), send(1)),
    "the other way round": case(ordered, call(PRE, 1, "j"), call(PRE, 1), send(1)),
    "one of two": case(ordered, call(PRE, 1), send(1)),
    "not for each": case(each, call(BEFORE, 1, on="c"), pushed(1, 2, many=True)),
    "twice for a batch": case(once, *[call(BEFORE, 1, on="c")] * 2, pushed(1, 2, many=True)),
    "once is not never": case(never, call(BEFORE, 1, on="c"), pushed(1)),
    "for no call": case(last, pushed(1, reply=Reply.RAISE)),
    "told of another result": case(cancelling.told_of_its_own, notify(2), get(1)),
    "told of a failure": case(cancelling.told_of_its_own, notify(error=REFUSED), get(1)),
    "told of a result": case(cancelling.told_of_its_own, notify(1), get(None, error=REFUSED)),
    "told of a result where there is none": case(cancelling.told_of_its_own, notify(1), get(None)),
    "told of another failure": case(
        cancelling.told_of_its_own, notify(error=Error(ErrorKind.FORMAT)), get(None, error=REFUSED)
    ),
}

UNKNOWN = {
    "not viewed": case(viewed, send(1)),
    "not shown": case(sent_so, send(1, gives=None), call(POST, 1)),
    "not heard": case(heard, call(BEFORE, 1, on="c")),
    "nothing came": case(bodies, send(1)),
    "no call": case(intercepting.has_attributes, send(1)),
    "one message": case(own, call(PRE, 1), call(PRE, 1)),
    "one interceptor": case(shared, call(PRE, 1), send(1)),
    "no interceptor": case(ordered, send(1)),
    "nothing was given": case(each, call(BEFORE, 1, on="c")),
    "no listener": case(cancelling.told_of_its_own, get(1)),
    "no end": case(cancelling.told_of_its_own, notify(1)),
    "not done": case(cancelling.told_of_its_own, notify(done=False), get(1)),
}


@pytest.mark.parametrize(
    ("checker", "lines", "verdict"),
    [
        pytest.param(*given, verdict, id=f"{verdict}: {name}")
        for verdict, cases in (("PASS", PASS), ("FAIL", FAIL), ("UNKNOWN", UNKNOWN))
        for name, given in cases.items()
    ],
)
def test_verdicts_are_as_known(checker: Checker, lines: History, verdict: str) -> None:
    """Each handwritten history gets the verdict that its writer gave it."""
    assert checker(lines).verdict == verdict
