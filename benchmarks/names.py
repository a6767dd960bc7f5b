"""Names: precision and recall on corrupted real names, and speed and memory at 100,000 and 500,000 names.

    python benchmarks/names.py quality [--names FILE.parquet --column owner] [--bodies 3000] [--seed 1]
    python benchmarks/names.py speed [--sizes 100000 500000]
    python benchmarks/names.py labelled FILE.csv ... (columns mention_id, unique_id, organization)

In ``quality`` the truth is made: real names (by default the English names of the shipped registry) are corrupted as
offices and typists corrupt them; spellings of one real name are one body. Real names that are one body already (same
letters without legal form) are taken once. Pairs are counted over distinct spellings; B3 is the mean over spellings.
``labelled`` reads sets labelled by others, such as the assignee benchmarks of PatentsView (two CSV files in the wheel of
``pv-evaluation`` on PyPI; GPL, so neither shipped nor required here), and counts pairs of distinct spellings and pairs
of mentions.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import platform
import random
import re
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path

ABBREVIATIONS = {
    "international": ["Int'l", "Intl.", "Int."], "technology": ["Tech.", "Technol."], "technologies": ["Tech", "Techs."],
    "corporation": ["Corp.", "Corp"], "incorporated": ["Inc."], "company": ["Co.", "Co"], "limited": ["Ltd.", "Ltd"],
    "manufacturing": ["Mfg.", "Manuf."], "laboratories": ["Labs", "Lab."], "university": ["Univ.", "Univ"],
    "industries": ["Ind.", "Inds"], "industry": ["Ind."], "electronics": ["Elec.", "Electr."], "electric": ["Elec."],
    "research": ["Res."], "institute": ["Inst."], "development": ["Dev."], "systems": ["Sys.", "Syst."],
    "chemical": ["Chem."], "pharmaceuticals": ["Pharm.", "Pharma"], "engineering": ["Eng."], "foundation": ["Found."],
    "and": ["&"], "&": ["and"], "association": ["Assoc."], "products": ["Prods."], "communications": ["Comm."],
    "instruments": ["Instr."], "medical": ["Med."], "department": ["Dept."], "national": ["Nat'l", "Nat."],
}  # fmt: skip
FORMS = {
    "inc",
    "corp",
    "corporation",
    "co",
    "ltd",
    "limited",
    "llc",
    "company",
    "incorporated",
    "gmbh",
    "ag",
    "sa",
    "plc",
    "kk",
}
NEIGHBOURS = {
    "a": "qs",
    "e": "wr",
    "i": "uo",
    "o": "ip",
    "t": "ry",
    "n": "bm",
    "s": "ad",
    "r": "et",
    "l": "ko",
    "c": "xv",
}
PLACES = [
    ", San Jose, CA",
    ", Tokyo, Japan",
    ", Wilmington, DE",
    ", Corvallis, OR",
    " (Boston, MA)",
    ", Munich, Germany",
]
MIX = {
    "case": 0.5, "abbreviate": 0.35, "legal": 0.45, "typo": 0.45, "second-typo": 0.12, "spacing": 0.06, "place": 0.05,
    "punctuation": 0.3, "swap": 0.02, "cut": 0.02, "of-state": 0.02,
}  # fmt: skip


def typo(text: str, dice: random.Random) -> str:
    """One slip in one of the letters of a word of four letters or more."""
    spots = list(re.finditer(r"[A-Za-z]{4,}", text))
    if not spots:
        return text
    word = dice.choice(spots)
    at = dice.randrange(word.start() + (dice.random() < 0.9), word.end())
    letter = text[at]
    kind = dice.choice(["drop", "drop", "swap", "double", "near", "near", "random"])
    if kind == "drop":
        return text[:at] + text[at + 1 :]
    if kind == "double":
        return text[:at] + letter + text[at:]
    if kind == "swap" and at + 1 < word.end():
        return text[:at] + text[at + 1] + letter + text[at + 2 :]
    near = NEIGHBOURS.get(letter.lower(), "aeiostnr") if kind == "near" else "abcdefghijklmnopqrstuvwxyz"
    other = dice.choice(near)
    return text[:at] + (other.upper() if letter.isupper() else other) + text[at + 1 :]


def corrupt(name: str, dice: random.Random) -> str:
    """One more spelling of a name."""
    words = name.split()
    if dice.random() < MIX["abbreviate"]:
        at = [index for index, word in enumerate(words) if word.lower().strip(".,") in ABBREVIATIONS]
        for index in at:
            if dice.random() < 0.6:
                words[index] = dice.choice(ABBREVIATIONS[words[index].lower().strip(".,")])
    if dice.random() < MIX["legal"]:
        while len(words) > 1 and words[-1].lower().strip(".,") in FORMS:
            words.pop()
        if dice.random() < 0.5:
            words.append(dice.choice(["Inc.", "Corp.", "Co., Ltd.", "Ltd", "Corporation", "Company"]))
    text = " ".join(words)
    if dice.random() < MIX["typo"]:
        text = typo(text, dice)
        if dice.random() < MIX["second-typo"] / MIX["typo"]:
            text = typo(text, dice)
    if dice.random() < MIX["punctuation"]:
        text = dice.choice([text.replace(",", ""), text.replace(".", ""), text.replace("-", " "), text + "."])
    if dice.random() < MIX["spacing"] and " " in text:
        at = text.index(" ")
        text = text[:at] + text[at + 1 :]
    if dice.random() < MIX["of-state"]:
        text += ", a corporation of Delaware"
    elif dice.random() < MIX["place"]:
        text += dice.choice(PLACES)
    if dice.random() < MIX["cut"] and len(text) > 42:
        text = text[:40]
    if dice.random() < MIX["case"]:
        text = text.upper()
    return text.strip()


def shipped_names() -> list[str]:
    packed = (files("chizai") / "data" / "registry" / "companies.csv.gz").read_bytes()
    rows = csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8")))
    return sorted({row["name_en"] for row in rows if row["name_en"].isascii() and len(row["name_en"]) > 6})


def real_names(path: Path | None, column: str) -> list[str]:
    if path is None:
        return shipped_names()
    import pyarrow.parquet as pq

    return sorted({name for name in pq.read_table(path, columns=[column])[column].to_pylist() if name})


def truth(names: list[str], bodies: int, spread: str, seed: int) -> dict[str, int]:
    """Spelling -> body. ``spread`` 'thin': two spellings a body on average; 'thick': about twenty."""
    dice = random.Random(seed)
    seen: set[str] = set()
    chosen = []
    for name in dice.sample(names, len(names)):
        letters = re.sub(r"[^a-z0-9]", "", " ".join(w for w in name.lower().split() if w.strip(".,") not in FORMS))
        if letters and letters not in seen:
            seen.add(letters)
            chosen.append(name)
        if len(chosen) == bodies:
            break
    found: dict[str, int] = {}
    for body, name in enumerate(chosen):
        found.setdefault(name, body)
        more = min(int(dice.paretovariate(1.1)), 30) if spread == "thin" else dice.randint(8, 34)
        for _ in range(more):
            found.setdefault(corrupt(name, dice), body)
    return found


def measures(
    truth_of: Mapping[str, object], found_of: Mapping[str, str], weight: Mapping[str, int] | None = None
) -> dict[str, float]:
    """Pairwise precision, recall, and B3 over distinct spellings; ``weight`` counts each so often in the pairs."""
    times = {name: weight[name] if weight else 1 for name in truth_of}
    joint: Counter[tuple[object, str]] = Counter()
    by_truth: Counter[object] = Counter()
    by_found: Counter[str] = Counter()
    for name, count in times.items():
        joint[truth_of[name], found_of[name]] += count
        by_truth[truth_of[name]] += count
        by_found[found_of[name]] += count

    def pairs(counts: Iterable[int]) -> int:
        return sum(count * (count - 1) // 2 for count in counts)

    def mean(whole: Callable[[str], int]) -> float:
        return sum(count * joint[truth_of[n], found_of[n]] / whole(n) for n, count in times.items()) / sum(
            times.values()
        )

    both = pairs(joint.values())
    return {
        "spellings": len(times),
        "bodies": len(by_truth),
        "precision": both / max(pairs(by_found.values()), 1),
        "recall": both / max(pairs(by_truth.values()), 1),
        "b3_precision": mean(lambda name: by_found[found_of[name]]),
        "b3_recall": mean(lambda name: by_truth[truth_of[name]]),
    }


def quality(arguments: argparse.Namespace) -> list[dict[str, object]]:
    from chizai.corpus.names import harmonise
    from chizai.corpus.names.normal import parse

    names = real_names(arguments.names, arguments.column)
    out: list[dict[str, object]] = []
    for spread, bodies in (("thin", arguments.bodies), ("thick", 105)):
        labelled = truth(names, bodies, spread, arguments.seed)
        table = harmonise(sorted(labelled), extend=True)
        found = dict(zip(table["name"].to_pylist(), table["identity"].to_pylist(), strict=True))
        plain = {name: f"{parse(name).kind}|{parse(name).key}" for name in labelled}
        out.append({"set": spread, "method": "normalised key alone", **measures(labelled, plain)})
        out.append({"set": spread, "method": "harmonise", **measures(labelled, found)})
        if arguments.show:
            show(labelled, found)
    return out


def by_others(arguments: argparse.Namespace) -> list[dict[str, object]]:
    from chizai.corpus.names import harmonise

    out: list[dict[str, object]] = []
    for path in arguments.files:
        mentions: dict[str, Counter[str]] = defaultdict(Counter)
        seen = set()
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["mention_id"] not in seen and row["organization"] and row["unique_id"]:
                    seen.add(row["mention_id"])
                    mentions[row["organization"]][row["unique_id"]] += 1
        # A spelling that was given to several bodies counts for the one with most mentions.
        body_of = {
            name: max(bodies.items(), key=lambda item: (item[1], item[0]))[0] for name, bodies in mentions.items()
        }
        weight = {name: bodies.total() for name, bodies in mentions.items()}
        table = harmonise(sorted(body_of))
        found = dict(zip(table["name"].to_pylist(), table["identity"].to_pylist(), strict=True))
        plain = {name: re.sub(r"[^a-z0-9]+", " ", name.lower()).strip() for name in body_of}
        for method, by_name in (("case and punctuation alone", plain), ("harmonise", found)):
            spellings = measures(body_of, by_name)
            every = measures(body_of, by_name, weight)
            out.append(
                {"set": path.stem, "method": method, **spellings}
                | {f"mention_{name}": every[name] for name in ("precision", "recall")}
            )
        if arguments.show:
            show(body_of, found)
    return out


def show(labelled: Mapping[str, object], found: Mapping[str, str]) -> None:
    """What was joined wrongly or missed, the largest first."""
    bodies: dict[str, Counter[object]] = defaultdict(Counter)
    example: dict[tuple[str, object], str] = {}
    for name, body in labelled.items():
        bodies[found[name]][body] += 1
        example[found[name], body] = name
    for identity, inside in sorted(bodies.items(), key=lambda item: -sum(item[1].values())):
        if len(inside) > 1:
            print("JOINED", identity, [(example[identity, body], count) for body, count in inside.most_common(4)])
    spread: dict[object, list[str]] = defaultdict(list)
    for (_identity, body), name in example.items():
        spread[body].append(name)
    for names in sorted(spread.values(), key=len, reverse=True)[:60]:
        if len(names) > 1:
            print("SPLIT", names[:8])


def speed(arguments: argparse.Namespace) -> list[dict[str, object]]:
    import subprocess
    import sys

    if arguments.one:
        return [_speed_one(arguments.one, arguments)]
    out = []
    for size in arguments.sizes:
        command = [sys.executable, __file__, "speed", "--one", str(size), "--column", arguments.column]
        if arguments.names:
            command += ["--names", str(arguments.names)]
        out.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)[0])
    return out


def _speed_one(size: int, arguments: argparse.Namespace) -> dict[str, object]:
    from chizai.corpus.names import harmonise

    dice = random.Random(2)
    base = real_names(arguments.names, arguments.column)
    vocabulary = sorted({word for name in base for word in name.split() if len(word) > 3})
    names: set[str] = set()
    while len(names) < size:
        name = dice.choice(base)
        if dice.random() < 0.6:  # a new company out of the words of real ones and a coined word
            coined = "".join(
                dice.choice(["ba", "ko", "ri", "ta", "ne", "lu", "mi", "so", "ve", "x", "n"]) for _ in range(4)
            )
            name = f"{coined.capitalize()} {dice.choice(vocabulary)} {name.split()[-1]}"
        names.add(name)
        for _ in range(min(int(dice.paretovariate(1.2)) - 1, 20)):
            names.add(corrupt(name, dice))
    chosen = sorted(names)[:size]
    start, cpu = time.perf_counter(), time.process_time()
    table = harmonise(chosen)
    seconds = time.perf_counter() - start
    return {
        "names": size,
        "identities": len(set(table["identity"].to_pylist())),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "names_per_cpu_second": round(size / (time.process_time() - cpu)),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": f"{platform.machine()}, {platform.python_version()}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["quality", "speed", "labelled"])
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--names", type=Path)
    parser.add_argument("--column", default="owner")
    parser.add_argument("--bodies", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 500_000])
    parser.add_argument("--one", type=int, default=0)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    measure = {"quality": quality, "speed": speed, "labelled": by_others}[arguments.what]
    print(json.dumps(measure(arguments), indent=1))


if __name__ == "__main__":
    main()
