"""ResourceManager: the forms of SQL that a filter follows, over texts, numbers and what a message has not."""

from collections.abc import Callable, Mapping
from typing import Any

from tck.checkers.answers import Checker, all_of, any_of, fails, follows, ops
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.matching import Which
from tck.checkers.matching import by_client_to as to
from tck.checkers.routing import filters, keeps_or_drops, sides
from tck.conformance import Conform, clauses
from tck.messages import Boolean, Double, Float, Integer, Long, Properties, Short, String
from tck.operations import Filter
from tck.programs import Client, Drain, Program, client, producer, puller, send

LARGE = 1 << 53
"""The whole numbers from here on are more than a floating-point number tells apart."""
CROWD: tuple[Properties, ...] = (
    {
        "name": String("kaka"),
        "color": String("red"),
        "size": Integer(-2),
        "price": Float.of(1.25),
        "sold": Long(LARGE + 1),
    },
    {"name": String("it's"), "color": String("green"), "size": Long(3), "price": Double.of(2.5), "sold": Long(LARGE)},
    {"name": String("koka"), "color": String("blue"), "size": Short(7), "price": Double.of(-0.5), "sold": Long(0)},
    {"name": String("anna"), "size": Integer(-1), "sold": Long(1)},
)
Truth = Callable[[Properties], bool]
Queues = Mapping[str, tuple[str, Truth]]
"""By a queue's name the expression that filters it, and of which properties that is true."""


def having(key: str, holds: Callable[[Any], bool] = lambda _: True) -> Truth:
    """Return what is true of those that have a property for whose value this holds."""
    return lambda own: key in own and holds(own[key].value)


def lacking(key: str) -> Truth:
    """Return what is true of those that have no such property."""
    return lambda own: key not in own


def selected(queues: Queues) -> dict[str, Which]:
    """Return for each queue the messages that its expression is true of."""

    def of(holds: Truth) -> Which:
        return lambda one: holds(one.message.properties)

    return {queue: of(holds) for queue, (_, holds) in queues.items()}


def among(queues: Queues) -> dict[str, Which]:
    """Return what was sent to each queue."""
    return {queue: to(queue) for queue in queues}


PLAIN: Queues = {"plain": ("name = 'kaka'", having("name", lambda name: name == "kaka"))}
"""What is beyond doubt, beside whatever else is asked: it tells a form that is read the wrong way round from a filter that drops."""


def sorted_out(queues: Queues) -> Checker:
    """The filters keep, or drop, just what their expressions are true of; the reading is told."""
    return keeps_or_drops(selected({**PLAIN, **queues}), among({**PLAIN, **queues}))


def either(queues: Queues) -> Checker:
    """The filters keep, or drop, just what their expressions are true of."""
    return filters(selected({**PLAIN, **queues}), among({**PLAIN, **queues}))


def crowd(queue: str, properties: tuple[Properties, ...] = CROWD) -> Client:
    """Return a producer that sends a message with each of these properties."""
    return producer(f"to {queue}", *(send(queue, b"%d" % n, properties=one) for n, one in enumerate(properties)))


def filtering(asked: Queues, properties: tuple[Properties, ...] = CROWD) -> Program:
    """Return a program that filters queues, each by an expression of its own, and one plainly, sends the crowd to each, and pulls from them."""
    queues = {**PLAIN, **asked}
    managers = (client(f"filter {queue}", Filter(queue, expression)) for queue, (expression, _) in queues.items())
    program = Program.of(*managers, queues=queues).then(*(crowd(queue, properties) for queue in queues))
    true = [sum(map(holds, properties)) for _, holds in queues.values()]
    fewest = sum(min(count, len(properties) - count) for count in true)
    return program.then(*(puller(queue, queue, Drain(expect=fewest)) for queue in queues))


UNEQUAL: Queues = {
    "text": ("color <> 'red'", having("color", lambda color: color != "red")),
    "number": ("size <> 3", having("size", lambda size: size != 3)),
}
IN: Queues = {
    "in": ("color IN ('red', 'blue')", having("color", lambda color: color in {"red", "blue"})),
    "not-in": ("color NOT IN ('red', 'blue')", having("color", lambda color: color == "green")),
    "in-numbers": ("size IN (3, 7)", having("size", lambda size: size in {3, 7})),
}
BETWEEN: Queues = {
    "not-between": ("size NOT BETWEEN 0 AND 5", having("size", lambda size: not 0 <= size <= 5)),
}
NULL: Queues = {
    "null": ("color IS NULL", lacking("color")),
    "not-null": ("color IS NOT NULL", having("color")),
}


@clauses(
    {
        "api.ResourceManager.filter-not-equal": sorted_out(UNEQUAL),
        "api.ResourceManager.filter-in": sorted_out(IN),
        "api.ResourceManager.filter-not-between": sorted_out(BETWEEN),
        "api.ResourceManager.filter-null": sorted_out(NULL),
    }
)
def test_a_filter_follows_sql(conform: Conform) -> None:
    """A filter takes <>, IN, NOT BETWEEN and IS NULL, each in queues of its own."""
    conform(filtering({**UNEQUAL, **IN, **BETWEEN, **NULL}))


FRACTION: Queues = {
    "fraction": ("price < 1.5", having("price", lambda price: price < 1.5)),
    "fraction-exact": ("price = 2.5", having("price", lambda price: price == 2.5)),
    "fraction-of-whole": ("size > 2.5", having("size", lambda size: size > 2.5)),
}
NEGATIVE: Queues = {
    "negative": ("size = -2", having("size", lambda size: size == -2)),
    "negative-fraction": ("price >= -0.5 AND price < 2", having("price", lambda price: -0.5 <= price < 2)),
}
LARGEST: Queues = {"large": (f"sold = {LARGE + 1}", having("sold", lambda sold: sold == LARGE + 1))}


@clauses(
    {
        "api.ResourceManager.filter-fraction": sorted_out(FRACTION),
        "api.ResourceManager.filter-negative": sorted_out(NEGATIVE),
        "api.ResourceManager.filter-large-number": sorted_out(LARGEST),
    }
)
def test_a_filter_knows_numbers(conform: Conform) -> None:
    """A filter compares fractions, numbers below zero, and whole numbers that a fraction cannot tell apart."""
    conform(filtering({**FRACTION, **NEGATIVE, **LARGEST}))


QUOTED: Queues = {"quoted": ("name = 'it''s'", having("name", lambda name: name == "it's"))}
PRECEDENCE: Queues = {
    "precedence": ("color = 'red' OR color = 'green' AND size > 5", having("color", lambda color: color == "red")),
    "not-binds": ("NOT size > 0 AND size < -1", having("size", lambda size: size < -1)),
}
LOWER: Queues = {
    "lower-case": ("size between 0 and 5 or not color <> 'red'", having("name", {"it's", "kaka"}.__contains__))
}


@clauses(
    {
        "api.ResourceManager.filter-quoting": sorted_out(QUOTED),
        "api.ResourceManager.filter-precedence": sorted_out(PRECEDENCE),
        "api.ResourceManager.filter-keyword-case": sorted_out(LOWER),
    }
)
def test_a_filter_is_read_as_sql(conform: Conform) -> None:
    """A quote in a text is written twice, NOT binds closer than AND and AND than OR, and words may be in lower case."""
    conform(filtering({**QUOTED, **PRECEDENCE, **LOWER}))


RED, NOT_RED = "color = 'red'", "NOT color = 'red'"
IS_RED = having("color", lambda color: color == "red")


UNTOLD: Queues = {
    "is": (RED, IS_RED),
    "is-not": (NOT_RED, having("color", lambda color: color != "red")),
}
FALSE: Queues = {"is": (RED, IS_RED), "is-not": (NOT_RED, lambda own: not IS_RED(own))}


@clauses({"api.ResourceManager.filter-absent": follows({"unknown": either(UNTOLD), "false": either(FALSE)})})
def test_a_comparison_with_what_a_message_lacks_is_not_true(conform: Conform) -> None:
    """A message without the property is not among those that equal something; nor, as it is read, among those that do not."""
    conform(filtering(UNTOLD))


def taken_or_refused(queues: Queues) -> Checker:
    """The expressions are followed, or each of them is refused."""
    refused = (fails(ops(Filter, client=f"filter {queue}")) for queue in queues)
    return follows({"whole": either(queues), "part": all_of(*refused)})


LIKE: Queues = {
    "like-any": ("name LIKE 'k%a'", having("name", {"kaka", "koka"}.__contains__)),
    "like-one": ("name LIKE '_oka'", having("name", lambda name: name == "koka")),
    "not-like": ("name NOT LIKE 'k%'", having("name", {"it's", "anna"}.__contains__)),
}


@clauses({"api.ResourceManager.filter-like": taken_or_refused(LIKE)})
def test_a_filter_knows_patterns(conform: Conform) -> None:
    """A filter takes LIKE with its two wildcards, or refuses it."""
    conform(filtering(LIKE))


PAID: Queues = {"paid": ("paid = TRUE", having("paid", bool))}
BILLS: tuple[Properties, ...] = (
    {"name": String("kaka"), "paid": Boolean(value=True)},
    {"name": String("koka"), "paid": Boolean(value=False)},
    {"name": String("anna")},
)


@clauses({"api.ResourceManager.filter-boolean": taken_or_refused(PAID)})
def test_a_filter_knows_truth(conform: Conform) -> None:
    """A filter compares a boolean property with TRUE, or refuses to."""
    conform(filtering(PAID, BILLS))


CAPITALS: Queues = {"capitals": ("COLOR = 'red'", IS_RED)}
ANCHOR = sides(selected(PLAIN), among(PLAIN))
NAMED = ops(Filter, client="filter capitals")


@clauses(
    {
        "reading.filter-name-case": follows(
            {
                "folded": either(CAPITALS),
                "exact": any_of(
                    all_of(
                        ANCHOR["keeps"], nothing_to("capitals", "nothing has a property of that name", to("capitals"))
                    ),
                    all_of(ANCHOR["drops"], nothing_lost("capitals", which=to("capitals"))),
                ),
                "refused": fails(NAMED),
            }
        )
    }
)
def test_a_filter_names_a_property_in_capitals(conform: Conform) -> None:
    """A name in capitals is that of the property in small letters, or of one that no message has, or is refused."""
    conform(filtering(CAPITALS))


STYLES: tuple[Properties, ...] = tuple({"name": String(name)} for name in ("Rock", "rock", "Rock ", "jazz", "kaka"))


def spelt(*names: str) -> Checker:
    """Just these names are that of the expression."""
    return either({"spelt": (ROCK, having("name", names.__contains__))})


ROCK = "name = 'Rock'"


@clauses(
    {
        "reading.filter-text-case": follows(
            {
                "exact": spelt("Rock"),
                "case": spelt("Rock", "rock"),
                "blanks": spelt("Rock", "Rock "),
                "both": spelt("Rock", "rock", "Rock "),
            }
        )
    }
)
def test_a_filter_compares_case_and_blanks(conform: Conform) -> None:
    """A text that differs in case, or by a blank at its end, is another one, or the same, as it is read."""
    conform(filtering({"spelt": (ROCK, having("name", lambda name: name == "Rock"))}, STYLES))
