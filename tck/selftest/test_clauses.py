"""The catalogue, the fixtures' own files, and the names of targets: sound, or refused with the place of the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tck import targets
from tck.clauses import catalogue, catalogue_of
from tck.conformance import agree, clauses, judges_of, suite_checks
from tck.errors import AdapterError, DamagedCatalogue, UnknownTarget
from tck.targets import Deviation, fixture_names, settings_of, target
from tck.verdicts import passed

PROFILES = '[[profiles]]\nname = "Core"\ndescription = "the core"\n'
HEAD = 'document = "d"\ncommit = "c"\n'
CLAUSE = """
[[clauses]]
id = "1-a"
section = "1"
statement = "It holds."
level = "MUST"
level_from = "written"
profile = "Core"
verification = "check"
"""


def written(folder: Path, text: str, profiles: str = PROFILES) -> Path:
    """Write a catalogue of one file."""
    (folder / "v" / "clauses").mkdir(parents=True)
    (folder / "v" / "profiles.toml").write_text(profiles)
    (folder / "v" / "clauses" / "10.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


def test_a_sound_catalogue_is_read(tmp_path: Path) -> None:
    unchecked = CLAUSE.replace("1-a", "1-b").replace('"check"', '"none"') + 'reason = "it cannot be seen"\n'
    found = catalogue_of(written(tmp_path, HEAD + CLAUSE + unchecked) / "v")
    assert [(one.id, one.checked) for one in found] == [("1-a", True), ("1-b", False)]
    assert len(found.of("Core")) == 2
    assert found.by_id["1-a"].cites[0].document == "d"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + CLAUSE + CLAUSE, "10.toml:14: clause '1-a' stands twice"),
        (HEAD + CLAUSE.replace("Core", "Cor"), "10.toml:5: clause '1-a' belongs to the unknown profile 'Cor'"),
        (HEAD + CLAUSE.replace('"check"', '"none"'), "10.toml:5: clause '1-a' has no check and gives no reason"),
        (HEAD + CLAUSE + 'reason = "x"\n', "10.toml:5: clause '1-a' has a check and a reason"),
        (HEAD + CLAUSE + CLAUSE.replace("MUST", "OUGHT"), "10.toml:13: Invalid enum value 'OUGHT'"),
        (HEAD + CLAUSE.replace('section = "1"\n', ""), "10.toml:4: Object missing required field `section`"),
        (HEAD + CLAUSE + 'ambiguity = "x"\n', "10.toml:5: clause '1-a' names the ambiguity 'x', which is not"),
        (HEAD + CLAUSE + "colour = 1\n", "10.toml:4: Object contains unknown field `colour`"),
        (HEAD + CLAUSE.replace('"It holds."', "5"), "10.toml:4: Expected `str`, got `int`"),
        (HEAD + "[[clauses\n\n", "at line 3"),
        (HEAD + "x = \udcff", "codec can't decode"),
        (CLAUSE, "Object missing required field `document`"),
        ("", "Object missing required field"),
    ],
)
def test_a_fault_of_the_catalogue_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DamagedCatalogue) as caught:
        catalogue_of(written(tmp_path, text) / "v")
    assert words in caught.value.came
    assert str(tmp_path) in caught.value.came
    assert "specs/README.md" in caught.value.remedy
    assert caught.value.exit_code == 3


def test_a_profile_without_clauses_is_told_with_its_place(tmp_path: Path) -> None:
    home = written(tmp_path, HEAD + CLAUSE, PROFILES + PROFILES.replace("Core", "Push"))
    with pytest.raises(DamagedCatalogue, match=r"profiles.toml:5: profile 'Push' has no clause"):
        catalogue_of(home / "v")


AMBIGUITY = """
[[ambiguities]]
id = "which"
question = "This or that?"
readings = [{ name = "this", statement = "It is this." }, { name = "that", statement = "It is that." }]
"""


def test_the_register_is_read_and_a_clause_may_tell_its_readings_apart(tmp_path: Path) -> None:
    home = written(tmp_path, HEAD + CLAUSE + 'ambiguity = "which"\n')
    (home / "v" / "ambiguities.toml").write_text(AMBIGUITY)
    found = catalogue_of(home / "v")
    assert [reading.name for reading in found.ambiguities[0].readings] == ["this", "that"]
    assert found.by_id["1-a"].ambiguity == "which"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (AMBIGUITY + AMBIGUITY, "ambiguities.toml:8: ambiguity 'which' stands twice"),
        (AMBIGUITY.replace(", { name", "] #"), "ambiguities.toml:3: ambiguity 'which' has fewer than two readings"),
        (AMBIGUITY.replace("question", "answer"), "ambiguities.toml:2: Object contains unknown field `answer`"),
    ],
)
def test_a_fault_of_the_register_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    home = written(tmp_path, HEAD + CLAUSE)
    (home / "v" / "ambiguities.toml").write_text(text)
    with pytest.raises(DamagedCatalogue) as caught:
        catalogue_of(home / "v")
    assert words in caught.value.came


def test_a_catalogue_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DamagedCatalogue, match="No such file"):
        catalogue_of(tmp_path / "v")
    (tmp_path / "v" / "clauses").mkdir(parents=True)
    (tmp_path / "v" / "profiles.toml").write_text(PROFILES)
    with pytest.raises(DamagedCatalogue, match="no clauses"):
        catalogue_of(tmp_path / "v")


def test_every_checked_clause_has_a_check_and_no_other_has() -> None:
    judged = {clause for check in suite_checks().values() for clause in judges_of(check)}
    assert judged == {clause.id for clause in catalogue() if clause.checked}


def test_the_catalogue_is_as_large_as_promised() -> None:
    found = catalogue()
    assert len(found.clauses) >= 80
    assert sum(clause.checked for clause in found) >= 60
    assert all(clause.statement and clause.cites for clause in found)


# Fixtures ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of fixtures with one in it."""
    folder = tmp_path / "echo"
    folder.mkdir()
    (folder / "fixture.toml").write_text('description = "an echo"\ndriver_types = ["echo"]\n')
    monkeypatch.setattr(targets, "fixtures", lambda: tmp_path)
    return folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[deviations]]\nclause = 'a'\ncause = 'b'\n", "missing required field `link`"),
        ("[[deviations]]\nclause = 'a'\ncause = 'b'\nlink = 'c'\nsince = 1\n", "unknown field `since`"),
        ("[[deviation]]\nclause = 'a'\n", "unknown field `deviation`"),
        ("deviations = 'none'", "Expected `array`"),
        ("[[deviations\n\n", "at line 1"),
    ],
)
def test_a_fault_of_the_deviations_is_told(fixture: Path, text: str, words: str) -> None:
    (fixture / "deviations.toml").write_text(text)
    with pytest.raises(DamagedCatalogue) as caught:
        target("echo")
    assert words in caught.value.came
    assert "deviations.toml" in caught.value.came
    assert caught.value.remedy


def test_a_fault_of_a_fixture_is_told(fixture: Path) -> None:
    (fixture / "fixture.toml").write_text("colour = 1")
    with pytest.raises(DamagedCatalogue, match=r"fixture\.toml"):
        settings_of("echo")
    with pytest.raises(DamagedCatalogue, match="No such file"):
        settings_of("silence")


def test_the_deviations_that_ship_name_clauses() -> None:
    known = catalogue().by_id
    for name in fixture_names():
        for deviation in target(name).deviations:
            assert isinstance(deviation, Deviation)
            assert known[deviation.clause].checked
            assert deviation.cause
            assert deviation.link.startswith("https://")


# Targets ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("memroy", UnknownTarget, "did you mean memory?"),
        ("rabitmq", UnknownTarget, "did you mean rabbitmq?"),
        ("zzz", UnknownTarget, "see oms-tck targets"),
        ("", UnknownTarget, "unknown target ''"),
        (":", UnknownTarget, "package.module:Adapter"),
        ("x:y:z", UnknownTarget, "package.module:Adapter"),
        ("no_such_module:Adapter", UnknownTarget, "there is no module 'no_such_module'"),
        ("json:Adaptor", UnknownTarget, "json has no 'Adaptor'"),
        ("json:JSONEncode", UnknownTarget, "did you mean JSONEncoder"),
        ("json:JSONEncoder", AdapterError, "is no adapter: it has no name, access_point"),
        ("json:loads", AdapterError, "making the adapter failed: TypeError"),
        ("oms:zmq://h/r", UnknownTarget, "no adapter for the driver type 'zmq'"),
        ("oms:zmq://me:hunter2@h/r", UnknownTarget, "me:***@h"),
    ],
)
def test_what_is_no_target_is_told(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        target(text)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "expected: " in str(caught.value)


@pytest.mark.parametrize("body", ["raise ValueError('no')", "import no_such_thing", "raise SystemExit(7)", "def ("])
def test_a_module_that_cannot_be_imported_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    name = f"broken{abs(hash(body))}"
    (tmp_path / f"{name}.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AdapterError, match=f"importing {name} failed") as caught:
        target(f"{name}:Adapter")
    assert caught.value.remedy


# The catalogue and the suite ---------------------------------------------------------------------------------------------


def test_the_suite_judges_just_the_clauses_that_say_so() -> None:
    agree(catalogue(), suite_checks())


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("2.3.1-no-such-clause", "judges the clause '2.3.1-no-such-clause', which is not in the catalogue"),
        (next(c.id for c in catalogue() if not c.checked), "which says that it has no check"),
    ],
)
def test_a_check_of_no_clause_is_told_with_its_file_and_line(clause: str, words: str) -> None:
    @clauses({clause: lambda _: passed()})
    def check(conform: object) -> None: ...

    with pytest.raises(DamagedCatalogue, match=r"test_clauses\.py:\d+: ") as caught:
        agree(catalogue(), {**suite_checks(), "test_x::check": check})
    assert words in str(caught.value)


def test_a_clause_without_its_check_is_told_with_its_file_and_line() -> None:
    checks = {name: check for name, check in suite_checks().items() if "1-string-unicode" not in judges_of(check)}
    with pytest.raises(DamagedCatalogue, match=r"\.toml:\d+: no check judges the clause"):
        agree(catalogue(), checks)
