"""A customs questionnaire as data: its questions, what a "yes" demands, the lane and the duty that follow.

Another country or a newer form is another file; nothing here knows Japan. `load` reads one from JSON already
parsed; whoever owns the files does the reading. Texts are kept by language: {"en": ..., "ja": ...}.
"""

from app.formats.questionnaire.answers import (
    FilledForm,
    Problem,
    answer_mask,
    answers_from_mask,
    lane,
    party_lane,
    validate,
    validate_declaration,
)
from app.formats.questionnaire.reading import load
from app.formats.questionnaire.schema import SCHEMA
from app.formats.questionnaire.values import (
    Allowance,
    Category,
    Choice,
    Demand,
    Duty,
    Lane,
    Open,
    Question,
    Questionnaire,
    QuestionnaireError,
    Rate,
    Reduced,
    Texts,
    text,
)

__all__ = [
    "SCHEMA", "Allowance", "Category", "Choice", "Demand", "Duty", "FilledForm", "Lane", "Open",
    "Problem", "Question", "Questionnaire", "QuestionnaireError", "Rate", "Reduced", "Texts",
    "answer_mask", "answers_from_mask", "lane", "load", "party_lane", "text", "validate",
    "validate_declaration",
]  # fmt: skip
