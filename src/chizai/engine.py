"""The engine: where relational analyses run.

Analyses are Ibis expressions and know nothing of the engine. By default it is DuckDB inside this process; a URL names
another one:

========================  ==================================================================================
``duckdb://``             embedded (default)
``sail://local``          Sail in this process, spoken to over Spark Connect (extra ``sail``)
``sail://local-cluster``  the same with a driver and workers that speak to each other over the network
``sc://host:port``        any Spark Connect server: Apache Spark, Sail, Databricks (extra ``sail`` or ``spark``)
``spark://host:port``     an Apache Spark standalone master (extra ``spark``, Java 17)
========================  ==================================================================================

Every engine but the embedded one must see the workspace's files under the same paths (same machine or shared folder).
"""

from __future__ import annotations

import importlib
import os
import shutil
import socket
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import ibis
import pyarrow as pa

from chizai.errors import ChizaiError, EngineError, MissingExtra
from chizai.messages import Phrase

DEFAULT_URL = "duckdb://"
SCHEMES = ("duckdb", "sail", "sc", "spark")
SAIL_MODES = ("local", "local-cluster")
_PORTS = {"sc": 15002, "spark": 7077}
PATIENCE = 10.0
"""Seconds within which a server must answer."""


class Engine:
    """A connection that reads Parquet files and runs Ibis expressions. It holds one corpus at a time.

    Raises EngineError when the URL names no engine or the engine does not answer (within :data:`PATIENCE` seconds), and
    MissingExtra when the parts for it are not installed.

    >>> with Engine() as engine:
    ...     engine.run(ibis.range(3).unnest().name("n").as_table()).column("n").to_pylist()
    [0, 1, 2]
    """

    def __init__(self, url: str = DEFAULT_URL, *, threads: int | None = None, memory: str | None = None) -> None:
        self.url = url
        scheme = urlsplit(url).scheme
        if scheme not in SCHEMES:
            raise EngineError(url=url, detail=Phrase("engine.unknown_scheme", {"known": ", ".join(SCHEMES)}))
        self.embedded = scheme == "duckdb"
        self._names = count()
        self._kept: list[Any] = []
        self._server: Any = None
        self._scratch: Any = None
        if self.embedded:
            self.backend: Any = self._duckdb(threads, memory)
            return
        try:
            with self._failures():
                session = self._session(scheme)  # first: it names the extra that is missing
                self.backend = ibis.pyspark.connect(session)
        except ChizaiError:
            self._stop_server()
            raise

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
        backend = ibis.duckdb.connect(":memory:", **settings)
        # In a notebook DuckDB would draw its bars between the results.
        backend.con.execute("SET enable_progress_bar = false")
        return backend

    # Spark's protocol -------------------------------------------------------------------------------------------------

    def _session(self, scheme: str) -> Any:
        if scheme == "spark":
            return self._standalone()
        self._part("pyspark.sql.connect.client", extra="sail")
        if scheme == "sail":
            return self._connect(self._start_sail())
        self._listens()
        return self._connect(self.url)

    def _part(self, module: str, *, extra: str) -> Any:
        try:
            return importlib.import_module(module)
        except ImportError as error:
            raise MissingExtra(feature=self.url, extra=extra) from error

    def _standalone(self) -> Any:
        """A driver in this process (and a Java beside it) whose executors run on a standalone cluster."""
        pyspark = self._part("pyspark.sql", extra="spark")
        if self._part("pyspark.util", extra="spark").is_remote_only():
            raise MissingExtra(feature=self.url, extra="spark")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise EngineError(url=self.url, detail=Phrase("engine.no_java"))
        self._listens()
        builder = pyspark.SparkSession.builder.master(self.url).appName("chizai")
        quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
        return builder.config(map=quiet).getOrCreate()

    def _start_sail(self) -> str:
        mode = urlsplit(self.url).netloc
        if mode not in SAIL_MODES:
            raise EngineError(url=self.url, detail=Phrase("engine.sail_mode", {"known": ", ".join(SAIL_MODES)}))
        server = self._part("pysail.spark", extra="sail").SparkConnectServer
        scratch = tempfile.mkdtemp(prefix="chizai-sail-")
        # Removed with the engine, also where nobody closes it (a landscape in a notebook).
        self._scratch = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        settings = {
            "SAIL_MODE": mode,
            "SAIL_EXECUTION__CHECKPOINT__PATH": Path(scratch).as_uri(),
            "RUST_LOG": os.environ.get("RUST_LOG", "error"),
        }
        with _environment(settings):
            self._server = server("127.0.0.1", 0)
            self._server.start(background=True)
        host, port = self._server.listening_address
        return f"sc://{host}:{port}"

    def _listens(self) -> None:
        """Refuse at once what does not listen; Spark's own clients try again for ten minutes."""
        parts = urlsplit(self.url)
        address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        try:
            socket.create_connection(address, timeout=PATIENCE).close()
        except OSError as error:
            reason = error.strerror or str(error)
            raise EngineError(url=self.url, detail=Phrase("engine.not_listening", {"reason": reason})) from error

    def _connect(self, url: str) -> Any:
        import grpc
        from pyspark.sql import SparkSession
        from pyspark.sql.connect.client import DefaultChannelBuilder
        from pyspark.sql.connect.client.retries import DefaultPolicy

        channel = DefaultChannelBuilder(url).toChannel()
        try:
            grpc.channel_ready_future(channel).result(timeout=PATIENCE)
        except grpc.FutureTimeoutError as error:
            raise EngineError(url=self.url, detail=Phrase("engine.no_answer", {"seconds": PATIENCE})) from error
        finally:
            channel.close()
        session = SparkSession.builder.remote(url).create()
        # Seconds of trying again, not ten minutes: a server that is gone is said to be gone.
        session.client.set_retry_policies([DefaultPolicy(max_retries=5, max_backoff=2_000)])
        return session

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What DuckDB, or a server or its client, raises, as one EngineError."""
        try:
            yield
        except ChizaiError:
            raise
        except duckdb.Error if self.embedded else Exception as error:  # noqa: B030 - other engines have no common root
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise EngineError(url=self.url, detail=lines[0].rstrip(".") if lines else repr(error)) from error

    # Work -------------------------------------------------------------------------------------------------------------

    def read(self, name: str, paths: Sequence[Path]) -> Any:
        """An Ibis table over Parquet files of one schema."""
        found = [str(path.resolve()) for path in paths]
        with self._failures():
            if self.embedded:
                return self.backend.read_parquet(found, table_name=name)
            self.backend._session.read.parquet(*found).createOrReplaceTempView(name)
            return self.backend.table(name)

    def keep(self, name: str, expression: Any) -> Any:
        """Materialise an intermediate result where the engine is, so that later expressions start from it."""
        name = f"{name}_{next(self._names)}"
        with self._failures():
            if self.embedded:
                return self.backend.create_table(name, expression, temp=True)
            frame = self._frame(expression)
            try:
                with _active(self.backend._session):
                    frame = frame.localCheckpoint()
            except Exception:
                # Not every server of the protocol has a place for checkpoints; it may still cache.
                frame = frame.cache()
            frame.createOrReplaceTempView(name)
            # The server forgets a checkpoint as soon as the client has no use for its frame.
            self._kept.append(frame)
            return self.backend.table(name)

    def run(self, expression: Any) -> pa.Table:
        """The result as an Arrow table of the expression's schema."""
        with self._failures():
            if self.embedded:
                return self.backend.to_pyarrow(expression)
            # Ibis goes through pandas, where an integer column with a NULL becomes floats and loses digits.
            return self._frame(expression).toArrow().cast(expression.as_table().schema().to_pyarrow())

    def _frame(self, expression: Any) -> Any:
        session = self.backend._session
        # Ibis would send tables in memory through pandas, too.
        for table in expression.op().find(ibis.expr.operations.InMemoryTable):
            rows = table.data.to_pyarrow(table.schema)
            session.createDataFrame(rows).createOrReplaceTempView(table.name)
        return session.sql(self.backend.compile(expression))

    def close(self) -> None:
        """End the connection and what was started for it; closing twice does nothing."""
        if self.backend is not None:
            self._kept.clear()
            self.backend.disconnect()
            self.backend = None
        self._stop_server()

    def _stop_server(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._scratch is not None:
            self._scratch()
            self._scratch = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Recording(Engine):
    """An embedded engine that also writes down, in another engine's dialect, all that it is asked to run.

    With it the SQL of any analysis can be had for a warehouse that is not at hand. The analysis runs here, since what it
    asks next may depend on what it found; ``statements`` then holds the script in the order of asking: a CREATE TEMP TABLE
    for what is kept, a SELECT for each result. All start from the tables of the star. Raises EngineError where the
    dialect lacks what an expression needs.

    >>> with Recording(dialect="bigquery") as engine:
    ...     _ = engine.run(ibis.range(3).unnest().name("n").as_table())
    >>> len(engine.statements)
    1
    """

    def __init__(self, *, dialect: str) -> None:
        super().__init__()
        self.dialect = dialect
        self.statements: list[str] = []

    def _write_down(self, expression: Any, *, before: str = "") -> None:
        try:
            self.statements.append(before + sql(expression, dialect=self.dialect))
        except ibis.common.exceptions.IbisError as error:
            raise EngineError(url=f"{self.dialect}://", detail=str(error)) from error

    # Tables are handed out unbound, so that a statement names them and not their place in this engine.

    def read(self, name: str, paths: Sequence[Path]) -> Any:
        return ibis.table(super().read(name, paths).schema(), name=name)

    def keep(self, name: str, expression: Any) -> Any:
        kept = super().keep(name, expression)
        self._write_down(expression, before=f"CREATE TEMP TABLE {kept.op().name} AS\n")
        return ibis.table(kept.schema(), name=kept.op().name)

    def run(self, expression: Any) -> pa.Table:
        self._write_down(expression)
        return super().run(expression)


@contextmanager
def _active(session: Any) -> Iterator[None]:
    """Spark Connect's client gives a checkpoint to the thread's active session, which may be another than the asker."""
    holder = getattr(type(session), "_active_session", None)
    if holder is None:
        yield
        return
    before = getattr(holder, "session", None)
    holder.session = session
    try:
        yield
    finally:
        holder.session = before


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Sail reads its settings from the environment when it starts, and from nowhere else."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def sql(expression: Any, *, dialect: str) -> str:
    """The SQL of an expression in another engine's dialect (``bigquery``, ``pyspark``, ``duckdb`` ...)."""
    return str(ibis.to_sql(expression, dialect=dialect))


def unbound(schemas: Mapping[str, pa.Schema]) -> dict[str, Any]:
    """Tables without data, to compile expressions for an engine that is not at hand."""
    return {name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name) for name, schema in schemas.items()}
