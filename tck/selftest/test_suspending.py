"""The checkers of suspensions, each on handwritten histories with a known verdict."""

from __future__ import annotations

from tck.checkers import pushing
from tck.checkers.answers import Checker
from tck.history import History
from tck.operations import Error, ErrorKind, IsSuspended, Reply, Resume, Suspend, Wait
from tck.selftest.histories import REFUSED, Did, bind, did, got, history, nothing, pushed, quiet, send
from tck.selftest.judging import verdicts

ALL = (
    pushing.held_for_its_timeout,
    pushing.pushed_in_time,
    pushing.suspended_until_timeout,
    pushing.says_whether_it_pushes,
    pushing.suspension_of_a_puller,
)
FORMAT = Error(ErrorKind.FORMAT, 1418, "it is suspended")
LISTENS = bind(reply=Reply.ACK, at=(0, 1))
TIMED = did(Suspend(0.1), at=(2, 3))
SUSPENDED = did(Suspend(), at=(2, 3))


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


AGAIN = did(Suspend(0.1), at=(200, 201)), send(2, at=(202, 203))


def yes(begin: int, end: int) -> Did:
    """Ask, and be told that it is suspended."""
    return did(IsSuspended(), result=True, at=(begin, end))


def no(begin: int, end: int) -> Did:
    """Ask, and be told that it is not."""
    return did(IsSuspended(), result=False, at=(begin, end))


SENT = send(1, at=(4, 5))
IN_VAIN = did(Wait("until 1 messages have been delivered"), error=REFUSED, at=(6, 5100))

PASS = {
    "held twice": case(
        pushing.held_for_its_timeout, LISTENS, TIMED, SENT, pushed(1, at=(103, 104)), *AGAIN, pushed(2, at=(301, 302))
    ),
    "pushed once the time is over": case(pushing.pushed_in_time, LISTENS, TIMED, SENT, pushed(1, at=(110, 111))),
    "late within patience": case(pushing.pushed_in_time, LISTENS, TIMED, SENT, pushed(1, at=(5000, 5001))),
    "late, as the kit's own process did not run": case(
        pushing.pushed_in_time, LISTENS, TIMED, SENT, did(IN_VAIN.op, at=(6, 9000)), pushed(1, at=(8999, 9001))
    ),
    "suspended for its time": case(pushing.suspended_until_timeout, TIMED, yes(4, 5), yes(80, 81), no(103, 104)),
    "an answer that came too late says nothing": case(pushing.suspended_until_timeout, TIMED, yes(4, 5), no(80, 101)),
    "not after resume": case(pushing.suspended_until_timeout, TIMED, yes(4, 5), did(Resume(), at=(6, 7)), no(8, 9)),
    "suspended, and says so": case(pushing.says_whether_it_pushes, LISTENS, yes(2, 3), SENT, quiet()),
    "not suspended, and says so": case(pushing.says_whether_it_pushes, LISTENS, no(2, 3), SENT, pushed(1, at=(6, 7))),
    "what pulls cannot be suspended": case(
        pushing.suspension_of_a_puller, did(Suspend(), error=REFUSED), got(1), did(Resume(), error=REFUSED)
    ),
    "what pulls goes on": case(pushing.suspension_of_a_puller, SUSPENDED, SENT, got(1, at=(6, 7))),
    "what pulls is held": case(
        pushing.suspension_of_a_puller, SUSPENDED, SENT, nothing(at=(6, 56)), did(Resume()), got(1, at=(60, 61))
    ),
}

FAIL = {
    "held once": (
        case(
            pushing.held_for_its_timeout,
            LISTENS,
            TIMED,
            SENT,
            pushed(1, at=(103, 104)),
            *AGAIN,
            pushed(2, at=(240, 241)),
        ),
        "pushed 0.040 s after the call",
    ),
    "never pushed": (case(pushing.pushed_in_time, LISTENS, TIMED, SENT, quiet(at=(110, 160))), "nothing was pushed"),
    "pushed much too late": (
        case(pushing.pushed_in_time, LISTENS, TIMED, SENT, IN_VAIN, pushed(1, at=(5200, 5201))),
        "5.198 s after its call",
    ),
    "over too soon": (
        case(pushing.suspended_until_timeout, TIMED, yes(4, 5), no(50, 51)),
        "it is False, 0.048 s",
    ),
    "pushed though suspended": (
        case(pushing.says_whether_it_pushes, LISTENS, yes(2, 3), SENT, pushed(1, at=(6, 7))),
        "it is true, but message p.1 was pushed",
    ),
    "not pushed though not suspended": (
        case(pushing.says_whether_it_pushes, LISTENS, no(2, 3), SENT, quiet()),
        "it is false, but 1 of 1 never came",
    ),
    "what pulls cannot receive": (
        case(pushing.suspension_of_a_puller, SUSPENDED, SENT, did(nothing().op, error=FORMAT, at=(6, 7))),
        "receive failed",
    ),
    "what pulls loses": (
        case(pushing.suspension_of_a_puller, SUSPENDED, SENT, nothing(at=(6, 56)), did(Resume()), nothing()),
        "never came",
    ),
}

UNKNOWN = {
    "nothing was pushed after the second": case(
        pushing.held_for_its_timeout, LISTENS, TIMED, SENT, pushed(1, at=(103, 104)), *AGAIN
    ),
    "no suspension": case(pushing.pushed_in_time, did(Suspend(0.1), error=REFUSED)),
    "nobody asked in time": case(pushing.suspended_until_timeout, TIMED, no(99, 101)),
    "nobody was told": case(pushing.says_whether_it_pushes, LISTENS, did(IsSuspended(), error=REFUSED), SENT),
    "a receive that never ended": case(
        pushing.suspension_of_a_puller, SUSPENDED, did(nothing().op, unknown=True, at=(6, 7))
    ),
}


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)
