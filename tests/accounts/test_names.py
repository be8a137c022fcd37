"""Sign-in names are completed, compared and refused as people expect."""

from __future__ import annotations

import re

import pytest

from server_core.accounts.account import AccountProblem
from server_core.accounts.names import check_name, complete, new_store_id


def test_a_name_without_a_domain_gets_one() -> None:
    assert complete("Ann", "Example.COM") == "ann@example.com"
    assert complete("ann@other.org", "example.com") == "ann@other.org"


def test_the_same_letters_typed_in_two_ways_are_one_name() -> None:
    assert complete("zoe\u0308", "a.org") == complete("zo\u00eb", "a.org")


@pytest.mark.parametrize(
    "name", ["a@b.org", "o'hara+list@b.org", "x" * 64 + "@b.org", "zoë@b.org", "ann@localhost"]
)
def test_a_good_name_is_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ann", "in full"),
        ("@b.org", "in full"),
        ("", "in full"),
        ("ann@b@c.org", "one @ only"),
        ("x" * 65 + "@b.org", "65 characters"),
        ("ann bolt@b.org", "no spaces"),
        ("ann\u202e@b.org", "invisible"),
        ("ann\n@b.org", "invisible"),
        ("ann\ud800@b.org", "invisible"),
        ("ann@", "domain name"),
        ("ann@-b.org", "domain name"),
        ("ann@b..org", "domain name"),
        ("ann@b org", "domain name"),
        ("ann@" + "x" * 64 + ".org", "domain name"),
        ("ann@bücher.de", "domain name"),
    ],
)
def test_a_bad_name_is_refused_with_a_sentence(name: str, sentence: str) -> None:
    with pytest.raises(AccountProblem, match=sentence):
        check_name(name)


@pytest.mark.parametrize("name", ["con.x@a.org", "../../etc@a.org", "zoë@a.org", "日本@localhost"])
def test_a_mail_folder_is_named_so_that_every_file_system_takes_it(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{8}", new_store_id(name))


def test_a_folder_for_a_name_without_a_latin_letter_is_still_named() -> None:
    assert re.fullmatch(r"account-[0-9a-f]{8}", new_store_id("日本@例"))
