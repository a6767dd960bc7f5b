"""What publications and players are called: the names behind the numbers that the relational core counts by."""

from __future__ import annotations

from collections.abc import Sequence

from ibis import _

from chizai.landscape.scope import Scope


def publication_labels(scope: Scope, pubs: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """(publication id, title) of each publication; the title is None where the data have none."""
    wanted = list(pubs) or [-1]
    ids = scope.corpus["publication"].filter(_.pub.isin(wanted)).select("pub", "publication_id")
    text = scope.corpus["text"].filter((_.part == "title") & _.pub.isin(wanted)).group_by("pub")
    rows = scope.run(ids.left_join(text.agg(title=_.text.min()), "pub").select("pub", "publication_id", "title"))
    return {row["pub"]: (row["publication_id"], row["title"]) for row in rows.to_pylist()}


def named_players(scope: Scope, players: Sequence[int]) -> dict[int, tuple[str, str]]:
    """(harmonised name, identity) of each player."""
    table = scope.corpus["player"]
    wanted = table.filter(_.player.isin(list(players) or [-1])).select("player", "name", "identity")
    return {row["player"]: (row["name"], row["identity"]) for row in scope.run(wanted).to_pylist()}


def player_names(scope: Scope, players: Sequence[int]) -> dict[int, str]:
    """Harmonised name of each player."""
    return {player: name for player, (name, _identity) in named_players(scope, players).items()}
