"""Collections made by hand, whose truth is known, for the tests of the winning line."""

from __future__ import annotations

from pathlib import Path

from chizai.workspace import Workspace

HEAD = "Jurisdiction,Kind,Publication Number,Lens ID,Publication Date,Publication Year,Application Number,Application Date,Priority Numbers,Earliest Priority Date,Title,Applicants,Inventors,CPC Classifications,IPCR Classifications,Document Type"
CLASSES = ("B64C1/00", "G05D1/00", "H04W4/00", "H04L9/00", "G06Q10/00", "A01B1/00")
SUBCLASSES = [code.split("/")[0][:4] for code in CLASSES]
TITLES = (
    "Wing of an aircraft",
    "Control of a vehicle",
    "Wireless relay",
    "Secure transmission",
    "Order handling",
    "Plough",
)
OWNERS = ("ALPHA CORP", "BETA INC", "GAMMA LTD", "DELTA CO", "EPSILON AG", "ZETA SA", "ETA BV", "THETA OY")


def lens_csv(path: Path, counts: dict[tuple[str, int, int], int]) -> Path:
    """A CSV export of The Lens, written by hand: patents by (owner, class, year of priority), published 18 months later."""
    rows, number = [HEAD], 10_000_000
    for (owner, code, year), count in counts.items():
        for item in range(count):
            number += 1
            month = 1 + item % 12
            later = year * 12 + month - 1 + 18
            out = f"{later // 12}-{later % 12 + 1:02d}-10"
            day = f"{year}-{month:02d}-01"
            rows.append(
                f"US,B2,US {number} B2,{number},{out},{out[:4]},US {year}{number} A,{day},US {year}{number} A,{day},{TITLES[code]},{owner},Doe John,{CLASSES[code]},,Granted Patent"
            )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def workspace_of(folder: Path, counts: dict[tuple[str, int, int], int]) -> Workspace:
    workspace = Workspace.create(folder / "ws", lang="en")
    workspace.add(lens_csv(folder / "lens.csv", counts), collection="made")
    return workspace


def planted(years: range) -> dict[tuple[str, int, int], int]:
    """ALPHA is large and growing in class 0, which grows; small in the others. Everyone else is alike."""
    counts: dict[tuple[str, int, int], int] = {}
    for at, year in enumerate(years):
        for owner in OWNERS:
            for code in range(len(CLASSES)):
                counts[(owner, code, year)] = 2
        for owner in OWNERS:
            counts[(owner, 0, year)] = 2 + at // 2
        counts[("ALPHA CORP", 0, year)] = 8 + 3 * at
    return counts
