"""The languages in which travellers are spoken to. Tags of BCP 47; the first is for whoever asks for none of them."""

from typing import Final

LANGUAGES: Final = ("en", "ja", "zh-Hans", "zh-Hant", "ko", "ar")
