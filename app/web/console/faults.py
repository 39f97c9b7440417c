"""What is wrong with a row of a list, a file or a run, in words: codes are for programs. Pure."""

from app.web.translation import N_, Words, gettext

PARTS = Words({
    "key": N_("key"), "reason": N_("reason"), "names": N_("name"), "birth_dates": N_("date of birth"),
    "nationality": N_("nationality"), "sex": N_("sex"), "documents": N_("document"),
    "issuer": N_("issuing state"), "kind": N_("kind"), "category": N_("category"),
    "severity": N_("severity"), "valid_from": N_("first day"), "valid_to": N_("last day"),
})  # fmt: skip
"""Parts of an entry."""

WRONG = Words({
    "one_word": N_("is needed in full: a name of one word alone is met by too many"),
    "missing": N_("is missing"), "unknown": N_("is none that we know"),
    "too_long": N_("is too long"), "too_short": N_("is too short or one character over and over"),
    "too_many": N_("is given too often"), "no_letters": N_("has no letters"),
    "out_of_range": N_("is not possible"), "not_a_date": N_("is not a date"),
    "bad_value": N_("cannot be read"), "unknown_state": N_("names no state that we know"),
    "reading_unknown": N_("is in Chinese characters alone, read as Mandarin: give it in Latin letters too"),
    "before_valid_from": N_("lies before the first day"),
})  # fmt: skip
"""What is wrong with a part."""

WHOLE = Words({
    "bad_header": N_("The header is missing, or names a column twice or one that we do not know"),
    "not_csv": N_("From here on this is no CSV: a quotation may not be closed"),
    "not_utf8": N_("This is no text in UTF-8"),
    "line_too_long": N_("A line is too long"),
    "not_sdn_xml": N_("This is no sanctions list in SDN XML"),
    "not_json": N_("This line is no JSON"),
    "not_an_entity": N_("This line describes no entity"),
    "record_count": N_("The file announces another number of records than it holds"),
    "too_many_fields": N_("The row has more fields than the header"),
    "bad_act": N_("The act is neither empty nor put nor remove"),
    "bad_birth_date": N_("A date of birth cannot be read"),
    "unknown_country": N_("A state is none that we know"),
    "remove_in_whole_list": N_("A whole list takes off what it does not name: no row removes"),
    "key_again": N_("The key stands in an earlier row too; that row counts, this one does not"),
    "not_on_list": N_("No entry of the list has this key: there is nothing to take off"),
    "bad_character": N_("A character cannot be kept"),
})  # fmt: skip
"""What is wrong with a row or a file as a whole."""

RUNS = Words({
    "refused": N_("what it reads may not serve its purpose"),
    "tried too often": N_("its workers ended before it did, three times"),
    "InterruptException": N_("a part took too long"),
    "OutOfMemoryException": N_("it needs more memory than a worker has"),
    "IOException": N_("a file of snapshots cannot be read"),
})  # fmt: skip
"""Why a backtest did not come to an end."""


def fault_said(code: str) -> str:
    """``/names/0 no_letters`` as ``name 1 has no letters``; what nobody has put into words is said to be so."""
    pointer, _, wrong = code.rpartition(" ")
    if not pointer:
        return WHOLE[code] if code in WHOLE else gettext("This cannot be used")
    parts = [PARTS[name] for name in pointer.split("/") if name in PARTS]
    numbers = [int(index) + 1 for index in pointer.split("/") if index.isdecimal()]
    if not parts:
        return WHOLE[wrong] if wrong in WHOLE else gettext("This cannot be used")
    said = WRONG[wrong] if wrong in WRONG else gettext("cannot be used")
    if numbers:
        return gettext(
            "%(part)s %(number)s %(wrong)s", part=": ".join(parts), number=numbers[0], wrong=said
        )
    return gettext("%(part)s %(wrong)s", part=": ".join(parts), wrong=said)


def run_said(error: str | None) -> str:
    """Why a backtest failed."""
    return (
        RUNS[error]
        if error and error in RUNS
        else gettext("the reason stands in the log of the workers")
    )


REFUSED = Words({
    "not_a_condition": N_("This is no condition that can be true or false."),
    "type_mismatch": N_("Two values of different kinds cannot be put together so."),
    "unit_mismatch": N_("What is counted or written in different units cannot be put together so."),
    "forbidden_fact": N_("Such a fact may be no ground for anything."),
    "unknown_fact": N_("There is no such fact."),
    "unknown_list": N_("There is no such list."),
    "unknown_function": N_("There is no such function."),
    "out_of_range": N_("A number is too large or too small."),
    "bad_literal": N_("A date or number is not written as it must be."),
    "too_deep": N_("The condition is nested too deeply."),
    "text_too_long": N_("The text is too long."),
    "syntax": N_("The text is not written as a condition is."),
    "bad_character": N_("A character cannot stand here."),
    "protected_only": N_("Who somebody is would decide alone, and no law is named on which that rests."),
    "no_ground": N_("The condition has no ground but who somebody is."),
    "too_few_to_judge": N_("Too few travellers are known to judge the condition."),
    "purpose_not_allowed": N_("A fact may not serve this purpose."),
})  # fmt: skip
"""Why a rule's text cannot be used, by the checker's code; its own message, which names the place, is English."""


def refused(code: str, message: str) -> str:
    """Why a text cannot be used, for whoever does not read the checker's own message."""
    said = REFUSED.get(code, "")
    return "" if said in ("", message) or said == REFUSED.message(code) else said
