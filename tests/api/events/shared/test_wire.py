"""Records survive any cutting of their bytes."""

from hypothesis import given
from hypothesis import strategies as st

from pgstrike.api.events.shared.wire import Unpacker, packed

TEXTS = st.lists(st.text("aé\n💥", max_size=9), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(0, 2**63), TEXTS), max_size=5), st.data())
def test_any_cutting(records: list[tuple[int, list[str]]], data: st.DataObject) -> None:
    whole = b"".join(packed(number, texts) for number, texts in records)
    unpacker, found = Unpacker(), []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        found += [(r.number, r.texts) for r in unpacker.feed(whole[:size])]
        whole = whole[size:]
    assert found == records
