"""The linter sees into function bodies."""

from pathlib import Path

import pytest

from tools.lint_sql import lint, main, pieces_of, plain_faults

SQL_FUNCTION = """\
-- How many contracts a symbol has.
CREATE FUNCTION ops.count_contracts(p_symbol text) RETURNS bigint
LANGUAGE sql STABLE AS $$
SELECT count(*)
FROM fo.contract AS contract
WHERE contract.symbol = p_symbol;
$$;
"""
PLPGSQL_FUNCTION = """\
-- Every construct that is no SQL.
CREATE FUNCTION ops.try_everything(p_symbol text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_clock timestamptz := (
        SELECT min(instrument.clock) FROM fo.instrument AS instrument
    );
    v_day date;
    v_count bigint;
BEGIN
    IF v_clock IS NULL OR EXISTS (SELECT FROM fo.contract) THEN
        RAISE EXCEPTION 'no clock; % is unknown', p_symbol USING HINT = 'Send another.';
    ELSIF CASE WHEN v_clock > now() THEN p_symbol = 'A' ELSE FALSE END THEN
        PERFORM ops.epoch();
    END IF;
    SELECT count(*), max(contract.expiry) INTO v_count, v_day
    FROM fo.contract AS contract
    INNER JOIN fo.instrument AS instrument ON contract.symbol = instrument.symbol
    WHERE contract.symbol = p_symbol;
    FOR v_day IN
        SELECT contract.expiry
        FROM fo.contract AS contract
    LOOP
        EXECUTE format($sql$select %L$sql$, v_day) INTO v_count;
        CONTINUE WHEN v_count > 3;
    END LOOP;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT v_count;
EXCEPTION
    WHEN no_data_found OR too_many_rows THEN
        v_count := 0;
END;
$$;
"""


def faults(text: str) -> list[tuple[int, str]]:
    """Lines and what is wrong there, of the bodies alone."""
    [_, *inside] = pieces_of("some.sql", text)
    found = [fault for piece in inside for fault in lint(piece)]
    found += plain_faults("some.sql", text)
    return sorted((fault.line, fault.about.split()[0]) for fault in found)


@pytest.mark.parametrize("text", [SQL_FUNCTION, PLPGSQL_FUNCTION])
def test_right_body_has_no_fault(text: str) -> None:
    """Parameters, variables and PL/pgSQL's own words are none."""
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "right", "wrong", "expected"),
    [
        (SQL_FUNCTION, "FROM fo", "from fo", (5, "CP01")),
        (SQL_FUNCTION, "WHERE contract.s", "WHERE contract.S", (6, "CP02")),
        (SQL_FUNCTION, "FROM fo", "    FROM fo", (5, "LT02")),
        (SQL_FUNCTION, "SELECT count(*)", "SELEC count(*)", (4, "PRS")),
        (SQL_FUNCTION, "count(*)\n", "count(*) + " + "1" * 90 + "\n", (4, "line")),
        (PLPGSQL_FUNCTION, "IS NULL", "is NULL", (11, "CP01")),
        (PLPGSQL_FUNCTION, "v_count := 0", "v_count := 0  + 1", (34, "LT01")),
        (PLPGSQL_FUNCTION, "ops.epoch()", "Max(1)", (14, "CP03")),
        (PLPGSQL_FUNCTION, "max(contract.expiry)", "max(expiry)", (16, "RF02")),
        (PLPGSQL_FUNCTION, "ON contract", "on contract", (18, "CP01")),
        (
            PLPGSQL_FUNCTION,
            "    WHERE contract",
            "        WHERE contract",
            (19, "LT02"),
        ),
        (PLPGSQL_FUNCTION, "        FROM fo", "          FROM fo", (22, "LT02")),
        (PLPGSQL_FUNCTION, "SELECT v_count", "select v_count", (31, "CP01")),
        (PLPGSQL_FUNCTION, "ELSIF", "elsif", (13, "keywords")),
        (PLPGSQL_FUNCTION, "v_day date;", "v_day date; ", (8, "line")),
        (PLPGSQL_FUNCTION, "    v_day date;", "   v_day date;", (8, "indentation")),
        (PLPGSQL_FUNCTION, "\n$$;", "\n  $$;", (1, "a")),
    ],
)
def test_wrong_body_is_found_at_its_line(
    text: str, right: str, wrong: str, expected: tuple[int, str]
) -> None:
    """The line is that of the file."""
    assert text.count(right) == 1
    assert expected in faults(text.replace(right, wrong))


def test_faults_are_printed_and_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And found again: only what was clean is remembered."""
    path = tmp_path / "count_contracts.sql"
    path.write_text(SQL_FUNCTION.replace("FROM fo", "from fo"))
    for _ in range(2):
        assert main([str(tmp_path)]) == 1
        assert f"{path}:5: CP01" in capsys.readouterr().out
    path.write_text(SQL_FUNCTION)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
