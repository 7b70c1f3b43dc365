"""api.chains.strike: of a strike, the figures that changed."""

import pytest

from pgstrike.api.chains.strike import ALL, Fields, Strike, keys_of

COLUMNS = ["strike", "call_oi", "put_oi", "call_ltp"]


@pytest.mark.parametrize("users", [1, 2])  # with more than one, texts are kept
def test_text_has_the_figures_that_changed(users: int) -> None:
    fields = Fields(["call_oi", "put_oi"], COLUMNS)
    fields.users = users
    strike = Strike(keys_of(COLUMNS), [100.0, 1, None, 2.5], 3)
    moves = (
        (5, [100.0, 7, None, 2.5], {3: '"call_oi":7', 4: '"call_oi":7'}),
        (
            6,
            [100.0, 7, True, 2.5],
            {4: '"call_oi":7,"put_oi":true', 5: '"put_oi":true'},
        ),
        (7, [100.0, 7, True, 9.5], {5: '"put_oi":true'}),
        (8, [100.0, 7, True, 9.5], {5: '"put_oi":true'}),
    )
    assert strike.text(fields) == '{"strike":100.0,"call_oi":1,"put_oi":null}'
    for id, figures, texts in moves:
        strike.move(figures, id)
        for _ in range(2):
            for since, text in texts.items():
                assert strike.text(fields, since) == f'{{"strike":100.0,{text}}}'
            assert strike.text(fields, id) == ""
    assert strike.newest == 7 and strike.changed == [3, 5, 6, 7]
    assert strike.text(fields, ALL) == '{"strike":100.0,"call_oi":7,"put_oi":true}'


@pytest.mark.parametrize("users", [1, 2])
def test_text_is_that_of_the_newest_figures(users: int) -> None:
    """Of all that moved since it was asked for, and though it was kept."""
    fields = Fields(["call_oi", "put_oi"], COLUMNS)
    fields.users = users
    strike = Strike(keys_of(COLUMNS), [100.0, 1, 2, 2.5], 3)
    assert strike.text(fields) == '{"strike":100.0,"call_oi":1,"put_oi":2}'
    strike.move([100.0, 7, 2, 2.5], 4)
    strike.move([100.0, 7, 8, 2.5], 5)
    assert strike.text(fields) == '{"strike":100.0,"call_oi":7,"put_oi":8}'


def test_strike_of_which_nothing_is_wanted_is_there() -> None:
    strike = Strike(keys_of(COLUMNS), [100.0, 1, None, 2.5], 3)
    assert strike.text(Fields([], COLUMNS)) == '{"strike":100.0}'
    assert strike.text(Fields([], COLUMNS), 2) == ""
