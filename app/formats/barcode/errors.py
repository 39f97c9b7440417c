"""The one error of pictures of codes."""

from typing import Literal, get_args

PictureErrorCode = Literal["too_large", "not_a_picture", "unreadable", "ambiguous"]
CODES: tuple[PictureErrorCode, ...] = get_args(PictureErrorCode)


class PictureError(ValueError):
    """A picture gave no code; the message is the `code` and never holds what was read.

    too_large: more bytes or pixels than are looked at; not_a_picture: no JPEG, PNG or WebP, or a broken
    one; unreadable: no QR code found in it; ambiguous: two different credentials in view.
    """

    def __init__(self, code: PictureErrorCode) -> None:
        super().__init__(code)
        self.code: PictureErrorCode = code
