"""The access point URI: parsed, printed, and shown without its secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tck.access_point import SCHEMA, AccessPointUri, Address, parse, redact
from tck.errors import IllegalAccessPoint

words = st.text(
    st.characters(exclude_categories=["Cs", "Z", "C"], exclude_characters=":/@,[]"), min_size=1, max_size=12
)
secrets = st.text(st.characters(exclude_categories=["Cs", "Z", "C"], exclude_characters="/@"), max_size=12)
hosts = words | st.ip_addresses(v=6).map(lambda ip: f"[{ip}]") | st.ip_addresses(v=4).map(str)
addresses = st.builds(Address, hosts, st.integers(1, 65535))
accounts = st.one_of(st.tuples(st.none(), st.none()), st.tuples(words, st.none() | secrets))


@st.composite
def uris(draw: st.DrawFn) -> AccessPointUri:
    """URIs of every form that the schema allows."""
    account, key = draw(accounts)
    return AccessPointUri(
        draw(words), tuple(draw(st.lists(addresses, min_size=1, max_size=4))), draw(words), account, key,
        draw(st.none() | words),
    )  # fmt: skip


@given(uris())
def test_what_is_printed_is_parsed_to_the_same(uri: AccessPointUri) -> None:
    assert parse(str(uri)) == uri


@given(uris())
def test_a_secret_is_never_shown(uri: AccessPointUri) -> None:
    hidden = parse(uri.redacted)
    assert hidden.account_key == (None if uri.account_key is None else "***")
    assert redact(str(uri)) == uri.redacted
    assert redact(uri.redacted) == uri.redacted


@given(st.text(max_size=40) | st.text("oms:/@,[]h1 ", max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse(text)
    except IllegalAccessPoint as error:
        assert (error.expected, bool(error.remedy)) == (SCHEMA, True)  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "prefix 'oms:'"),
        ("amqp://h/r", "prefix 'oms:'"),
        ("oms:rabbitmq", "the driver type before '://' is missing"),
        ("oms:://h/r", "the driver type before '://' is missing"),
        ("oms:d://h", "is missing"),
        ("oms:d:///r", "the host is missing"),
        ("oms:d://me@/r", "the host is missing"),
        ("oms:d://h/", "the region"),
        ("oms:d://h/a/b", "the region"),
        ("oms:d://h:port/r", "'h:port' is no host[:port]"),
        ("oms:d://h:0/r", "0 is no port number"),
        ("oms:d://h:65536/r", "65536 is no port number"),
        ("oms:d://h,,i/r", "'' is no host[:port]"),
        ("oms:d://[::1/r", "'[::1' is no host[:port]"),
    ],
)
def test_what_is_wrong_is_told(text: str, fault: str) -> None:
    with pytest.raises(IllegalAccessPoint) as caught:
        parse(text)
    assert fault in caught.value.came
    assert caught.value.exit_code == 2


def test_the_parts_are_read() -> None:
    uri = parse("oms:rocketmq://alice:s:3@10.0.0.1:9876, [::1],mq/cn:prod")
    assert uri.hosts == (Address("10.0.0.1", 9876), Address("[::1]", 80), Address("mq", 80))
    assert (uri.driver_type, uri.account_id, uri.account_key) == ("rocketmq", "alice", "s:3")
    assert (uri.region, uri.namespace) == ("cn", "prod")


@pytest.mark.parametrize("secret", ["pa/ss", "p@ss", "pa ss", "/", "a@b/c"])
def test_a_secret_of_an_illegal_uri_is_not_shown_either(secret: str) -> None:
    text = f"oms:rabbitmq://me:{secret}@h:1/r/"
    with pytest.raises(IllegalAccessPoint) as caught:
        parse(text)
    assert redact(text) == "oms:rabbitmq://me:***@h:1/r/"
    assert f":{secret}@" not in caught.value.came
