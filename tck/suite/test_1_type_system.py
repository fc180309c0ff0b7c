"""Chapter 1: the type system, seen in the properties of messages."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tck.checkers import content
from tck.checkers.answers import Checker
from tck.checkers.headers import each_received
from tck.conformance import Conform, clauses
from tck.messages import Binary, Boolean, Double, Float, Integer, Long, Properties, Short, String, Typed
from tck.programs import Drain, Program, ReceiveUntil, producer, puller, send
from tck.strategies import BY_TYPE, SPECIAL_REALS, keys, out_of_range


def kept(*kinds: type[Typed]) -> Checker:
    """Every property of these types arrives with its value."""
    return each_received("the property is received as it was sent", content.same_properties(*kinds))


def round_trip(*properties: Properties) -> Program:
    """Send a message with each of these, and receive them."""
    sends = [send("q", properties=one) for one in properties]
    return Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends))))


@clauses(
    {
        "1-string-unicode": kept(String),
        "1-binary-bytes": kept(Binary),
        "1-short-range": kept(Short),
        "1-integer-range": kept(Integer),
        "1-long-range": kept(Long),
        "1-float-binary32": kept(Float),
        "1-double-binary64": kept(Double),
        "1-type-kept": each_received("a property keeps its type", content.same_types),
    }
)
@settings(max_examples=15)
@given(
    st.fixed_dictionaries({kind.__name__: st.lists(values, min_size=1, max_size=6) for kind, values in BY_TYPE.items()})
)
def test_values_of_every_type_survive(conform: Conform, sent: dict[str, list[Typed]]) -> None:
    """A property of any type, at and within its bounds, arrives with its type and value."""
    conform(round_trip({f"{name}{n}": value for name, group in sent.items() for n, value in enumerate(group)}))


@clauses(
    {
        "1-string-unicode": kept(String),
        "1-binary-bytes": kept(Binary),
        "1-short-range": kept(Short),
        "1-integer-range": kept(Integer),
        "1-long-range": kept(Long),
        "1-float-binary32": kept(Float),
        "1-double-binary64": kept(Double),
    }
)
def test_bounds_survive(conform: Conform) -> None:
    """The bounds of every type arrive as they were sent."""
    edges: list[Typed] = [
        kind(n)
        for kind, bits in ((Short, 15), (Integer, 31), (Long, 63))
        for n in (-(1 << bits), (1 << bits) - 1, 0, -1)
    ]
    edges += [Float.of(n) for n in (3.4028234663852886e38, 1.401298464324817e-45, -0.0, 0.1)]
    edges += [Double.of(n) for n in (1.7976931348623157e308, 5e-324, -0.0, 0.1)]
    edges += [String(""), String("e\u0301 é 𐍈 👩🏽\u200d🚀 中文 אב"), Binary(b""), Binary(bytes(range(256)))]
    conform(round_trip({f"edge{n}": value for n, value in enumerate(edges)}))


@clauses({"1-float-special-values": kept(Float, Double)})
def test_infinities_and_nan_survive(conform: Conform) -> None:
    """Infinities and NaN arrive as they were sent."""
    conform(round_trip({f"special{n}": value for n, value in enumerate(SPECIAL_REALS)}))


@clauses(
    {
        "api.KeyValue.boolean-kept": each_received(
            "a boolean stays one, with its value",
            lambda one: content.same_properties(Boolean)(one) or content.same_types(one),
        )
    }
)
def test_booleans_survive(conform: Conform) -> None:
    """Both truth values arrive as booleans."""
    conform(round_trip({"yes": Boolean(value=True), "no": Boolean(value=False)}))


@clauses({"1-numeric-out-of-range": content.refused("FORMAT")})
@settings(max_examples=12)
@given(st.one_of(*(out_of_range(kind) for kind in (Short, Integer, Long))))
@example(Short(1 << 15))
@example(Integer(-(1 << 31) - 1))
@example(Long(1 << 63))
def test_numbers_out_of_range_are_refused(conform: Conform, beyond: Typed) -> None:
    """A number beyond its type's bounds is refused, neither wrapped nor clipped."""
    program = Program.of(producer("p", send("q", properties={"beyond": beyond})))
    conform(program.then(puller("c", "q", Drain())))


@clauses(
    {
        "1-keyvalue-keys-kept": each_received("every key is received", content.same_properties(keys=True)),
        "2.2.4-properties-kept": each_received("every property is received", content.same_properties()),
    }
)
@settings(max_examples=15)
@given(st.dictionaries(keys, BY_TYPE[String] | BY_TYPE[Integer], min_size=1, max_size=10))
def test_any_key_survives(conform: Conform, sent: Properties) -> None:
    """A key of any printable text arrives as it was sent."""
    conform(round_trip(sent))


@clauses({"1-keyvalue-keys-distinct": each_received("different keys are different entries", content.same_properties())})
def test_keys_that_look_alike_are_distinct(conform: Conform) -> None:
    """Keys that differ in case or composition only are different entries."""
    alike = ["key", "Key", "KEY", "é", "e\u0301", "key ", " key"]
    conform(round_trip({key: Integer(n) for n, key in enumerate(alike)}))
