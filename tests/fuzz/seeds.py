"""Messages to damage, all invented: the profiles of lists, bookings by our own writer, answers, odd syntax."""

from dataclasses import replace
from datetime import datetime
from functools import cache

from app.formats import ackres, contrl, cusres, pnrgov
from app.formats.edifact import LEVEL_B
from app.formats.pnrgov.record import SpecialService
from tests.formats import bookings
from tests.formats.profiles import PROFILES

CARD = "4111111111111111"
_PREPARED = datetime(2026, 3, 9, 12, 0)
ANSWERS = (
    "UNB+UNOA:4+GOV+ZZ+261120:1201+R3'"
    "UNH+1+CUSRES:D:05B:UN:IATA'BGM+962'RFF+TN:1'RFF+AF:ZZ0046'DTM+189:2611201900:201'LOC+125+CDG'LOC+87+NRT'"
    "ERP+2'RFF+AVF:QWE123'RFF+ABO:Z9'ERC+0Z'FTX+AAP+++OK TO BOARD'UNT+13+1'"
    "UNH+2+ACKRES:11:1:IA'MSG+:23'ERC+118'UNT+4+2'"
    "UNH+3+CONTRL:D:3:UN'UCI+1+A+B+4'UCM+1+PAXLST:D:05B:UN+4+13'UCS+4+13'UCD+12+2:1'UNT+6+3'UNZ+3+R3'"
)
REMARKS = PROFILES["US"].replace(
    "GEI+", f"FTX+SSR+++SSR WCHR ZZ HK1'FTX+AAI+++KOSHER MEAL'FTX+PMT+++CC VI{CARD}'GEI+"
).replace("NAT+2+FIN", f"FTX+SSR+++SSR WCHR ZZ HK1'FTX+PMT+++CC VI{CARD}'NAT+2+FIN")  # fmt: skip
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<IATA_PNRGOV_NotifRQ xmlns="http://www.iata.org/IATA/2007/00" Version="1.0">'
    '<FlightLeg Date="2026-03-10"><DepartureAirport LocationCode="SYD"/><ArrivalAirport LocationCode="NRT"/>'
    '</FlightLeg><PNRs><PNR><BookingRefID ID="ABC123"/><Passengers><Passenger SurrogateID="1">'
    "<GivenName>ADA</GivenName><Surname>LOVELY</Surname></Passenger></Passengers></PNR></PNRs>"
    "</IATA_PNRGOV_NotifRQ>"
)


@cache
def seeds() -> list[bytes]:
    """In a fixed order: a run is repeated by its seed."""
    texts = [*PROFILES.values(), REMARKS, ANSWERS, XML, _push(), _push(1), _payments()]
    texts += ["".join(PROFILES.values()), f"QU ABCDEFG\r\n.HIJKLMN 201200\r\n\x02{_push()}\r\n\x03"]
    soap = "<e:Envelope xmlns:e='e'><e:Body>{}</e:Body></e:Envelope>"
    texts += [soap.format(XML.partition("?>")[2]), soap.format(f"<![CDATA[{_push(1)}]]>")]
    texts.append(f"QU ABCDEFG\r\n{XML}\r\n{XML}{PROFILES['UK']}")
    level_b = str.maketrans({":": LEVEL_B.component, "+": LEVEL_B.element, "'": LEVEL_B.terminator})
    texts.append(PROFILES["UK"].replace("?'", "").translate(level_b))
    return [text.encode() for text in texts]


def _push(count: int = 3) -> str:
    records = [bookings.family(number, f"B{number:05d}") for number in range(count)]
    meal = SpecialService("KSML", "HK", 1, "ZZ", traveller=0)
    adult = replace(records[0].travellers[0], services=(meal,))
    records[0] = replace(records[0], travellers=(adult, *records[0].travellers[1:]))
    return pnrgov.writer.write(
        bookings.push(*records), recipient="GOV", prepared=_PREPARED, control_reference="1"
    )


def _payments() -> str:
    body = (
        "SRC'RCI+ZZ:AB12CD'SSR+WCHR:HK:1:ZZ'SSR+AVML:HK:1:ZZ'IFT+4:28::ZZ+SSR KSML ZZ HK1'"
        f"TIF+DOE:A+JO:A:1'TKT+7840000000000:T:1'FOP+CC::410.00:VI:{CARD}:0528'"
        f"LTS+0/O/FP CCVI{CARD}/0528'LTS+0/O/MEAL KOSHER'ABI+4'DAT+710:020126:0304'"
    )
    head = bookings.HEAD
    return f"{head}EQN+1'{body}UNT+1+1'UNZ+1+R1'"


READERS = (ackres.read, contrl.read, cusres.read)
