"""Pseudonyms and masking: no recipient's identifier passes landing, and nothing else is lost."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.keys import create_keys
from ingest.pseudonym import Pseudonymizer, mask_identifiers


def test_a_pseudonym_depends_on_key_kind_and_value(tmp_path: Path) -> None:
    """One number as account and as policy must not link people; another key must not link installations."""
    one = Pseudonymizer(create_keys(tmp_path / "one", "a.example/x"))
    other = Pseudonymizer(create_keys(tmp_path / "two", "a.example/x"))
    pseudonyms = {
        one.pseudonym("account", "0001"),
        one.pseudonym("policy", "0001"),
        one.pseudonym("account", "0002"),
        other.pseudonym("account", "0001"),
    }
    assert len(pseudonyms) == 4
    assert all(len(each) == 64 for each in pseudonyms)
    assert one.key_id != other.key_id


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("customer", "C-0001234", " c-0001234 "),
        ("email", "Ada@Example.com", "ada@example.COM"),
        ("telephone", "+49 (30) 123-456", "0049 30 123456"),
        ("account", "\uff10\uff10\uff11\uff12", "0012"),
    ],
)
def test_ways_of_writing_one_identifier_give_one_pseudonym(tmp_path: Path, kind: str, first: str, second: str) -> None:
    """A look-up by what a person typed must find what the vendor wrote."""
    pseudonymizer = Pseudonymizer(create_keys(tmp_path / "more", "a.example/x"))
    assert pseudonymizer.pseudonym(kind, first) == pseudonymizer.pseudonym(kind, second)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ada.lovelace+x@example.co.uk, please", "write to [e-mail], please"),
        ("call +49 30 1234567 or (030) 123 45 67", "call [telephone] or [telephone]"),
        ("call 555-123-4567", "call [telephone]"),
        ("customer C-0001234 complains", "customer [account] complains"),
        ("policy no. POL-99887766", "policy no. [account]"),
        ("account number: 12345678", "account number: [account]"),
        ("IBAN DE89 3704 0044 0532 0130 00 given", "IBAN [account] given"),
        ("card 4111 1111 1111 1111", "card [account]"),
        ("ref 123456789012", "ref [number]"),
    ],
)
def test_identifiers_in_free_text_are_masked(text: str, masked: str) -> None:
    """Free text is where people put what must not land."""
    assert mask_identifiers(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "see https://res.cloudinary.com/x/image/upload/v1767607200/campaign/hero-12345678.jpg now",
        "since 2026-01-05 the banner is wrong",
        "at 2026-01-05T10:00:00Z",
        "the label of GTIN 04012345678901",
        "version 12 at 1200 x 630 px, 25 % too dark",
        "our policy is to answer within 3 days",
    ],
)
def test_what_is_no_identifier_stays(text: str) -> None:
    """A version in a link or a date is evidence: masking it would break the case it belongs to."""
    assert mask_identifiers(text) == text


def test_an_address_in_a_link_is_masked_and_the_link_stays() -> None:
    """Addresses hide in query strings, too."""
    masked = mask_identifiers("https://grid.test/t?to=ada%40example.com&v=1767607200")
    assert masked == "https://grid.test/t?to=[e-mail]&v=1767607200"
    masked = mask_identifiers(
        "see https://grid.test/v1767607200/ACC-9920331.png?account=44711908&p=POL-44711908#v1767607200"
    )
    assert masked == "see https://grid.test/v1767607200/ACC-9920331.png?account=[account]&p=[account]#v1767607200"


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once(text: str) -> None:
    """A text that is landed again through another path must give the same row hash."""
    once = mask_identifiers(text)
    assert mask_identifiers(once) == once
