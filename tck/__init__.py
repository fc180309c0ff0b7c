"""The OpenMessaging TCK: tells whether an implementation conforms to the OpenMessaging standard.

    specs/ clause -> suite: program -> runner: history -> checkers: finding -> report

A clause says what must hold. A program says what some clients do, a history what came of it. A checker is a pure
function from a history to a finding. A report joins the findings of a run to the clauses. Everything else serves these:

- the vocabulary: `operations`, `messages`, `access_point`
- the contract that an implementation's adapter fulfils: `adapter`
- running: `programs`, `recorder`, `runner`, `calibration`, `environment`
- judging: `history`, `columns`, `checkers`, `verdicts`, `conformance`
- telling: `evidence`, `report`, `rendering`
- entry points: `plugin` (pytest), `cli` (`oms-tck`), both around a `session`
"""

from tck.adapter import Adapter, OmsError, Status, Support
from tck.history import History
from tck.programs import Program
from tck.verdicts import Finding, Verdict

__all__ = ["Adapter", "Finding", "History", "OmsError", "Program", "Status", "Support", "Verdict"]
