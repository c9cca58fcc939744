"""The declarative base of all tables, and the column types that both databases share."""

import enum
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import JSON, BigInteger, Date, DateTime, Dialect, Enum, MetaData, String, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _written(value: Any) -> str:
    return msgspec.json.encode(value).decode()


# For engines and dialects: in a tenth of the time that the standard library takes.
JSON_BY_MSGSPEC: dict[str, Any] = {"json_serializer": _written, "json_deserializer": msgspec.json.decode}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: refuses naive values, gives aware UTC back on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, f"naive datetime {value}: instants are aware"
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Id(Uuid[UUID]):
    """A UUID. Where the database has no such type, texts that come again and again are read once."""

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        is_native = super().result_processor(dialect, coltype) is None
        return None if is_native else _read_once


@lru_cache(maxsize=1 << 14)
def _read_once(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


class StructJson(TypeDecorator[Any]):
    """A column that holds one msgspec type as JSON (JSONB on PostgreSQL) and gives that type back; None is NULL."""

    impl = JSON
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__(none_as_null=True)
        self.shape = shape

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(
            JSONB(none_as_null=True) if dialect.name == "postgresql" else JSON(none_as_null=True)
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else msgspec.to_builtins(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else msgspec.convert(value, self.shape, str_keys=True)


def _values(members: Iterable[enum.Enum]) -> list[str]:
    return [member.value for member in members]


class Table(DeclarativeBase):
    """Base of all tables. `audited`: whether a change of a row leaves an audit row."""

    audited: ClassVar[bool] = True
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: String(),
        int: BigInteger(),
        datetime: UtcDateTime(),
        date: Date(),
        UUID: Id(),
        enum.Enum: Enum(enum.Enum, native_enum=False, length=32, values_callable=_values),
    }


class Row(Table):
    """A table whose key is one UUIDv7 made by the transaction."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)


class Versioned(Row):
    """A row that counts its versions; two writers of one version: the second gets `StaleDataError`."""

    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}
