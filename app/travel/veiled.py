"""Which keys of stored records hold which group of a person's fields, for masking (:mod:`app.identity.sight`)."""

from collections.abc import Mapping

from app.identity.permissions import FieldGroup

RECORD_KEYS: Mapping[str, FieldGroup] = {
    **dict.fromkeys(("surname", "given_names", "booked_name"), FieldGroup.NAME),
    **dict.fromkeys(("birth_date", "birth_place"), FieldGroup.BIRTH),
    **dict.fromkeys(("number", "number_key", "visas"), FieldGroup.DOCUMENT),
    **dict.fromkeys(
        ("address", "addresses", "contacts", "remarks", "frequent_flyers", "phone", "email"),
        FieldGroup.CONTACT,
    ),
}
"""Of API and traveller records (:mod:`app.travel.records`). Remarks and services are free text: telephone numbers stand in them."""
DECLARED_KEYS: Mapping[str, FieldGroup] = {
    **dict.fromkeys(("surname", "given_names"), FieldGroup.NAME),
    "birth_date": FieldGroup.BIRTH,
    **dict.fromkeys(("number", "document_number"), FieldGroup.DOCUMENT),
    "contact": FieldGroup.CONTACT,
}
"""Of the content of a declaration."""
