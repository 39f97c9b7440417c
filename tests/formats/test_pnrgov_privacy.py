import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.pnrgov.privacy import (
    PAYMENTS,
    SENSITIVE_SSR,
    card_token,
    deny_list,
    is_card,
    mask_cards,
    mask_numbers,
    seal_card,
    sensitive,
    tells_sensitive,
)

CARDS = [
    "4111111111111111",
    "5500000000000004",
    "340000000000009",
    "30000000000004",
    "4222222222222",
]


@pytest.mark.parametrize("card", CARDS)
def test_known_test_numbers_are_cards(card: str) -> None:
    assert is_card(card)
    assert not is_card(card[:-1] + str((int(card[-1]) + 1) % 10))


@pytest.mark.parametrize("card", CARDS[:-1])
@pytest.mark.parametrize(
    "form", ["{}", "CARD {} X", "CCVI{}/0728", "A{}B", "{}0728", "NR.{}-{}", "+{}", "/{}/"]
)
def test_cards_are_masked_wherever_they_stand(card: str, form: str) -> None:
    masked = mask_cards(form.replace("{}", card))
    assert card not in masked
    assert card[2:-4] not in masked


@pytest.mark.parametrize("form", ["CARD {} X", "CCVI{}/0728", "CC {}", "FP:{}", "CARD NR. {}"])
def test_thirteen_digits_are_a_card_where_it_is_said(form: str) -> None:
    card = CARDS[-1]
    assert mask_cards(form.replace("{}", card)) == form.replace("{}", "42XXXXXXX2222")


@pytest.mark.parametrize("form", ["{}", "TKT {}", "CALL {}", "+{}", "ACC {}", "{}C1"])
def test_else_they_are_a_ticket_or_a_telephone_number(form: str) -> None:
    text = form.replace("{}", CARDS[-1])
    assert mask_cards(text) == text


def test_grouped_cards_are_masked() -> None:
    assert "1111 1111" not in mask_cards("PAY 4111 1111 1111 1111 NOW")
    assert "1111-1111" not in mask_cards("PAY 4111-1111-1111-1111 NOW")


def test_a_mistyped_card_behind_a_brand_is_masked_all_the_same() -> None:
    assert mask_cards("FP CCVI4111111111111112/0728") == "FP CCVI41XXXXXXXXXX1112/0728"
    assert mask_cards("A VERY LONG ROW " + "1" * 50).count("1") == 6


@pytest.mark.parametrize(
    "text",
    ["TKT 999-2402058077", "TKT 6182402058077 C1", "CALL +61 2 9123 4567", "SHORT 4111 1111", ""],
)
def test_tickets_and_phones_stay(text: str) -> None:
    assert mask_cards(text) == text


@given(st.text(alphabet="0123456789 -CVI/", max_size=80))
def test_masking_is_total_and_idempotent_on_what_it_masked(text: str) -> None:
    masked = mask_cards(text)
    assert len(masked) <= len(text)
    for card in CARDS[:-1]:
        assert card not in masked


@pytest.mark.parametrize(
    ("account", "sealed"),
    [
        ("4111111111111111", ("1111", "F:4111111111111111")),
        ("4111-1111 1111 1111", ("1111", "F:4111111111111111")),
        ("XXXXXXXX1186", ("1186", "")),
        ("123", ("", "")),
        ("12345678ABCD", ("", "")),
        ("4" * 30, ("", "")),
        ("²³²³²³²³²³²³", ("", "")),
    ],
)
def test_seal_card(account: str, sealed: tuple[str, str]) -> None:
    assert seal_card(account, lambda number: f"F:{number}") == sealed
    assert seal_card(account, None) == (sealed[0], "")


@pytest.mark.parametrize("code", ["AVML", "KSML", "XYML", "WCHR", "MEDA", "BLND"])
def test_meals_and_health_are_sensitive(code: str) -> None:
    assert sensitive(code, SENSITIVE_SSR)
    assert not sensitive(code, frozenset())


@pytest.mark.parametrize("code", ["DOCS", "PETC", "OTHS", "ML", "AAMLX", ""])
def test_others_are_not(code: str) -> None:
    assert not sensitive(code, SENSITIVE_SSR)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ZZ WCHR NEEDED", True),
        ("SSR AVMLZZNN1", True),
        ("zz kosher meal please", True),
        ("SSR DOCSZZHK1", False),
        ("PARTY OF A REGULAR GUEST", False),
        ("", False),
    ],
)
def test_remarks_that_tell_sensitive_things(text: str, told: bool) -> None:
    assert tells_sensitive(text, SENSITIVE_SSR) is told


def test_the_deny_list_takes_changes() -> None:
    found = deny_list("+PETC -WCHR, -ksml")
    assert sensitive("PETC", found)
    assert not sensitive("WCHR", found)
    assert not sensitive("KSML", found)
    assert sensitive("AVML", found)
    assert not tells_sensitive("ZZ KSML ASKED FOR", found)
    assert tells_sensitive("ZZ AVML ASKED FOR", found)
    assert not sensitive("AVML", deny_list("-*ML"))
    assert deny_list("") == SENSITIVE_SSR
    assert sensitive("KSML", deny_list("-KSML +KSML"))


@pytest.mark.parametrize("text", ["PETC", "+", "-TOOLONG", "+PE'C", "=PETC"])
def test_other_changes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="written"):
        deny_list(text)


MARK = "0123456789abcdef" * 2


@pytest.mark.parametrize("card", CARDS)
def test_a_token_says_what_the_number_said_and_is_no_card(card: str) -> None:
    token = card_token(card, lambda _: MARK)
    assert seal_card(token, None) == (card[-4:], MARK)
    assert card_token(token, lambda _: "f" * 32) == token
    assert mask_numbers(token) == token
    assert mask_cards(token) == mask_cards(card, PAYMENTS) == token.partition(".")[0]
    assert card[:-4] not in token


@pytest.mark.parametrize("account", ["XXXXXXXX1186", "123", "", "12345678ABCD"])
def test_what_is_no_complete_number_has_no_token(account: str) -> None:
    assert card_token(account, lambda _: MARK) == ""
