"""The engine: where relational analyses run.

Analyses are Ibis expressions and know nothing of the engine. By default it is DuckDB inside this process; a URL names
another one:

=====================  =====================================================================
``duckdb://``          embedded (default)
``sail://local``       Sail in this process, spoken to over Spark Connect (extra ``sail``)
``sc://host:port``     any Spark Connect server: Apache Spark, Sail, Databricks
``spark://host:port``  an Apache Spark standalone master (extra ``spark``, Java 17)
=====================  =====================================================================
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ibis
import pyarrow as pa

from chizai.errors import EngineError, MissingExtra

DEFAULT_URL = "duckdb://"
SCHEMES = ("duckdb", "sail", "sc", "spark")


class Engine:
    """A connection that reads Parquet files and runs Ibis expressions."""

    def __init__(self, url: str = DEFAULT_URL, *, threads: int | None = None, memory: str | None = None) -> None:
        self.url = url
        scheme = urlsplit(url).scheme
        if scheme not in SCHEMES:
            raise EngineError(url=url, detail=f"unknown scheme; known are {', '.join(SCHEMES)}")
        self._server: Any = None
        self.embedded = scheme == "duckdb"
        self.backend: Any = self._duckdb(threads, memory) if self.embedded else self._spark(scheme)

    def _duckdb(self, threads: int | None, memory: str | None) -> Any:
        settings: dict[str, Any] = {
            "temp_directory": str(Path(tempfile.gettempdir()) / f"chizai-{os.getpid()}"),
            # No extension is ever fetched: no network unless the user asks for a download.
            "autoinstall_known_extensions": False,
            "preserve_insertion_order": False,
        }
        if threads is not None:
            settings["threads"] = threads
        if memory is not None:
            settings["memory_limit"] = memory
        return ibis.duckdb.connect(":memory:", **settings)

    def _spark(self, scheme: str) -> Any:
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise MissingExtra(feature=self.url, extra="spark" if scheme == "spark" else "sail") from error
        try:
            if scheme == "sail":
                try:
                    from pysail.spark import SparkConnectServer
                except ImportError as error:
                    raise MissingExtra(feature=self.url, extra="sail") from error
                self._server = SparkConnectServer("127.0.0.1", 0)
                self._server.start(background=True)
                _, port = self._server.listening_address
                session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
            elif scheme == "sc":
                session = SparkSession.builder.remote(self.url).create()
            else:
                session = SparkSession.builder.master(self.url).appName("chizai").getOrCreate()
            return ibis.pyspark.connect(session)
        except MissingExtra:
            raise
        except Exception as error:
            raise EngineError(url=self.url, detail=str(error).splitlines()[0] if str(error) else repr(error)) from error

    def read(self, name: str, paths: Sequence[Path]) -> Any:
        """An Ibis table over Parquet files of one schema."""
        found = [str(path.resolve()) for path in paths]
        if self.embedded:
            return self.backend.read_parquet(found, table_name=name)
        frame = self.backend._session.read.parquet(*found)
        frame.createOrReplaceTempView(name)
        return self.backend.table(name)

    def keep(self, name: str, expression: Any) -> Any:
        """Materialise an intermediate result where the engine is, so that later expressions start from it."""
        if self.embedded:
            return self.backend.create_table(name, expression, temp=True)
        return expression.cache()

    def run(self, expression: Any) -> pa.Table:
        """The result as an Arrow table."""
        return expression.to_pyarrow() if self.embedded else self.backend.to_pyarrow(expression)

    def close(self) -> None:
        if self._server is not None:
            self.backend.disconnect()
            self._server.stop()
            self._server = None
        elif self.embedded:
            self.backend.disconnect()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sql(expression: Any, *, dialect: str) -> str:
    """The SQL of an expression in another engine's dialect (``bigquery``, ``pyspark``, ``duckdb`` ...)."""
    return str(ibis.to_sql(expression, dialect=dialect))


def unbound(schemas: Mapping[str, pa.Schema]) -> dict[str, Any]:
    """Tables without data, to compile expressions for an engine that is not at hand."""
    return {name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name) for name, schema in schemas.items()}
