import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import base45


@pytest.mark.parametrize(
    ("data", "text"),
    [  # RFC 9285 sections 4.3 and 4.4
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_examples_of_the_standard(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@pytest.mark.parametrize(
    "text", ["A", "ABCD", "GGW", ":::", "::", "V5", "bb8", "BB\u0660", "BB8\n"]
)
def test_refuses_what_no_bytes_encode_to(text: str) -> None:
    with pytest.raises(base45.Base45Error) as caught:
        base45.decode(text)
    assert caught.value.code == "base45_invalid"
    assert str(caught.value) == "base45_invalid"


def test_the_largest_groups_are_read() -> None:
    assert base45.decode("FGW") == b"\xff\xff"
    assert base45.decode("U5") == b"\xff"


@given(st.binary(min_size=1, max_size=9))
def test_a_blank_may_be_inside_but_never_at_the_end(data: bytes) -> None:
    text = base45.encode(data)
    assert not text.endswith(" ")
    with pytest.raises(base45.Base45Error):
        base45.decode(text[:-1] + " ")


@given(st.binary(max_size=700))
def test_round_trip(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@given(st.text(alphabet=base45.ALPHABET, max_size=60))
def test_one_text_for_each_byte_string(text: str) -> None:
    try:
        data = base45.decode(text)
    except base45.Base45Error:
        return
    assert base45.encode(data) == text
