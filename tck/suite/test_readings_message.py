"""What the documents leave open about messages and their headers: which reading an implementation follows."""

import zlib

from tck.checkers.answers import Checker, all_of, fails, follows, ops, succeeds
from tck.checkers.headers import extension
from tck.checkers.readings import where
from tck.checkers.readings_of_messages import (
    arrives,
    given_at_return,
    in_each,
    lacks,
    receipt_of_sent,
    restored,
    traced,
)
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, String
from tck.operations import ErrorKind, Send, Stop
from tck.programs import Drain, Program, ReceiveUntil, producer, puller, send

PLAIN = b"oms-tck " * 8
PACKED = zlib.compress(PLAIN)
UNPRINTABLE = String("a\x00b\x1bc\nd")
PRESET = 987_654_321
SENT = {
    "text": send("q", properties={"text": UNPRINTABLE}),
    "keyless": send("q", properties={"": String("x")}),
    "qos": send("q", qos=3),
    "packed": send("q", PACKED, compression="zlib"),
    "plain": send("q", PLAIN, compression="zlib"),
    "unknown": send("q", PLAIN, compression="no such algorithm"),
    "placed": send("q", extension=ExtensionHeader(partition=0)),
    "offset": send("q", extension=ExtensionHeader(offset=PRESET)),
}
MALFORMED = (ErrorKind.FORMAT,)
REFUSED = (ErrorKind.FORMAT, ErrorKind.UNSUPPORTED)


def refused(name: str, *kinds: ErrorKind) -> Checker:
    """The message is not taken."""
    return fails(ops(Send, client=name), *kinds)


@clauses(
    {
        "reading.string-not-printable": follows(
            {
                "refused": refused("text", *MALFORMED),
                "carried": arrives("text", "with its text", lambda got: got.properties.get("text") == UNPRINTABLE),
            }
        ),
        "reading.keyvalue-empty-key": follows(
            {
                "allowed": arrives("keyless", "with its key", lambda got: got.properties.get("") == String("x")),
                "refused": refused("keyless", *MALFORMED),
            }
        ),
        "reading.qos-undefined": follows({"refused": refused("qos", *REFUSED), "default": arrives("qos")}),
        "reading.compression-by-whom": where(
            succeeds(ops(Send, client="packed")),
            follows(
                {
                    "system": arrives("packed", "as its sender gave it", lambda got: got.body == PACKED),
                    "sender": arrives("packed", "decompressed", lambda got: got.body == PLAIN),
                }
            ),
        ),
        "reading.compression-unknown": follows(
            {
                "refused": refused("unknown", *REFUSED),
                "plain": arrives("unknown", "with its body", lambda got: got.body == PLAIN),
            }
        ),
        "reading.api-compression-at-receiver": where(
            succeeds(ops(Send, client="plain")),
            follows(
                {
                    "algorithm": arrives("plain", "with zlib", lambda got: got.header.compression == "zlib"),
                    "none": arrives("plain", "without a compression", lambda got: not got.header.compression),
                }
            ),
        ),
        "reading.api-partition-not-offered": where(
            lacks("extension_header.partition"),
            follows({"ignored": arrives("placed"), "unsupported": refused("placed", ErrorKind.UNSUPPORTED)}),
        ),
        "reading.api-offset-preset": follows(
            {
                "ignored": arrives("offset", "with another offset", lambda got: extension("offset")(got) != PRESET),
                "error": refused("offset"),
            }
        ),
    }
)
def test_messages_at_the_edge(conform: Conform) -> None:
    """Odd texts, keys, bodies and values of header fields are refused, or received as a reading has it."""
    program = Program.of(*(producer(name, step) for name, step in SENT.items()))
    conform(program.then(puller("c", "q", Drain(expect=len(SENT)))))


@clauses(
    {
        "reading.trace-id-unique": follows(
            {
                "chain": in_each("chain", "its traceId", lambda got: extension("trace_id")(got) == "chain"),
                "message": all_of(succeeds(ops(Send, client="chain", at=0)), fails(ops(Send, client="chain", at=1))),
            }
        ),
        "reading.trace-id-by-whom": follows({"client": traced(by_system=False), "system": traced(by_system=True)}),
        "reading.priority-out-of-range-received": where(
            succeeds(ops(Send, client="eleven")),
            follows(
                {
                    "default": in_each("eleven", "priority 5, or none", lambda got: got.header.priority in (5, None)),
                    "as-sent": in_each("eleven", "priority 11", lambda got: got.header.priority == 11),
                }
            ),
        ),
        "reading.api-store-fields-on-return": follows(
            {"always": given_at_return(stored=True), "when stored": given_at_return(stored=False)}
        ),
        "reading.api-receipt-of-sent-message": follows(
            {"null": receipt_of_sent(inert=False), "inert": receipt_of_sent(inert=True)}
        ),
    }
)
def test_fields_at_the_edge(conform: Conform) -> None:
    """What a message holds that its sender did not set, or set as another message's."""
    chain = ExtensionHeader(trace_id="chain")
    program = Program.of(
        producer("chain", *(send("q", extension=chain) for _ in range(2))),
        producer("p", *(send("q") for _ in range(2))),
        producer("eleven", send("q", priority=11)),
    )
    conform(program.then(puller("c", "q", Drain(expect=5))))


@clauses(
    {"reading.store-timestamp-at-redelivery": follows({"first": restored(again=False), "again": restored(again=True)})}
)
def test_a_message_that_is_stored_again(conform: Conform) -> None:
    """A message that is delivered again was stored when it was first stored, or later."""
    program = Program.of(producer("p", send("q"))).then(puller("c", "q", ReceiveUntil(1, ack=False), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(1))))
