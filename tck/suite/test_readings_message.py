"""What the documents leave open about messages and their headers: which reading an implementation follows."""

import zlib

from tck.checkers.answers import Checker, fails, follows, ops, succeeds
from tck.checkers.readings import where
from tck.checkers.readings_of_messages import arrives, in_each, receipt_of_sent
from tck.conformance import Conform, clauses
from tck.messages import String
from tck.operations import ErrorKind, Send
from tck.programs import Drain, Program, producer, puller, send

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
}
MALFORMED = (ErrorKind.FORMAT,)
REFUSED = (ErrorKind.FORMAT, ErrorKind.UNSUPPORTED)


def refused(name: str, *kinds: ErrorKind) -> Checker:
    """The message is not taken."""
    return fails(ops(Send, client=name), *kinds)


@clauses(
    {
        "1-string-not-printable": follows(
            {
                "refused": refused("text", *MALFORMED),
                "carried": arrives("text", "with its text", lambda got: got.properties.get("text") == UNPRINTABLE),
            }
        ),
        "1-keyvalue-empty-key": follows(
            {
                "allowed": arrives("keyless", "with its key", lambda got: got.properties.get("") == String("x")),
                "refused": refused("keyless", *MALFORMED),
            }
        ),
        "2.3.4-qos-undefined": follows({"refused": refused("qos", *REFUSED), "default": arrives("qos")}),
        "2.3.5-compression-by-sender": where(
            succeeds(ops(Send, client="packed")),
            follows(
                {
                    "system": arrives("packed", "as its sender gave it", lambda got: got.body == PACKED),
                    "sender": arrives("packed", "decompressed", lambda got: got.body == PLAIN),
                }
            ),
        ),
        "2.3.5-compression-unknown": follows(
            {
                "refused": refused("unknown", *REFUSED),
                "plain": arrives("unknown", "with its body", lambda got: got.body == PLAIN),
            }
        ),
        "api.Header.compression-kept": where(
            succeeds(ops(Send, client="plain")),
            follows(
                {
                    "algorithm": arrives("plain", "with zlib", lambda got: got.header.compression == "zlib"),
                    "none": arrives("plain", "without a compression", lambda got: not got.header.compression),
                }
            ),
        ),
    }
)
def test_messages_at_the_edge(conform: Conform) -> None:
    """Odd texts, keys, bodies and values of header fields are refused, or received as a reading has it."""
    program = Program.of(*(producer(name, step) for name, step in SENT.items()))
    conform(program.then(puller("c", "q", Drain(expect=len(SENT)))))


@clauses(
    {
        "reading.priority-out-of-range-received": where(
            succeeds(ops(Send, client="eleven")),
            follows(
                {
                    "default": in_each("eleven", "priority 5, or none", lambda got: got.header.priority in (5, None)),
                    "as-sent": in_each("eleven", "priority 11", lambda got: got.header.priority == 11),
                }
            ),
        ),
        "api.Message.receipt-of-sent": follows(
            {"null": receipt_of_sent(inert=False), "inert": receipt_of_sent(inert=True)}
        ),
    }
)
def test_fields_at_the_edge(conform: Conform) -> None:
    """What a message holds that its sender did not set, or set as another message's."""
    program = Program.of(producer("p", send("q")), producer("eleven", send("q", priority=11)))
    conform(program.then(puller("c", "q", Drain(expect=2))))
