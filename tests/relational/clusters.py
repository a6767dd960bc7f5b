"""Distributed engines, each started for the tests on this machine: a driver and two workers that speak over sockets.

A cluster that cannot be had here skips its tests and says why; one that CHIZAI_CLUSTERS names (``sail,spark``) fails
them instead.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PATIENCE = 60.0
# Interpreted plans and a quick compiler: the tables are tiny and every query is new.
JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def absent(cluster: str, reason: str) -> None:
    if cluster in os.environ.get("CHIZAI_CLUSTERS", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(command: list[str], *, log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out, cwd=log.parent)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(pattern: str, log: Path, process: subprocess.Popen[bytes], *, times: int = 1) -> None:
    """Until the log has the pattern so many times."""
    end = time.monotonic() + PATIENCE
    while len(re.findall(pattern, log.read_text(errors="replace"))) < times:
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"{log.name}: no {pattern!r}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


@contextmanager
def sail(work: Path) -> Iterator[str]:
    """Sail's local cluster: a server, a driver and two workers that register with it and exchange data over gRPC."""
    if importlib.util.find_spec("pysail") is None:
        absent("sail", "Sail is not installed (extra 'sail')")
    port = free_port()
    environment = {
        "SAIL_MODE": "local-cluster",
        "SAIL_CLUSTER__WORKER_INITIAL_COUNT": "2",
        "SAIL_CLUSTER__WORKER_MAX_COUNT": "2",
        "SAIL_CLUSTER__WORKER_MAX_IDLE_TIME_SECS": "600",
        "SAIL_EXECUTION__CHECKPOINT__PATH": (work / "checkpoints").as_uri(),
        "RUST_LOG": "info",
    }
    command = [sys.executable, "-m", "pysail", "spark", "server", "--port", str(port)]
    with running(command, log=work / "server.log", environment=environment) as process:
        wait_for("Connect server on", work / "server.log", process)
        yield f"sc://127.0.0.1:{port}"


@contextmanager
def spark(work: Path) -> Iterator[str]:
    """An Apache Spark standalone master, two workers, and a Connect server whose executors run on them."""
    with spark_master(work) as (home, master), ExitStack() as stack:
        port = free_port()
        settings = {
            "spark.connect.grpc.binding.port": port,
            "spark.sql.warehouse.dir": work / "warehouse",
            **QUICK,
        }
        command = [str(home / "bin/spark-submit"), "--master", master, "--driver-memory", "700m"]
        command += ["--driver-java-options", JVM, "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        command += [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
        log = work / "connect.log"
        process = stack.enter_context(running([*command, "spark-internal"], log=log, environment=java_environment()))
        wait_for("Spark Connect server started", log, process)
        yield f"sc://127.0.0.1:{port}"


QUICK = {
    "spark.cores.max": 2,
    "spark.executor.cores": 1,
    "spark.executor.memory": "600m",
    "spark.executor.extraJavaOptions": JVM,
    "spark.sql.shuffle.partitions": 2,
    "spark.default.parallelism": 2,
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.enabled": "false",
}


@contextmanager
def spark_master(work: Path) -> Iterator[tuple[Path, str]]:
    """(SPARK_HOME, master URL) of a standalone master with two workers."""
    home = spark_home()
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    run = str(home / "bin/spark-class")
    environment = {**java_environment(), "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": JVM}
    with ExitStack() as stack:
        log = work / "master.log"
        command = [run, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port)]
        process = stack.enter_context(running([*command, "--webui-port", "0"], log=log, environment=environment))
        wait_for("New state: ALIVE", log, process)
        for number in (1, 2):
            command = [run, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0"]
            command += ["--cores", "2", "--memory", "1400m", "--work-dir", str(work / f"worker-{number}"), master]
            stack.enter_context(running(command, log=work / f"worker-{number}.log", environment=environment))
        wait_for("Registering worker", log, process, times=2)
        (work / "master").write_text(master)
        yield home, master


def spark_home() -> Path:
    """Where Apache Spark is: SPARK_HOME, else the package ``pyspark`` when it is the whole one."""
    if java_home() is None:
        absent("spark", "Java 17 is not installed, so Apache Spark cannot run")
    given = os.environ.get("SPARK_HOME")
    found = importlib.util.find_spec("pyspark")
    home = Path(given) if given else Path(found.origin).parent if found and found.origin else Path()
    if not (home / "jars").is_dir():
        absent("spark", "Apache Spark is not installed (extra 'spark', or set SPARK_HOME)")
    return home


def java_home() -> Path | None:
    """A Java 17."""
    named = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    homes = [Path(named)] if named else []
    homes += [Path(on_path).resolve().parent.parent] if on_path else []
    homes += sorted(Path("/usr/lib/jvm").glob("*17*"))
    for home in homes:
        java = home / "bin/java"
        if java.is_file():
            said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
            if re.search(r'version "17\.', said):
                return home
    return None


def java_environment() -> dict[str, str]:
    return {
        "JAVA_HOME": str(java_home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
