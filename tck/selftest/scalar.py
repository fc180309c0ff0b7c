"""The plain version of the checkers over columns, a message at a time: the oracle of their tests."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

from tck.columns import NEVER, TABLES, Code, Columns, Kind
from tck.verdicts import Verdict

Judged = dict[Kind, tuple[Verdict, list[int]]]
Row = dict[str, int]


def rows(columns: Columns, table: str) -> list[Row]:
    """Return a table as rows; a column that was not recorded has none."""
    none = {"delay": 0, "lifetime": 0, "key": 0, "transaction": 0, "position": -1, "count": -1, "partition": 0}
    plain = {name: columns.whole(table, name).tolist() for name in columns.names[table]}
    return [
        {name: plain[name][n] if name in plain else none.get(name, -1) for name in TABLES[table]}
        for n in range(columns.rows(table))
    ]


class Scalar:
    """A history as plain rows, and what each kind says of it."""

    def __init__(self, columns: Columns) -> None:
        self.columns, self.origin = columns, columns.origin
        self.sends = rows(columns, "sends")
        self.acks = rows(columns, "acks")
        self.gone = [one["gone"] for one in rows(columns, "consumers")]
        self.transactions = [{"ended": NEVER, "outcome": Code.UNKNOWN}, *rows(columns, "transactions")]
        self.log = rows(columns, "deliveries")
        numbers: dict[tuple[int, int], int] = {}
        for producer, size in enumerate(self.origin.producers):
            for sequence in range(size):
                numbers[producer, sequence] = len(numbers)
        self.of: dict[int, list[int]] = defaultdict(list)
        self.phantoms = []
        for n, one in enumerate(self.log):
            one["row"] = n
            one["called"] = one["called"] if columns.has("deliveries", "called") else one["time"]
            one["id"] = numbers.get((one["producer"], one["sequence"]), -1)
            if one["id"] < 0 or self.sends[one["id"]]["outcome"] == Code.FAIL:
                self.phantoms.append(n)
                one["id"] = -1
            else:
                self.of[one["id"]].append(n)
        self.ok = {n: min(a["completed"] for a in group) for n, group in self._acks(ok=True).items()}
        self.returned = {
            n: min(a["invoked"] for a in group) for n, group in self._acks(ok=False).items() if n not in self.ok
        }

    def _acks(self, *, ok: bool) -> dict[int, list[Row]]:
        found = defaultdict(list)
        for ack in self.acks:
            if (ack["outcome"] == Code.OK) == ok:
                found[ack["delivery"]].append(ack)
        return found

    def judge(self) -> Judged:
        """Judge every kind."""
        clock = self.clock_went_back()
        found: Judged = {}
        for kind in Kind:
            wrong, enough = getattr(self, kind.name.lower())()
            timed = kind in {Kind.REDELIVERED, Kind.VISIBLE, Kind.EARLY, Kind.LATE, Kind.EXPIRED}
            anew = (
                kind is Kind.DUPLICATED and self.of_several() and (self.acks or min(self.gone, default=NEVER) < NEVER)
            )
            if clock and (timed or anew):
                wrong, enough = [], False
            found[kind] = (Verdict.FAIL if wrong else Verdict.PASS if enough else Verdict.UNKNOWN, sorted(wrong))
        return found

    def clock_went_back(self) -> bool:
        times = [one["time"] for one in self.log]
        return any(a > b for a, b in itertools.pairwise(times)) or any(
            one["completed"] < one["invoked"] for one in (*self.sends, *self.acks)
        )

    def of_several(self) -> bool:
        return any(len(group) > 1 for group in self.of.values())

    def transaction(self, send: Row) -> Row:
        return self.transactions[send["transaction"]]

    def lost(self) -> tuple[list[int], bool]:
        wrong, owed, undecided = [], False, False
        for n, send in enumerate(self.sends):
            if send["outcome"] != Code.OK or (send["transaction"] and self.transaction(send)["outcome"] != Code.OK):
                continue
            owed = True
            if n in self.of:
                continue
            since = max(send["completed"], self.transaction(send)["ended"] if send["transaction"] else 0)
            due = since + send["delay"] + self.origin.patience
            there = max(due, self.origin.since + self.origin.patience)
            if send["lifetime"] and send["invoked"] + send["lifetime"] <= there:
                continue
            if due <= self.origin.listened:
                wrong.append(n)
            else:
                undecided = True
        return wrong, owed and not undecided

    def phantom(self) -> tuple[list[int], bool]:
        return self.phantoms, bool(self.log)

    def aborted(self) -> tuple[list[int], bool]:
        aborted = [
            n
            for n, send in enumerate(self.sends)
            if send["transaction"] and self.transaction(send)["outcome"] == Code.FAIL
        ]
        ended = [one["ended"] for one in self.transactions if one["outcome"] == Code.FAIL]
        sent = [self.sends[n]["completed"] for n in aborted]
        enough = bool(aborted) and self.origin.listened > max([0, *sent, *(end for end in ended if end != NEVER)])
        return [self.of[n][0] for n in aborted if n in self.of], enough

    def after_acknowledgement(self, place: int, group: list[int]) -> bool:
        return any(self.ok.get(n, NEVER) < self.log[group[place]]["called"] for n in group[:place])

    def duplicated(self) -> tuple[list[int], bool]:
        wrong = []
        for group in self.of.values():
            wrong += [
                group[place]
                for place in range(1, len(group))
                if not self.after_acknowledgement(place, group) and not self.rightly(group[place - 1], group[place])
            ]
        return wrong, bool(self.of) and self.origin.listened > self.log[-1]["time"]

    def rightly(self, before: int, n: int) -> bool:
        """Tell whether a message could come again, in delivery n, after delivery `before`."""
        free = min(self.gone[self.log[before]["consumer"]], self.returned.get(before, NEVER))
        return free <= self.log[n]["time"]

    def maybe_held(self, n: int) -> bool:
        """Tell whether a consumer that was gone by then may have held the message of a delivery, unlogged."""
        sent = self.sends[self.log[n]["id"]]["invoked"]
        return any(sent <= gone <= self.log[n]["time"] for gone in self.gone if gone < NEVER)

    def redelivered(self) -> tuple[list[int], bool]:
        wrong = [
            group[place]
            for group in self.of.values()
            for place in range(1, len(group))
            if self.after_acknowledgement(place, group)
        ]
        last = max((a["completed"] for a in self.acks if a["outcome"] == Code.OK), default=NEVER)
        return wrong, self.origin.listened > last

    def ordered(self) -> list[Row]:
        """Return the first deliveries of the messages that keep an order."""
        firsts = {group[0] for group in self.of.values()}
        return [
            one
            for one in self.log
            if one["row"] in firsts
            and (send := self.sends[one["id"]])["outcome"] == Code.OK
            and not send["transaction"]
            and not send["delay"]
        ]

    def disorder(self, groups: dict[Any, list[Row]]) -> list[int]:
        wrong = []
        for group in groups.values():
            most = -1
            for one in group:
                if one["sequence"] < most:
                    wrong.append(one["row"])
                most = max(most, one["sequence"])
        return wrong

    def reordered_partition(self) -> tuple[list[int], bool]:
        groups = defaultdict(list)
        for one in self.ordered() if self.columns.has("deliveries", "partition") else ():
            groups[one["consumer"], one["partition"], one["producer"]].append(one)
        wrong = self.disorder(groups)
        held = [n for n in wrong if self.maybe_held(n)]
        return sorted(set(wrong) - set(held)), any(len(group) > 1 for group in groups.values()) and not held

    def reordered_key(self) -> tuple[list[int], bool]:
        groups, keys = defaultdict(list), []
        for one in self.ordered():
            if key := self.sends[one["id"]]["key"]:
                groups[one["consumer"], key, one["producer"]].append(one)
                keys.append(key)
        wrong = self.disorder(groups)
        held = [n for n in wrong if self.maybe_held(n)]
        return sorted(set(wrong) - set(held)), len(set(keys)) < len(keys) and not held

    def wrong_count(self) -> tuple[list[int], bool]:
        least = 0 if any(one["count"] == 0 for one in self.log) else 1
        wrong, told = [], False
        for group in self.of.values():
            before = -1
            for place, n in enumerate(group):
                count, seen = self.log[n]["count"], least + place
                told |= count >= 0
                if count >= 0 and (count < max(seen, before + 1) or (count > seen and not self.maybe_held(n))):
                    wrong.append(n)
                before = max(before, count)
        return wrong, told

    def steps(self) -> list[tuple[int, int]]:
        """Return each delivery that is not the first of its consumer and partition, and how far it moved."""
        at: dict[tuple[int, int], int] = {}
        found = []
        for one in self.log:
            if one["position"] >= 0:
                group = one["consumer"], one["partition"]
                if group in at:
                    found.append((one["row"], one["position"] - at[group]))
                at[group] = one["position"]
        return found

    def skipped(self) -> tuple[list[int], bool]:
        rightly = self.columns.has("sends", "transaction") or self.columns.has("sends", "lifetime")
        read = {(one["partition"], one["position"]) for one in self.log}
        over = [n for n, step in self.steps() if step > 1 and not rightly]
        wrong = [n for n in over if (self.log[n]["partition"], self.log[n]["position"] - 1) not in read]
        return wrong, bool(self.steps()) and wrong == over

    def reread(self) -> tuple[list[int], bool]:
        again = {n: before for group in self.of.values() for before, n in itertools.pairwise(group)}
        right = {
            n
            for n, before in again.items()
            if self.rightly(before, n) and not self.after_acknowledgement(*self._place(n))
        }
        return [n for n, step in self.steps() if step < 1 and n not in right], bool(self.steps())

    def _place(self, n: int) -> tuple[int, list[int]]:
        group = self.of[self.log[n]["id"]]
        return group.index(n), group

    def delivered(self) -> list[tuple[Row, Row]]:
        return [(one, self.sends[one["id"]]) for one in self.log if one["id"] >= 0]

    def visible(self) -> tuple[list[int], bool]:
        within = [
            (one, self.transaction(send)["ended"])
            for one, send in self.delivered()
            if send["transaction"] and self.transaction(send)["outcome"] != Code.FAIL
        ]
        return [one["row"] for one, ended in within if one["time"] < ended], bool(within)

    def early(self) -> tuple[list[int], bool]:
        delayed = [(one, send) for one, send in self.delivered() if send["delay"]]
        if any(one["time"] < send["invoked"] for one, send in delayed):
            return [], False
        return [
            one["row"] for one, send in delayed if one["time"] < send["invoked"] + send["delay"] - self.origin.tolerance
        ], bool(delayed)

    def late(self) -> tuple[list[int], bool]:
        judged = [
            (one, max(send["completed"] + send["delay"], self.origin.since) + self.origin.tolerance)
            for one, send in self.delivered()
            if send["delay"] and send["outcome"] == Code.OK and not send["transaction"]
            if one["row"] == self.of[one["id"]][0]
        ]
        asked = {one["row"]: one["called"] if self.columns.has("deliveries", "called") else -NEVER for one, _ in judged}
        return [
            one["row"] for one, limit in judged if one["time"] > max(limit, asked[one["row"]] + self.origin.tolerance)
        ], bool(judged)

    def expired(self) -> tuple[list[int], bool]:
        limit = {
            n: send["completed"] + send["lifetime"] + self.origin.tolerance
            for n, send in enumerate(self.sends)
            if send["lifetime"] and send["outcome"] == Code.OK
        }
        wrong = [one["row"] for one, _ in self.delivered() if one["time"] > limit.get(one["id"], 2 * NEVER)]
        return wrong, any(end < self.origin.listened for end in limit.values())
