"""Photos and short films as evidence: told by their content, never by a name or a header, and made harmless. Pure."""

from app.formats.media.errors import MediaError
from app.formats.media.photo import MAX_PHOTO, clean_photo
from app.formats.media.video import MAX_VIDEO, MP4, WEBM, clean_video

__all__ = [
    "JPEG", "MAX_PHOTO", "MAX_VIDEO", "MP4", "WEBM", "MediaError", "clean", "clean_photo", "clean_video",
]  # fmt: skip

JPEG = "image/jpeg"


def clean(data: bytes) -> tuple[str, bytes]:
    """The media type and the bytes to keep: a film as it is but for where it was taken, anything else as a photo.

    Raises MediaError.
    """
    film = clean_video(data)
    return film or (JPEG, clean_photo(data))
