"""What a quality of service promises of how often a message is handed out."""

from __future__ import annotations

from tck.checkers.answers import Checker, all_of
from tck.checkers.delivery import nothing_lost, once
from tck.checkers.matching import Which, acknowledged, by_message
from tck.history import History
from tck.verdicts import Finding


def exactly_once(*on: str, which: Which) -> Checker:
    """Each message that `which` selects is received by the consumers `on` together, and by no more than one, once."""
    return all_of(nothing_lost(*on, which=which), once(which=which))


def comes_again(first: str, then: str, which: Which) -> Checker:
    """What one consumer was given, of what `which` selects, and did not acknowledge is received by another."""

    def check(history: History) -> Finding:
        left = by_message(history, on=[first])
        acks = [ack.received for ack in acknowledged(history, perhaps=True)]
        over = {one.sent.mark for one in acks if one.sent and one.delivery.consumer == first}
        return nothing_lost(then, which=lambda one: which(one) and one.mark in left and one.mark not in over)(history)

    return check
