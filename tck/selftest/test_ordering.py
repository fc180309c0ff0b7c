"""The checker of priorities, on handwritten histories with a known verdict."""

from __future__ import annotations

import pytest

from tck.checkers.ordering import expedited
from tck.history import History
from tck.selftest.histories import REFUSED, Did, batch, bind, got, got_batch, history, nothing, send

by_half, measured = expedited(0.5), expedited()


def pairs(count: int, low: int | None = 1, high: int | None = 10) -> list[Did]:
    """Send so many pairs, the lower first: messages 1 and 2, 3 and 4, and so on."""
    return [send(n, priority=priority) for n, priority in enumerate([low, high] * count, 1)]


def taken(*numbers: int) -> list[Did]:
    """Bind a consumer, and pull these messages in this order."""
    return [bind(), *map(got, numbers)]


OBSERVED = {
    "the higher first": (history(*pairs(1), *taken(2, 1)), "1 of 1"),
    "the lower first is too little to fail": (history(*pairs(1), *taken(1, 2)), "0 of 1"),
    "half of them": (history(*pairs(2), *taken(2, 1, 3, 4)), "1 of 2"),
    "in a batch": (history(*pairs(2), bind(), got_batch(2, 4, 1, 3)), "2 of 2"),
    "unset is normal": (history(*pairs(1, None, 6), *taken(2, 1)), "1 of 1"),
    "out of range is normal": (history(*pairs(1, 99, 6), *taken(2, 1)), "1 of 1"),
    "zero is normal": (history(*pairs(1, 4, 0), *taken(2, 1)), "1 of 1"),
    "no message twice": (
        history(*(send(n, priority=n) for n in (1, 2, 3)), *taken(3, 2, 1)), "1 of 1"
    ),
    "only its first delivery counts": (history(*pairs(1), *taken(2, 1, 2)), "1 of 1"),
    "one that was refused is not waiting": (
        history(send(1, priority=1), send(2, priority=10, error=REFUSED), send(3, priority=10), *taken(3, 1)), "1 of 1"
    ),
    "a bound to each of two queues": (
        history(
            send(1, priority=1), send(2, priority=10, destination="r"), send(3, priority=10),
            *taken(3, 1, 2), queues=("q", "r"),
        ),
        "1 of 1",
    ),
}  # fmt: skip

UNKNOWN = {
    "nothing waited": history(nothing()),
    "too few to tell": history(*pairs(1), *taken(1, 2)),
    "a consumer whose binding is not shown": history(*pairs(8), *map(got, range(1, 17))),
    "all alike": history(*pairs(2, 5, 5), *taken(1, 2, 3, 4)),
    "unset, zero, out of range and normal are alike": history(
        send(1), send(2, priority=0), send(3, priority=11), send(4, priority=5), *taken(1, 2, 3, 4)
    ),
    "the higher was sent first": history(*pairs(1, 10, 1), *taken(1, 2)),
    "one of them was lost": history(*pairs(1), *taken(2)),
    "the consumer was there before": history(bind(), *pairs(1), got(1), got(2)),
    "sent in a batch without priorities": history(batch(1, 2), *taken(1, 2)),
    "never accepted": history(
        send(1, priority=1, unknown=True), send(2, priority=10, unknown=True), *taken(2, 1)
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "words"), OBSERVED.values(), ids=OBSERVED)
def test_a_best_effort_is_observed(seen: History, words: str) -> None:
    finding = measured(seen)
    assert finding.verdict == "OBSERVED", finding
    assert finding.actual.startswith(f"{words}, 95% interval")
    assert finding.operations


def test_no_effort_fails() -> None:
    finding = by_half(history(*pairs(8), *taken(*range(1, 17))))
    assert finding.verdict == "FAIL"
    assert finding.actual.startswith("0 of 8, 95% interval 0.00-0.32")


def test_without_a_bound_nothing_fails() -> None:
    assert expedited()(history(*pairs(8), *taken(*range(1, 17)))).verdict == "OBSERVED"


@pytest.mark.parametrize("seen", UNKNOWN.values(), ids=UNKNOWN)
def test_without_a_sample_nothing_is_known(seen: History) -> None:
    finding = by_half(seen)
    assert finding.verdict == "UNKNOWN", finding
