"""Why something is no photo and no film."""


class MediaError(ValueError):
    """``code``: too_large, too_many_pixels, not_a_photo, not_a_film."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
