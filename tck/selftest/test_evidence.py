"""What an implementation returns is shown, never trusted: escaped, made visible, shortened, in every format."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tck.cli.terminal import visible
from tck.errors import UsageError
from tck.evidence import MOST_OPERATIONS, doing, evidence, said, shortened, view, with_log
from tck.messages import Binary, Double, String
from tck.operations import Attributes
from tck.places import templates
from tck.rendering import FORMATS, render, render_all, results_schema
from tck.report import ClauseResult, Evidence, RunReport, Subject
from tck.report import load as load_report
from tck.selftest.histories import ack, did, got, history, pushed, send
from tck.selftest.test_session import FAIL, UNKNOWN, certified, clause
from tck.verdicts import Finding, Verdict, failed

SCRIPT = "<script>alert('hi')</script>\"'><img src=x onerror=alert(1)>"
CONTROL = "\x00\x07\x08\x1b[31m\x1b]0;title\x07\x7f\x9b"
BIDI = "\u202eevil\u2066\u200f\u061c\ufeff\u200b\u2028"
HUGE = "y" * (1 << 20)
CDATA = "]]><!-- --> & &lt; |`\n#"
HOSTILE = {"script": SCRIPT, "control": CONTROL, "bidi": BIDI, "huge": HUGE, "cdata": CDATA}


def shown_in(payload: str) -> RunReport:
    """Return a report in which an implementation's text stands wherever one can."""
    found = Evidence("test_x::y", FAIL, payload, payload, broker_log=payload)
    text = payload.replace("\n", " ")
    wrong = msgspec.structs.replace(clause(FAIL), evidence=(found,), deviation="", deviation_link="")
    open_ = msgspec.structs.replace(
        clause(UNKNOWN, name="b"), evidence=(msgspec.structs.replace(found, verdict=UNKNOWN),)
    )
    return certified(
        subject=Subject(text, text, text, text, text, text, {text[:50]: "native"}, (text,)),
        clauses=(wrong, open_),
        kit_errors=(payload,),
        adapter_errors=(payload,),
        missing=(payload,),
        deviation_errors=(payload,),
        interrupted=payload,
    )


class Tags(HTMLParser):
    """Collects elements and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_html_shows_it_as_text(payload: str) -> None:
    page, plain = Tags(), Tags()
    page.feed(render(shown_in(payload), "html"))
    plain.feed(render(shown_in("x"), "html"))
    assert [tag for tag, _ in page.seen] == [tag for tag, _ in plain.seen]
    assert not [attrs for _, attrs in page.seen if any(name.startswith("on") for name in attrs)]
    assert not [attrs for tag, attrs in page.seen if tag in {"link", "img", "iframe"} or "src" in attrs]


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_junit_is_xml_whatever_is_in_it(payload: str) -> None:
    root = ET.fromstring(render(shown_in(payload), "junit"))
    cases = root.findall(".//testcase")
    assert int(root.attrib["tests"]) == len(cases)
    assert int(root.attrib["failures"]) == len(root.findall(".//failure")) == 1
    assert int(root.attrib["errors"]) == len(root.findall(".//error"))
    assert not root.findall(".//script")


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_visible_and_short(form: str, payload: str) -> None:
    text = render(shown_in(payload), form)
    assert len(text) < 200_000
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200f\u2028\ud800-\udfff]", text)
    assert "<script>alert" not in text
    assert "<img" not in text


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_the_badge_is_an_image_and_an_endpoint(payload: str) -> None:
    assert ET.fromstring(render(shown_in(payload), "badge")).tag.endswith("svg")
    assert json.loads(render(shown_in(payload), "badge-json"))["schemaVersion"] == 1


def test_markdown_makes_no_table_of_it() -> None:
    rows = [line for line in render(shown_in("a|b`c\nd"), "markdown").splitlines() if line.startswith("|")]
    assert rows
    assert not any("a|b" in row for row in rows)


def test_a_lone_surrogate_is_shown_in_every_format() -> None:
    for form in FORMATS:
        assert render(shown_in("\ud800\udfff"), form).encode("utf-8")


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(UsageError, match="unknown format 'pdf'") as caught:
        render(certified(), "pdf")
    assert "html" in caught.value.expected


def test_a_report_is_written_in_every_format(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    render_all(certified(), folder)
    assert {path.name for path in folder.iterdir()} == {*FORMATS.values(), "results.json"}
    assert load_report(folder / "results.json") == certified()


def test_the_schema_that_ships_is_that_of_the_results() -> None:
    assert json.loads((templates() / "results.schema.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(results_schema())
    )


# Evidence ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_evidence_is_shortened(payload: str) -> None:
    seen = history(
        send(1, body=payload.encode(), properties={payload: String(payload), "b": Binary(payload.encode())}),
        got(1, receipt=payload, message_id=payload, body=payload.encode(), properties={payload: String(payload)}),
        pushed(1, receipt=payload, message_id=payload),
        ack(payload),
        did(Attributes(on="ap"), result={payload: payload}),
    )
    found = evidence(failed(payload, payload, range(len(seen.entries))), seen, history_file="h", program_file="p")
    assert len(found.operations) == len(seen.entries)
    assert all(len(one.what) + len(one.result) < 1000 for one in found.operations)
    assert len(found.expected) + len(found.actual) < 2100
    assert len(msgspec.json.encode(found)) < 20_000
    assert len(with_log(found, payload).broker_log) < 4100


def test_evidence_shows_so_many_operations_and_no_other() -> None:
    seen = history(*(send(n) for n in range(100)))
    assert len(evidence(failed("", "", range(100)), seen).operations) == MOST_OPERATIONS
    assert evidence(Finding(Verdict.FAIL, operations=(7_000,)), seen).operations == ()
    assert evidence(Finding(Verdict.UNKNOWN), history(queues=())).operations == ()


def test_an_operation_reads_as_a_sentence() -> None:
    seen = history(send(1), got(1, mark=False))
    shown = view(seen.entries[1], 0)
    assert shown.what.startswith("p.send(message p.1<destination=q, body=b'1'>)")
    assert shown.result == "message_id='id-1'"
    assert "(unmarked)" in view(seen.entries[2], 0).result
    assert doing(seen.entries[0]) == "ap.create_queue('q')"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (b"\x00", "b'\\x00'"),
        ("a\x1b", "'a\\x1b'"),
        (Double("nan"), "f64 nan"),
        (["a", None], "['a', null]"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        ({"k": 1}, "{k: 1}"),
    ],
)
def test_a_value_reads_as_what_it_is(value: object, words: str) -> None:
    assert said(value) == words


def test_a_text_is_shortened_in_its_middle() -> None:
    assert shortened("abc") == "abc"
    assert shortened("a" * 500 + "z").startswith("a" * 150)
    assert shortened("a" * 500 + "z").endswith("z (501 characters)")


def test_a_terminal_is_not_moved() -> None:
    assert visible(CONTROL + BIDI).isprintable()
    assert visible("two\nlines") == "two\nlines"


def test_clauses_of_the_report_are_what_was_given() -> None:
    assert isinstance(certified().clauses[0], ClauseResult)
