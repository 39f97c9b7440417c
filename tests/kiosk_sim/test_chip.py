"""What a kiosk's reader makes of a passport's chip: genuine, altered, copied, of a state without keys, without a chip."""

import dataclasses
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

from app.formats.passport import Chip, TrustStore, UntrustedError, issue
from app.formats.passport.issue import Keeper, SimulatedChip, make_authority, make_chip, make_signer
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.states import AUTHORITIES, States
from tests.kiosk_sim.fakes import passport

NOW = datetime.now(UTC)
PICTURE = b"\xff\xd8\xff\xe0 of somebody invented"
BRITISH = dataclasses.replace(passport(), nationality="GBR", issuer="GBR")
ZONE = BRITISH.mrz
OTHER = dataclasses.replace(BRITISH, number="KX7654321").mrz


@cache
def keepers() -> tuple[Keeper, Keeper]:
    """An authority of the passport's state, and its document signer."""
    authority = make_authority("GB", NOW)
    return authority, make_signer(authority, NOW)


def reader(*keepers_trusted: Keeper) -> ChipReader:
    return ChipReader(TrustStore(one.certificate for one in keepers_trusted))


def chip(*, active: bool = True) -> SimulatedChip:
    return make_chip(ZONE, PICTURE, keepers()[1], NOW, active=active)


def with_files(made: SimulatedChip, **changes: object) -> SimulatedChip:
    return dataclasses.replace(made, chip=dataclasses.replace(made.chip, **changes))


def test_a_genuine_chip_is_told_as_such_with_every_check_and_its_portrait() -> None:
    read = reader(keepers()[0]).read(Document(ZONE, chip()))
    assert (read.chip, read.portrait) == ("ok", PICTURE)
    assert read.checks == {
        "sod-signature": "passed", "signer-certificate": "passed", "signer-validity": "passed",
        "signer-revocation": "unknown:no-list", "com-and-sod": "passed", "groups": "passed",
        "zone": "passed", "issuer": "passed", "chip-answers": "passed",
    }  # fmt: skip
    assert read.sent() == {"chip": "ok", "chip_checks": read.checks}


def test_an_altered_picture_a_page_of_somebody_else_and_a_copy_are_told_as_failed_without_a_portrait() -> (
    None
):
    made = chip()
    altered = with_files(
        made, groups={**made.chip.groups, 2: issue.write_portrait(b"\xff\xd8\xff other")}
    )
    copied = dataclasses.replace(made, key=chip().key)
    for document, check, why in (
        (Document(ZONE, altered), "groups", "failed:dg2"),
        (Document(OTHER, made), "zone", "failed:another-zone"),
        (Document(ZONE, copied), "chip-answers", "failed:another-chip"),
        (
            Document(ZONE, dataclasses.replace(made, key=None)),
            "chip-answers",
            "failed:another-chip",
        ),
    ):
        read = reader(keepers()[0]).read(document)
        assert (read.chip, read.portrait, read.checks[check]) == ("failed", None, why)


def test_a_copy_that_keeps_the_signed_key_back_is_looked_at_by_an_officer() -> None:
    made = chip()
    groups = {number: data for number, data in made.chip.groups.items() if number != 15}
    read = reader(keepers()[0]).read(Document(ZONE, with_files(made, groups=groups)))
    assert (read.chip, read.checks["chip-answers"]) == ("not-verifiable", "unknown:key-kept-back")


class OtherHash(SimulatedChip):
    """It answers by SHA-384 whatever it says."""

    def answer(self, challenge: bytes) -> bytes:
        assert isinstance(self.key, ec.EllipticCurvePrivateKey)
        r, s = utils.decode_dss_signature(self.key.sign(challenge, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def with_hash(dg14: bytes | None) -> Chip:
    """A chip that was issued with this DG14, or without one."""
    groups = {n: data for n, data in chip().chip.groups.items() if n != 14}
    groups |= {14: dg14} if dg14 is not None else {}
    return Chip(issue.write_sod(groups, keepers()[1], NOW), issue.write_com(list(groups)), groups)


def key_of(made: Chip) -> SimulatedChip:
    """Answers by a key that is in the signed DG15."""
    key = ec.generate_private_key(ec.SECP256R1())
    groups = {**made.groups, 15: make_chip(ZONE, None, keepers()[1], NOW, key=key).chip.groups[15]}
    sod = issue.write_sod(groups, keepers()[1], NOW)
    return OtherHash(dataclasses.replace(made, sod=sod, groups=groups), key)


def test_a_genuine_chip_that_answers_by_another_hash_is_no_copy() -> None:
    for dg14 in (issue.write_security_infos("sha384"), None):
        read = reader(keepers()[0]).read(Document(ZONE, key_of(with_hash(dg14))))
        assert (read.chip, read.checks["chip-answers"]) == ("ok", "passed")


def test_a_chip_whose_algorithm_is_not_known_is_looked_at_by_an_officer() -> None:
    odd = issue.write_security_infos("sha256").replace(b"\x04\x01\x03", b"\x04\x01\x06")
    read = reader(keepers()[0]).read(Document(ZONE, key_of(with_hash(odd))))
    assert (read.chip, read.checks["chip-answers"]) == ("not-verifiable", "unknown:algorithm")


def test_a_chip_that_answers_by_rsa_is_read_and_kept_in_a_tray() -> None:
    key = rsa.generate_private_key(65537, 2048)
    made = make_chip(ZONE, PICTURE, keepers()[1], NOW, key=key)
    back = Document.of_item(Document(ZONE, made).to_item())
    assert reader(keepers()[0]).read(back).checks["chip-answers"] == "passed"
    other = rsa.generate_private_key(65537, 2048)
    copied = dataclasses.replace(made, key=other)
    assert reader(keepers()[0]).read(Document(ZONE, copied)).chip == "failed"


def test_a_chip_that_was_issued_without_a_key_is_not_asked() -> None:
    read = reader(keepers()[0]).read(Document(ZONE, chip(active=False)))
    assert (read.chip, read.checks["chip-answers"]) == ("ok", "unknown:no-key")


def test_a_picture_that_no_trusted_state_vouches_for_is_compared_with_nobody() -> None:
    made = chip(active=False)
    invented = make_signer(make_authority("GB", NOW), NOW)
    for trusted, document in (
        (make_authority("JP", NOW), made),
        (keepers()[0], make_chip(ZONE, PICTURE, invented, NOW, active=False)),
        (keepers()[0], with_files(made, sod=None)),
        (keepers()[0], with_files(made, groups={2: made.chip.groups[2]})),
    ):
        read = reader(trusted).read(Document(ZONE, document))
        assert (read.chip, read.portrait) == ("not-verifiable", None)
    unsigned = make_chip(ZONE, None, keepers()[1], NOW, active=False)
    added = {**unsigned.chip.groups, 2: issue.write_portrait(PICTURE)}
    read = reader(keepers()[0]).read(Document(ZONE, with_files(unsigned, groups=added)))
    assert (read.chip, read.portrait) == ("failed", None)


def test_a_picture_of_a_trusted_state_whose_dates_are_over_is_compared() -> None:
    ended = make_signer(keepers()[0], NOW - timedelta(days=30), days=20)
    made = make_chip(ZONE, PICTURE, ended, NOW, active=False)
    read = reader(keepers()[0]).read(Document(ZONE, made))
    assert (read.chip, read.portrait) == ("not-verifiable", PICTURE)


def test_a_picture_that_is_kept_back_is_looked_at_by_an_officer() -> None:
    made = chip()
    groups = {number: data for number, data in made.chip.groups.items() if number != 2}
    read = reader(keepers()[0]).read(Document(ZONE, with_files(made, groups=groups)))
    assert (read.chip, read.checks["groups"]) == ("not-verifiable", "unknown:dg2-kept-back")


def test_a_list_of_one_state_says_nothing_of_another(tmp_path: Path) -> None:
    abroad = make_authority("JP", NOW)
    trusted, crl = tmp_path / "authorities.pem", tmp_path / "jp.crl"
    trusted.write_bytes(abroad.pem() + keepers()[0].pem())
    crl.write_bytes(issue.write_crl(abroad, [], NOW))
    read = ChipReader.load(trusted, [crl]).read(Document(ZONE, chip()))
    assert (read.chip, read.checks["signer-revocation"]) == ("ok", "unknown:no-list")


def test_a_list_that_is_out_of_date_stops_no_kiosk_and_sends_its_passports_to_an_officer(
    tmp_path: Path,
) -> None:
    authority = keepers()[0]
    trusted, crl = tmp_path / "authorities.pem", tmp_path / "gb.crl"
    trusted.write_bytes(authority.pem())
    for made_before, is_current, chip_is in ((0, True, "ok"), (91, False, "not-verifiable")):
        crl.write_bytes(issue.write_crl(authority, [], NOW - timedelta(days=made_before)))
        loaded = ChipReader.load(trusted, [crl])
        read = loaded.read(Document(ZONE, chip()))
        assert (read.chip, read.portrait is not None) == (chip_is, is_current)
        assert loaded.is_current(NOW) is is_current
    assert read.checks["signer-revocation"] == "unknown:list-out-of-date"
    assert ChipReader.load(trusted).is_current(NOW), "no list is no list that is out of date"
    crl.write_bytes(issue.write_crl(make_authority("GB", NOW), [], NOW))
    with pytest.raises(UntrustedError):
        ChipReader.load(trusted, [crl])


def test_without_a_chip_nothing_is_read_and_nothing_pretended() -> None:
    read = reader(keepers()[0]).read(Document(ZONE))
    assert read.sent() == {"chip": "not-read"}


def test_garbage_of_a_chip_is_an_answer_and_no_fault() -> None:
    for junk in (b"", b"\x77", b"\x77\x82\xff\xff", bytes(1000), b"\x30" * 3000):
        made = SimulatedChip(Chip(junk, junk, {1: junk, 2: junk, 15: junk}))
        read = reader(keepers()[0]).read(Document(ZONE, made))
        assert (read.chip, read.portrait) == ("failed", None)


def test_a_tray_keeps_documents_whole() -> None:
    for made in (chip(), chip(active=False), None):
        document = Document(ZONE, made)
        back = Document.of_item(document.to_item())
        assert back.mrz == ZONE
        assert (back.chip is None) is (made is None)
        if made is not None and back.chip is not None:
            assert back.chip.chip == made.chip
            assert reader(keepers()[0]).read(back).chip == "ok"


def test_authorities_and_revocation_lists_come_from_files(tmp_path: Path) -> None:
    authority, signer = keepers()
    trusted = tmp_path / "authorities.pem"
    trusted.write_bytes(make_authority("JP", NOW).pem() + authority.pem())
    assert ChipReader.load(trusted).read(Document(ZONE, chip())).chip == "ok"
    crl = tmp_path / "gb.crl"
    crl.write_bytes(issue.write_crl(authority, [signer], NOW - timedelta(days=1)))
    read = ChipReader.load(trusted, [crl]).read(Document(ZONE, chip()))
    assert (read.chip, read.checks["signer-revocation"]) == ("failed", "failed:revoked")
    trusted.write_bytes(b"no certificate")
    with pytest.raises(UntrustedError):
        ChipReader.load(trusted)


def test_the_simulated_states_sign_passports_that_a_kiosk_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "states"
    made = States.made(folder, ("GBR", "DEU", "JPN"))
    reader = ChipReader.load(folder / AUTHORITIES)
    for states in (made, States.load(folder), States.made(folder, ("FRA",))):
        assert reader.read(states.document(BRITISH, PICTURE)).portrait == PICTURE
        german = dataclasses.replace(BRITISH, nationality="DEU", issuer="DEU")
        assert reader.read(states.document(german)).chip == "ok"
        french = dataclasses.replace(BRITISH, nationality="FRA", issuer="FRA")
        assert states.document(french).chip is None
    assert not any(path.stat().st_mode & 0o077 for path in folder.glob("[A-Z][A-Z].pem"))
