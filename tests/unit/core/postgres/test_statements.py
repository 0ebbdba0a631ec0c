"""A SQL file cut where PostgreSQL would cut it."""

import pytest

from core.postgres.statements import statements


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", []),
        ("-- only a comment\n/* and ; another */ ;;", []),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1;\nSELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; x", ["SELECT ';'", "x"]),
        ("SELECT 'it''s;'; x", ["SELECT 'it''s;'", "x"]),
        (r"SELECT E'\';'; x", [r"SELECT E'\';'", "x"]),
        (r"SELECT '\'; x", [r"SELECT '\'", "x"]),
        ('SELECT ";" ; x', ['SELECT ";"', "x"]),
        ("SELECT 1 -- ; not here\n; x", ["SELECT 1 -- ; not here", "x"]),
        ("SELECT /* ; /* ; */ ; */ 1; x", ["SELECT /* ; /* ; */ ; */ 1", "x"]),
        ("DO $$ BEGIN a; b; END $$; x", ["DO $$ BEGIN a; b; END $$", "x"]),
        ("DO $f$ a; $$ ; $$ b; $f$; x", ["DO $f$ a; $$ ; $$ b; $f$", "x"]),
        ("SELECT a$b$c; x$b$", ["SELECT a$b$c", "x$b$"]),
        ("SELECT $1; x", ["SELECT $1", "x"]),
        ("a - b; 3 / 4", ["a - b", "3 / 4"]),
        ("-- a comment before\nSELECT 1;", ["-- a comment before\nSELECT 1"]),
    ],
)
def test_it_is_cut_at_semicolons_that_end_a_statement(text: str, cut: list[str]) -> None:
    assert statements(text) == cut


@pytest.mark.parametrize("text", ["DO $$ BEGIN", "/* /* */", "DO $a$ x $$"])
def test_what_has_no_end_is_no_file_of_ours(text: str) -> None:
    with pytest.raises(ValueError, match="no end"):
        statements(text)
