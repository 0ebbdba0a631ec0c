"""The three roles of least privilege. They belong to the whole server, not to one database."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql
from psycopg.errors import DuplicateObject, InsufficientPrivilege, InternalError_, UniqueViolation

from core.errors import EnvironmentFault
from core.postgres.database import Database, Role
from core.postgres.faults import told

ROLES = (Role.INGEST, Role.PROJECT, Role.READ)
_ATTEMPTS = 20  # another database of the server may be making the same roles at this moment
_MISSING = """
SELECT wanted.role, r.rolname IS NULL AS absent
FROM unnest(%s::text[]) WITH ORDINALITY AS wanted(role, n) LEFT JOIN pg_roles r ON rolname = role
WHERE r.rolname IS NULL
   OR role = ANY(%s) AND NOT pg_has_role(current_user, r.oid, 'SET')
ORDER BY n
"""


def ensure(connection: Connection[Any], database: Database) -> None:
    """On an autocommit connection of the owner. EnvironmentFault naming the SQL to run when the
    login may not do it."""
    worn = [role.value for role in ROLES if role not in database.logins]
    with told("making the roles"):
        for attempt in range(_ATTEMPTS):
            statements = _wanting(connection, worn)
            if not statements:
                return
            try:
                for statement in statements:
                    connection.execute(statement)
            except InsufficientPrivilege as error:
                script = "; ".join(one.as_string(connection) for one in statements)
                raise EnvironmentFault(
                    f"{database}: this login may not make the roles it needs. Let an "
                    f"administrator run: {script};"
                ) from error
            except (DuplicateObject, UniqueViolation, InternalError_):
                if attempt == _ATTEMPTS - 1:
                    raise


def _wanting(connection: Connection[Any], worn: Sequence[str]) -> list[sql.Composed]:
    rows = connection.execute(_MISSING, ([role.value for role in ROLES], list(worn))).fetchall()
    made: list[sql.Composed] = []
    for role, absent in rows:
        if absent:
            made.append(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        if role in worn:
            made.append(_membership(connection, role))
    return made


def _membership(connection: Connection[Any], role: str) -> sql.Composed:
    # INHERIT off: who logs in has a role's rights while it wears the role, and not besides.
    return sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
        sql.Identifier(role), sql.Identifier(connection.info.user)
    )
