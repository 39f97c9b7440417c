"""Words of signing in."""

from app.identity.models import Way
from app.web.translation import N_, Words

WAYS = Words(
    {
        Way.CODE: N_("One-time code"),
        Way.PASSKEY: N_("Passkey"),
        Way.OIDC: N_("Account of your agency"),
        Way.PASSWORD: N_("Password and number"),
    }
)
"""By what a session was opened."""
