"""Titles and reasons of rules, and titles of lists, in other languages than English; hits keep what they were given."""

import json
import tomllib
from importlib import resources

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

TABLES = {"rule_version": "texts", "watchlist": "titles", "hit": "titles"}
LAW = """
create or replace function rule_version_law() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and
        (old.rule_id, old.n, old.title, old.text, old.points, old.floor, old.purpose, old.handling,
         old.justification, {old}old.protected, old.legal_basis, old.airports, old.carriers, old.routes,
         old.valid_from, old.valid_to, old.digest, old.author_id)
        is distinct from
        (new.rule_id, new.n, new.title, new.text, new.points, new.floor, new.purpose, new.handling,
         new.justification, {new}new.protected, new.legal_basis, new.airports, new.carriers, new.routes,
         new.valid_from, new.valid_to, new.digest, new.author_id)
    then
        raise exception 'a version of a rule is never edited' using errcode = 'insufficient_privilege';
    end if;
    if new.state in ('shadow', 'active') and (new.ends_at is null or new.state = 'shadow')
        and (select kind from rule_event where version_id = new.id and kind in ('approved', 'rejected')
             order by id desc limit 1) is distinct from 'approved'
    then
        raise exception 'not approved' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$
"""
# What came with the program before there were translations, told by everything that was read of it: only what
# officers read in another language is added, so that the approval still holds.
TRANSLATE = """
update rule_version v set texts = cast(:texts as jsonb) from rule r
where r.id = v.rule_id and r.key = :key and v.n = :n and v.title = :title and v.justification = :justification
"""
HITS = """
update hit h set titles = (
    select jsonb_object_agg(one.key, one.value -> 'title') from jsonb_each(v.texts) as one)
from rule_version v join rule r on r.id = v.rule_id
where h.source = 'rule' and h.subject = r.key and h.subject_version = v.n and h.title = v.title and v.texts <> '{}'
"""


def upgrade() -> None:
    empty = sa.text("'{}'")
    for table, name in TABLES.items():
        made = sa.Column(name, postgresql.JSONB(), server_default=empty, nullable=False)
        op.add_column(table, made)
    for rule in _shipped():
        op.execute(sa.text(TRANSLATE).bindparams(**rule))
    op.execute(HITS)
    op.execute(LAW.format(old="old.texts, ", new="new.texts, "))


def downgrade() -> None:
    op.execute(LAW.format(old="", new=""))
    for table, name in TABLES.items():
        op.drop_column(table, name)


def _shipped() -> list[dict[str, object]]:
    """The rules that come with the program and have translations."""
    folder = resources.files("risk_rules.rulesets")
    files = [one for one in folder.iterdir() if one.name.endswith(".toml")]
    raw = [r for f in files for r in tomllib.loads(f.read_text(encoding="utf-8")).get("rules", [])]
    return [
        {"key": r["key"], "n": r["version"], "title": r["title"], "justification": r["justification"],
         "texts": json.dumps(r["texts"], ensure_ascii=False)}
        for r in raw if "texts" in r
    ]  # fmt: skip
