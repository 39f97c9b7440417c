"""The one error of the credential format and its codes, in the order in which they are checked."""

CODES = (
    "too_large",
    "prefix_unknown",
    "base45_invalid",
    "decrypt_failed",
    "cbor_invalid",
    "cose_invalid",
    "alg_forbidden",
    "key_invalid",
    "key_unknown",
    "signature_invalid",
    "claims_invalid",
    "expired",
    "not_yet_valid",
    "questionnaire_unknown",
    "wrong_arrival",
)


class CredentialError(ValueError):
    """A text is no acceptable credential. `code` is one of CODES; the message never holds its content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
