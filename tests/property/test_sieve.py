"""What a view over the district does not look at is passed over undecoded, and nothing else is,
whatever stands in the lines."""

from collections.abc import Callable, Sequence

import msgspec
from eventsourcing.persistence import Notification
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import codec, sources
from core.batch import Head, Journal, parse
from core.catalog import CATALOG
from core.event import Data
from core.events import door
from core.events import waste as w
from core.writer import BatchWriter
from projections.follower import Item
from projections.pages import items, opened
from projections.sieve import looked_at, sifted
from projections.waste_district.view import WASTE_DISTRICT
from tests.fix_core import signer_of
from tests.fix_views import COMPOUND, NOON, MemoryLog, Said

SKIPPED, KEPT = w.LevelMeasured.TYPE, w.BinCollected.TYPE
PASSED_OVER = WASTE_DISTRICT.passed_over(CATALOG)
FACTS: Sequence[Data] = (
    w.LevelMeasured(distance_mm=5),
    w.LevelMeasured(native={"type": KEPT}),
    w.LevelMeasured(native={"said": f'"type":"{KEPT}"'}),
    w.LevelMeasured(native={"said": f"}}\n{{type: {KEPT}}}"}),
    w.LevelMeasured(native={"类": "满"}),
    w.BinCollected(bin="b1", net_g=10),
    w.BinCollected(bin="b1", native={"type": SKIPPED}),
    w.BinCollected(bin="b1", native={"said": f'"type":"{SKIPPED}"'}),
    w.Overflowed(source="camera"),
    door.Opened(),
)


def _inserted(line: bytes, more: bytes) -> bytes:
    return line[:-1] + more + b"}"


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda line: line,
    "spaced": lambda line: line.replace(b'"type":', b'"type" : ', 1),
    "escaped name": lambda line: line.replace(b'"type"', b'"t\\u0079pe"', 1),
    "escaped type": lambda line: line.replace(b"waste.", b"w\\u0061ste."),
    "sorted": lambda line: msgspec.json.encode(msgspec.json.decode(line), order="sorted"),
    "type again": lambda line: _inserted(line, b',"type":"%s"' % KEPT.encode()),
    "passed over again": lambda line: _inserted(line, b',"type":"%s"' % SKIPPED.encode()),
    "broken over two lines": lambda line: line.replace(b',"data"', b',\n"data"', 1),
    "rest of a line": lambda line: _inserted(line, b',"x":[{}\n]'),
    "unknown": lambda line: line.replace(b'.v1"', b'.v9"', 1),
    "no gateway's time": lambda line: line.replace(b'"recordedtime":"2026', b'"recordedtime":"x'),
    "not its data": lambda line: line.replace(b'"distanceMm":5', b'"distanceMm":"five"'),
}
LINES = st.lists(
    st.tuples(st.sampled_from(FACTS), st.sampled_from(sorted(WAYS))), min_size=1, max_size=6
)


def stored(drawn: Sequence[tuple[Data, str]]) -> Notification:
    said, signer = Said(), signer_of(1)
    lines = [WAYS[way](codec.encode(said.event(data, "bin/b1"))) for data, way in drawn]
    batch = BatchWriter(Journal(signer.public, 1), signer, Head()).batches(lines, NOON)[0]
    log = MemoryLog()
    log.append([batch.stored()], NOON)
    return log.read(0, 1, 1)[0]


def asked_for(found: Sequence[Item]) -> list[Item]:
    return [one for one in found if _type(one) not in PASSED_OVER]


def _type(item: Item) -> str:
    return item.type if isinstance(item, codec.Unread) else item.event.type


@given(LINES)
@example([(FACTS[6], "spaced"), (FACTS[0], "as it is")])
@example([(FACTS[0], "type again"), (FACTS[0], "as it is")])
@example([(FACTS[0], "rest of a line"), (FACTS[5], "as it is")])
@settings(max_examples=400)
def test_what_is_looked_at_is_there_and_stands_where_it_stood(
    drawn: list[tuple[Data, str]],
) -> None:
    one = stored(drawn)
    sources.check(parse(one.state), f"/c/{COMPOUND}/")  # as ingest would take it
    found = sifted(one, CATALOG, looked_at(WASTE_DISTRICT, CATALOG))
    assert asked_for(found) == asked_for(items(opened(one), one, CATALOG))


@given(st.lists(st.sampled_from([FACTS[0], FACTS[4], FACTS[5], FACTS[8], FACTS[9]]), min_size=1))
def test_of_lines_as_we_write_them_no_other_is_decoded(facts: list[Data]) -> None:
    one = stored([(data, "as it is") for data in facts])
    found = sifted(one, CATALOG, looked_at(WASTE_DISTRICT, CATALOG))
    assert list(found) == asked_for(found)
