"""The checkers of qualities of service, on handwritten histories with known verdicts."""

from __future__ import annotations

import pytest

from tck.checkers.qos import comes_again, exactly_once
from tck.selftest.histories import REFUSED, Did, got, history, nothing, quiet, send

once = exactly_once("c", which=lambda _: True)
again = comes_again("c", "d", lambda one: one.message.header.qos == 0)


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ([send(1), got(1), nothing()], "PASS"),
        ([send(1), got(1), got(1, "d"), quiet()], "FAIL"),
        ([send(1), got(1, "d"), nothing()], "FAIL"),
        ([send(1), got(1)], "UNKNOWN"),
        ([send(1, error=REFUSED)], "UNKNOWN"),
    ],
    ids=["once", "twice", "to another", "nobody listened on", "never accepted"],
)
def test_exactly_once(lines: list[Did], verdict: str) -> None:
    assert once(history(*lines)).verdict == verdict, once(history(*lines))


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ([send(1, qos=0), got(1), got(1, "d")], "PASS"),
        ([send(1, qos=0), send(2, qos=1), got(1), got(2), got(1, "d")], "PASS"),
        ([send(1, qos=0), got(1), nothing("d")], "FAIL"),
        ([send(1, qos=0), got(1)], "UNKNOWN"),
        ([send(1, qos=0), got(1, "d")], "UNKNOWN"),
        ([send(1, qos=1), got(1), got(1, "d")], "UNKNOWN"),
    ],
    ids=["again", "of this kind alone", "not again", "nobody listened", "never left", "none of this kind"],
)
def test_what_was_left_comes_again(lines: list[Did], verdict: str) -> None:
    assert again(history(*lines)).verdict == verdict, again(history(*lines))
