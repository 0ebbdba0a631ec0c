"""A compound's October, as a ledger."""

import msgspec

from core.event import source_of
from projections.waste_district.asked.ledger import Change, Ledger, Line, Source, Total

SOURCE = source_of("fleet", "gw", "lifter")
HOSTILE = '=HYPERLINK("x")'  # run by programs that open tables, if they are let
MARKUP = "#panic() $x$ *环卫* <b> \\ @ref"  # as the typesetter writes commands


def line(number: int, **other: object) -> Line:
    day = f"2026-10-{number:02}"
    told = Line(
        category="food",
        quantity_g=123_004 + number,
        carrier="k1",
        transporter="北京环卫一队",
        facility="f01",
        destination="大屯处理厂",
        day=day,
        trip=f"v001/{day}/1",
        ticket=f"f01|T-{number}",
        outcome="delivered",
        lifts=2,
        events=(
            Source(f"lift:{number}", SOURCE, 4000 + number),
            Source(f"ticket:{number}", SOURCE, 5000 + number),
        ),
    )
    return msgspec.structs.replace(told, **other)


GONE = Change(trip="v009/2026-10-09/1", category="food", field="line", was="7000", now="")
MORE = Change(
    trip="v001/2026-10-01/1",
    category="food",
    field="quantity",
    was="100000",
    now="123005",
    events=(Source("lift:1", SOURCE, 4001),),
)
LINES = (
    line(1, presumed_g=5_000, mixed=True),
    line(2, transporter=HOSTILE, unweighed=1),
    line(3, transporter=MARKUP, facility="", destination="", ticket="", outcome="undelivered"),
)
LEDGER = Ledger(
    compound="c001",
    name="锦绣园",
    street="大屯街道",
    month="2026-10",
    revision=2,
    position=4711,
    quantity_g=sum(one.quantity_g for one in LINES),
    totals=(
        Total(
            category="food",
            quantity_g=sum(one.quantity_g for one in LINES),
            transporter="北京环卫一队",
            destination="大屯处理厂",
            lifts=6,
            unweighed=1,
            trips=3,
            first=1,
            last=3,
        ),
    ),
    lines=LINES,
    changes=(MORE, GONE),
)
