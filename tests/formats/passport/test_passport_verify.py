"""Passive authentication: a genuine chip passes every check, each forgery fails the one that is about it."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.formats.passport import (
    Check,
    Chip,
    Outcome,
    TrustStore,
    Verdict,
    issue,
    tlv,
    trust,
    verify,
)
from app.formats.passport.verify import SECURITY_OBJECT
from tests.formats.passport.world import AUTHORITY, NOW, SIGNER, ZONE, chip, printed

TRUSTED = TrustStore([AUTHORITY.certificate])
OTHER_ZONE = ZONE.replace("ANNA", "BERT")


def failed(made: Chip, trusted: TrustStore = TRUSTED, **more: object) -> dict[Check, str]:
    report = verify(made, trusted, NOW, **{"printed": printed(), **more})  # type: ignore[arg-type]
    return {c: found.why for c, found in report.checks.items() if found.outcome is Outcome.FAILED}


def test_a_genuine_passport_passes_every_check() -> None:
    lists = trust.read_crl(issue.write_crl(AUTHORITY, [], NOW), TRUSTED)
    report = verify(chip().chip, TRUSTED, NOW, printed=printed(), revoked=lists)
    assert {found.outcome for found in report.checks.values()} == {Outcome.PASSED}
    assert (report.verdict, report.country) == (Verdict.TRUSTED, "JP")
    assert report.zone == printed()


def without(made: Chip, group: int) -> Chip:
    return replace(made, groups={n: data for n, data in made.groups.items() if n != group})


def with_group(made: Chip, group: int, data: bytes) -> Chip:
    return replace(made, groups={**made.groups, group: data})


FORGERIES: dict[str, tuple[Callable[[], Chip], Check, str]] = {
    "another name in DG1": (
        lambda: with_group(chip().chip, 1, issue.write_zone(OTHER_ZONE)), Check.GROUPS, "dg1",
    ),
    "another portrait": (
        lambda: with_group(chip().chip, 2, issue.write_portrait(b"\xff\xd8\xff another")), Check.GROUPS, "dg2",
    ),
    "a group that nobody signed": (lambda: with_group(chip().chip, 11, b"k\x00"), Check.GROUPS, "dg11"),
    "an authority of the same name": (
        lambda: chip(issue.make_signer(issue.make_authority("JP", NOW), NOW)).chip, Check.SIGNER_CERTIFICATE,
        "unknown-key",
    ),
    "a signer that acts as authority": (
        lambda: chip(issue.make_signer(SIGNER, NOW)).chip, Check.SIGNER_CERTIFICATE, "no-authority",
    ),
    "an authority that signs passports": (lambda: chip(AUTHORITY).chip, Check.SOD_SIGNATURE, "signer-role"),
    "a security object cut off": (
        lambda: replace(chip().chip, sod=(chip().chip.sod or b"")[:-40]), Check.SOD_SIGNATURE, "unreadable",
    ),
    "other signed content": (
        lambda: replace(chip().chip, sod=tlv.write(0x77, issue.sign(b"0\x00", trust.MASTER_LIST, SIGNER, NOW))),
        Check.SOD_SIGNATURE, "content-type",
    ),
    "a list of groups that differs": (
        lambda: replace(chip().chip, com=issue.write_com([1, 2])), Check.COM_AND_SOD, "other-groups",
    ),
    "another page": (lambda: chip(zone=OTHER_ZONE).chip, Check.ZONE, "another-zone"),
    "another state's signer": (
        lambda: chip(zone=ZONE.replace("P<JPN", "P<FRA")).chip, Check.ISSUER, "another-country",
    ),
    "no hashes in the security object": (
        lambda: replace(chip().chip, sod=tlv.write(0x77, issue.sign(b"0\x00", SECURITY_OBJECT, SIGNER, NOW))),
        Check.GROUPS, "unreadable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_fails_the_check_that_is_about_it(name: str) -> None:
    make, check, why = FORGERIES[name]
    made = make()
    report = verify(made, TRUSTED, NOW, printed=printed())
    assert report.checks[check].why == why
    asked = why in ("unknown-key", "no-authority")
    assert report.verdict is (Verdict.UNVERIFIABLE if asked else Verdict.UNTRUSTED)


def test_a_revoked_signer_fails() -> None:
    crl = issue.write_crl(AUTHORITY, [SIGNER], NOW)
    revoked = trust.read_crl(crl, TRUSTED)
    assert failed(chip().chip, revoked=revoked) == {Check.SIGNER_REVOCATION: "revoked"}
    other = trust.read_crl(issue.write_crl(AUTHORITY, [], NOW), TRUSTED)
    assert failed(chip().chip, revoked=other) == {}
    both = trust.joined([revoked, other])
    assert failed(chip().chip, revoked=both) == {Check.SIGNER_REVOCATION: "revoked"}


def test_revocation_is_passed_only_by_a_list_of_the_signers_authority_that_is_of_today() -> None:
    abroad = issue.make_authority("GB", NOW)
    trusted = TrustStore([AUTHORITY.certificate, abroad.certificate])
    foreign = trust.read_crl(issue.write_crl(abroad, [], NOW), trusted)
    own = trust.read_crl(issue.write_crl(AUTHORITY, [], NOW, days=1), trusted)
    for lists, days, told in (
        (None, 0, "no-list"), (foreign, 0, "no-list"), (own, 1, ""), (own, 2, "list-out-of-date"),
        (trust.joined([own, foreign]), 2, "list-out-of-date"),
    ):  # fmt: skip
        at = NOW + timedelta(days=days)
        report = verify(chip().chip, trusted, at, printed=printed(), revoked=lists)
        found = report.checks[Check.SIGNER_REVOCATION]
        assert (found.outcome, found.why) == (
            Outcome.UNKNOWN if told else Outcome.PASSED, told,
        )  # fmt: skip
        is_stale = told == "list-out-of-date"
        assert report.verdict is (Verdict.UNVERIFIABLE if is_stale else Verdict.TRUSTED)
        assert report.vouches_for(2) is not is_stale


def test_a_revoked_signer_stays_revoked_when_the_list_is_out_of_date() -> None:
    lists = trust.read_crl(issue.write_crl(AUTHORITY, [SIGNER], NOW, days=1), TRUSTED)
    report = verify(chip().chip, TRUSTED, NOW + timedelta(days=300), revoked=lists)
    assert report.checks[Check.SIGNER_REVOCATION].why == "revoked"


def test_a_portrait_that_is_signed_and_kept_back_is_not_verifiable_other_groups_are_no_finding() -> (
    None
):
    report = verify(without(chip().chip, 2), TRUSTED, NOW, printed=printed())
    assert report.checks[Check.GROUPS].why == "dg2-kept-back"
    assert (report.verdict, report.vouches_for(2)) == (Verdict.UNVERIFIABLE, False)
    whole = chip().chip
    closed = {**whole.groups, 3: b"fingers", 4: b"iris", 11: b"more"}
    signed = replace(
        whole, sod=issue.write_sod(closed, SIGNER, NOW), com=issue.write_com(list(closed))
    )
    report = verify(signed, TRUSTED, NOW, printed=printed())
    assert (report.verdict, report.vouches_for(2)) == (Verdict.TRUSTED, True)


def test_dates_alone_are_told_apart_from_forgery() -> None:
    late = NOW + timedelta(days=366 * issue.SIGNER_YEARS)
    report = verify(chip().chip, TRUSTED, late)
    assert report.checks[Check.SIGNER_VALIDITY].outcome is Outcome.FAILED
    assert report.checks[Check.SIGNER_CERTIFICATE].outcome is Outcome.PASSED
    assert report.verdict is Verdict.OUT_OF_TIME


def test_a_state_whose_authority_is_not_known_is_for_an_officer() -> None:
    report = verify(chip().chip, TrustStore(), NOW, printed=printed())
    assert report.checks[Check.SIGNER_CERTIFICATE].why == "no-authority"
    assert report.verdict is Verdict.UNVERIFIABLE


def test_files_that_were_not_read_are_not_passed() -> None:
    assert verify(Chip(None), TRUSTED, NOW).verdict is Verdict.UNVERIFIABLE
    assert verify(without(chip().chip, 1), TRUSTED, NOW).verdict is Verdict.UNVERIFIABLE
    report = verify(replace(chip().chip, com=None), TRUSTED, NOW, printed=printed())
    assert report.checks[Check.COM_AND_SOD].outcome is Outcome.UNKNOWN
    assert report.verdict is Verdict.TRUSTED


def mutations(count: int) -> None:
    """Bits turned, bytes put in, cut out, repeated: whoever is trusted then has every signed thing unaltered."""
    chance = random.Random(7)
    made = chip().chip
    assert made.sod is not None
    for _ in range(count):
        which = chance.choice(["sod", 1, 2, 15])
        before = made.sod if which == "sod" else made.groups[which]
        after = mutated(before, chance)
        forged = replace(made, sod=after) if which == "sod" else with_group(made, which, after)
        report = verify(forged, TRUSTED, NOW, printed=printed())
        if report.verdict is Verdict.TRUSTED:
            assert which == "sod" or after == before
            assert report.zone == printed()
            assert report.country == "JP"


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    at = chance.randrange(len(changed))
    match chance.randrange(4):
        case 0:
            changed[at] ^= 1 << chance.randrange(8)
        case 1:
            changed[at:at] = chance.randbytes(chance.randrange(1, 9))
        case 2:
            del changed[at : at + chance.randrange(1, 9)]
        case _:
            changed[at] = chance.randrange(256)
    return bytes(changed)


def test_altered_files_are_never_trusted() -> None:
    mutations(400)


@pytest.mark.slow
def test_ten_thousand_altered_files_are_never_trusted() -> None:
    mutations(10_000)
