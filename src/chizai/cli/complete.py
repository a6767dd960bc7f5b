"""What a shell offers after a command or an option: analyses, fields, collections, plans, choices.

A completion that fails offers nothing: it must never put an error into the line that somebody is typing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable


def _starting(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    def offered(incomplete: str) -> list[str]:
        try:
            return [name for name in known() if name.startswith(incomplete)]
        except Exception:  # whatever is wrong, the shell is not the place to say it
            return []

    return offered


def _analyses() -> Iterable[str]:
    from chizai.landscape import EVERY

    return EVERY


def _fields() -> Iterable[str]:
    from chizai import fields

    return fields.shipped()


def _collections() -> Iterable[str]:
    from chizai.cli.language import workspace_path
    from chizai.workspace import Workspace

    return Workspace(workspace_path()).collections()


def _plans() -> Iterable[str]:
    from chizai.plan import shipped_ids

    found = shipped_ids()
    years = dict.fromkeys(name.removeprefix("ip-plan-")[:4] for name in found)
    return [*years, *found]


def _values() -> Iterable[str]:
    from chizai.series.computed.values import NAMES

    return NAMES


def _formats() -> Iterable[str]:
    from chizai.corpus.readers import readers

    return (reader.name for reader in readers())


analyses, fields, collections = _starting(_analyses), _starting(_fields), _starting(_collections)
plans, values, formats = _starting(_plans), _starting(_values), _starting(_formats)


def one_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    return _starting(lambda: known)
