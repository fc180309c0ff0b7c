"""The checkers of filters and routings, each on handwritten histories with a known verdict."""

from __future__ import annotations

import pytest

from tck.checkers import routing
from tck.checkers.answers import Checker, ops, succeeds
from tck.checkers.matching import Which
from tck.checkers.readings import if_done
from tck.history import History
from tck.operations import Commit, Filter, Prepare, Rollback
from tck.selftest.histories import REFUSED, Did, ack, did, got, history, message, nothing, oneway, send
from tck.verdicts import Verdict

FILTER = did(Filter("q", "x = 1", on="ap"), "m")


def numbered(*numbers: int) -> Which:
    """Select messages by their numbers."""
    return lambda one: one.message.body in {b"%d" % number for number in numbers}


def prepared(number: int, decision: type[Commit | Rollback], **line: object) -> tuple[Did, Did]:
    """Prepare message `number`, and decide its transaction."""
    name = f"t{number}"
    return did(Prepare(message(number), transaction=name), "p"), Did("p", decision(on=name), **line)  # type: ignore[arg-type] # its own fields


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


PARTS = {"c": numbered(1), "d": numbered(3, 4)}
AMONG = {"c": numbered(1, 2), "d": numbered(3, 4, 5)}
SENT = tuple(send(number) for number in (1, 2, 3, 4, 5))
ALL_OF = (nothing("c"), nothing("d"))
kept_or_dropped = routing.keeps_or_drops(PARTS, AMONG)
filtered = routing.filters(PARTS, AMONG)
first = routing.just("c", numbered(1), numbered(1, 2))
twice = routing.each_comes(2, "c")
by_oneway = routing.oneway_routed("c", "d")
by_commit = routing.committed_routed("d")
asked = if_done(ops(Filter), succeeds(ops(Filter)), "no filter")
KEPT = (*SENT, got(1), got(3, "d"), got(4, "d"), *ALL_OF)
DROPPED = (*SENT, got(2), got(5, "d"), *ALL_OF)

PASS = {
    "all of it kept": case(kept_or_dropped, *KEPT),
    "all of it dropped": case(kept_or_dropped, *DROPPED),
    "kept, whichever": case(filtered, *KEPT),
    "dropped, whichever": case(filtered, *DROPPED),
    "what was sent elsewhere does not count": case(first, send(1), send(2), send(3), got(1), nothing()),
    "each twice": case(
        twice,
        send(1),
        send(2),
        got(1),
        ack("r1"),
        got(2),
        ack("r2"),
        got(1),
        got(2),
        nothing(),
    ),
    "a send that failed need not come": case(
        twice, send(1), send(2, error=REFUSED), got(1), ack("r1"), got(1), nothing()
    ),
    "oneway, in both": case(by_oneway, oneway(1), got(1), got(1, "d"), nothing("d")),
    "oneway, moved": case(by_oneway, oneway(1), got(1, "d"), nothing("c")),
    "oneway, one lost on its way": case(by_oneway, oneway(1), oneway(2), got(1), got(1, "d"), nothing("d")),
    "committed, and routed": case(by_commit, *prepared(1, Commit), got(1, "d"), nothing("d")),
    "rolled back, which need not come": case(
        by_commit, *prepared(1, Commit), *prepared(2, Rollback), got(1, "d"), nothing("d")
    ),
    "there is a filter": case(asked, FILTER),
}

FAIL = {
    "one keeps, the other drops": case(kept_or_dropped, *SENT, got(1), got(5, "d"), *ALL_OF),
    "one keeps, the other drops, whichever": case(filtered, *SENT, got(1), got(5, "d"), *ALL_OF),
    "let through": case(kept_or_dropped, *KEPT[:-2], got(2), *ALL_OF),
    "dropped": case(filtered, *SENT, got(1), got(3, "d"), *ALL_OF),
    "nothing comes": case(filtered, *SENT, *ALL_OF),
    "what another was given does not help": case(first, send(1), send(2), got(1, "d"), nothing("d"), nothing()),
    "once for twice": case(twice, send(1), got(1), nothing()),
    "three times for twice": case(twice, send(1), got(1), ack("r1"), got(1), ack("r1"), got(1), nothing()),
    "oneway, in the source alone": case(by_oneway, oneway(1), oneway(2), got(1), got(2), got(1, "d"), nothing("d")),
    "committed, and not routed": case(by_commit, *prepared(1, Commit), got(1), nothing("d")),
    "a filter that failed": case(asked, did(Filter("q", "x = 1", on="ap"), "m", error=REFUSED)),
}

UNKNOWN = {
    "one never listened": case(kept_or_dropped, *SENT, got(1), nothing("c")),
    "only the other listened": case(first, send(1), send(2), nothing("d")),
    "all on one side": case(filtered, send(1), send(3), got(1), *ALL_OF),
    "nothing sent": case(twice, nothing()),
    "nobody listened for the second": case(twice, send(1)),
    "oneway, all lost": case(by_oneway, oneway(1), nothing("c"), nothing("d")),
    "oneway, and nobody at the target": case(by_oneway, oneway(1), got(1), nothing("c")),
    "nothing committed": case(by_commit, *prepared(1, Rollback), nothing("d")),
    "a commit that never ended": case(by_commit, *prepared(1, Commit, unknown=True), nothing("d")),
    "committed, and nobody at the target": case(by_commit, *prepared(1, Commit), nothing("c")),
}

NOT_APPLICABLE = {"there is no filter": case(asked, send(1))}


@pytest.mark.parametrize(
    ("checker", "lines", "verdict"),
    [
        pytest.param(*given, verdict, id=f"{verdict}: {name}")
        for verdict, cases in (
            (Verdict.PASS, PASS),
            (Verdict.FAIL, FAIL),
            (Verdict.UNKNOWN, UNKNOWN),
            (Verdict.NOT_APPLICABLE, NOT_APPLICABLE),
        )
        for name, given in cases.items()
    ],
)
def test_verdicts_are_as_known(checker: Checker, lines: History, verdict: Verdict) -> None:
    """Each handwritten history gets the verdict that its writer gave it."""
    assert checker(lines).verdict is verdict


def test_the_reading_of_filters_is_told() -> None:
    """What the filters of some queues do together names the reading."""
    assert kept_or_dropped(history(*KEPT)).reading == "keeps"
    assert kept_or_dropped(history(*DROPPED)).reading == "drops"
