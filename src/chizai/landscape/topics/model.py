"""The topics of a scope: from documents to labelled communities, made once and used by every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from chizai.errors import NotSupported, UnknownChoice
from chizai.landscape.scope import Scope
from chizai.landscape.topics import vectors
from chizai.landscape.topics.communities import Topics, find_topics
from chizai.landscape.topics.compare import normalised_mutual_information, purity
from chizai.landscape.topics.documents import Documents, documents
from chizai.landscape.topics.graph import neighbours, similarity_graph
from chizai.landscape.topics.labels import Label, distinctive_classes, distinctive_terms, labels
from chizai.messages import Phrase

Evidence = Literal["text", "classes", "citations"]
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)
MINIMUM_DOCUMENTS = 30
"""Neighbours of fewer documents are no ground for topics."""
CLASS_AXES = 50


@dataclass(frozen=True, eq=False)
class TopicModel:
    """Documents, their neighbours in the original space, and their topics."""

    documents: Documents
    terms: vectors.Terms
    vectors: NDArray[np.float32]
    near: NDArray[np.int64]
    cosine: NDArray[np.float32]
    graph: sparse.csr_matrix
    topics: Topics
    used: tuple[Evidence, ...]
    """The evidence that the collection has of that asked for."""

    @cached_property
    def labels(self) -> list[Label]:
        count = len(self.topics.topic_agreement)
        return labels(
            distinctive_terms(self.terms, self.topics.topic, topics=count),
            distinctive_classes(self.documents.class_unit, self.documents.class_code, self.topics.topic, topics=count),
        )

    @cached_property
    def centrality(self) -> NDArray[np.float64]:
        """Cosine of each document with the centre of its topic; nan without topic."""
        topic = self.topics.topic
        out = np.full(len(topic), np.nan)
        for index in range(len(self.topics.topic_agreement)):
            inside = np.flatnonzero(topic == index)
            centre = self.vectors[inside].mean(axis=0)
            out[inside] = self.vectors[inside] @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
        return out

    def against_classes(self) -> tuple[float, float, int] | None:
        """Normalised mutual information with and purity by first subclass, over the documents that have both, and their
        number; None where fewer than 30 do."""
        subclass = self.documents.main_subclass
        both = (subclass != "") & (self.topics.topic >= 0)
        if both.sum() < MINIMUM_DOCUMENTS:
            return None
        topic, code = self.topics.topic[both], subclass[both]
        return normalised_mutual_information(topic, code), purity(topic, code), int(both.sum())


def topic_model(
    scope: Scope,
    *,
    using: Sequence[Evidence] = EVIDENCE,
    neighbour_count: int = 15,
    dimensions: int = 100,
    class_weight: float = 0.3,
    resolution: float = 1.0,
    runs: int = 10,
    minimum_size: int = 10,
    seed: int = 0,
) -> TopicModel:
    """The topics of a scope; the same scope and choices give the same object.

    ``using`` names the evidence: texts, classes (``class_weight`` of the squared distance) and citation links between the
    documents. Raises NotSupported with fewer than 30 documents that have any, and MissingExtra without the extra
    ``topics``.
    """
    if unknown := [name for name in using if name not in EVIDENCE]:
        raise UnknownChoice(kind="evidence", name=unknown[0], known=", ".join(EVIDENCE))
    found = documents_of(scope)
    choices: dict[str, Any] = {
        "using": tuple(name for name in EVIDENCE if name in using),
        "neighbour_count": neighbour_count,
        "dimensions": dimensions,
        "class_weight": class_weight,
        "resolution": resolution,
        "runs": runs,
        "minimum_size": minimum_size,
        "seed": seed,
    }
    kept = scope.__dict__.setdefault("_topic_models", {})
    key = tuple(choices.values())
    if key not in kept:
        kept[key] = model_of(found, **choices)
    return kept[key]


def documents_of(scope: Scope) -> Documents:
    """Read once a scope, as its units are."""
    if "_documents" not in scope.__dict__:
        scope.__dict__["_documents"] = documents(scope)
    return scope.__dict__["_documents"]


def model_of(
    found: Documents,
    *,
    using: Sequence[Evidence] = EVIDENCE,
    neighbour_count: int = 15,
    dimensions: int = 100,
    class_weight: float = 0.3,
    resolution: float = 1.0,
    runs: int = 10,
    minimum_size: int = 10,
    seed: int = 0,
) -> TopicModel:
    """As :func:`topic_model`, of documents that are at hand."""
    terms = vectors.term_counts(found.text)
    space, used = space_of(found, terms, using=using, dimensions=dimensions, class_weight=class_weight, seed=seed)
    placed = int(np.any(space != 0, axis=1).sum())
    if placed < MINIMUM_DOCUMENTS:
        reason = Phrase("caveat.reason_few_texts", {"count": placed, "minimum": MINIMUM_DOCUMENTS})
        raise NotSupported(figure="topics", reason=reason)
    near, cosine = neighbours(space, count=neighbour_count, seed=seed)
    cited = "citations" in using and len(found.links) > 0
    graph = similarity_graph(near, cosine, links=found.links if cited else None)
    topics = find_topics(graph, near, resolution=resolution, runs=runs, minimum_size=minimum_size, seed=seed)
    return TopicModel(found, terms, space, near, cosine, graph, topics, (*used, *(("citations",) if cited else ())))


def space_of(
    found: Documents,
    terms: vectors.Terms,
    *,
    using: Sequence[Evidence] = EVIDENCE,
    dimensions: int = 100,
    class_weight: float = 0.3,
    seed: int = 0,
) -> tuple[NDArray[np.float32], tuple[Evidence, ...]]:
    """The space in which neighbours are sought, rows of length 1 (0 where a document has nothing), and what made it."""
    text_space = None
    if "text" in using:
        text_space = vectors.reduced(terms.weighted(), dimensions=dimensions, common="remove", seed=seed)
    class_space = None
    if "classes" in using and len(found.class_code):
        rows, names = vectors.class_rows(found.class_unit, found.class_code.tolist(), units=len(found))
        class_space = vectors.reduced(rows, dimensions=CLASS_AXES, seed=seed) if names else None
    parts: list[tuple[Evidence, NDArray[np.float32]]] = []
    if text_space is not None and text_space.any():
        parts.append(("text", text_space))
    if class_space is not None and class_space.any():
        parts.append(("classes", class_space))
    if not parts:
        return np.zeros((len(found), 1), dtype=np.float32), ()
    share = {"text": 1 - class_weight, "classes": class_weight} if len(parts) == 2 else dict.fromkeys(EVIDENCE, 1.0)
    joined = np.hstack([np.float32(np.sqrt(share[name])) * rows for name, rows in parts])
    return vectors.unit_length(joined), tuple(name for name, _rows in parts)


def of_texts(texts: Sequence[str | None] | pa.Array, **choices: Any) -> TopicModel:
    """The topics of bare texts, without a corpus; ``choices`` as of :func:`topic_model`.

    Raises NotSupported with fewer than 30 texts, MissingExtra without the extra ``topics``.
    """
    column = texts if isinstance(texts, pa.Array) else pa.array([text or "" for text in texts], pa.string())
    count = len(column)
    bare = Documents(
        unit=np.arange(count),
        publication=[None] * count,
        title=[None] * count,
        text=column,
        language=np.full(count, ""),
        year=np.full(count, -1),
        player=[None] * count,
        class_unit=np.empty(0, dtype=np.int64),
        class_code=np.empty(0, dtype="<U1"),
        main_subclass=np.full(count, "", dtype="<U4"),
        links=np.empty((0, 2), dtype=np.int64),
    )
    return model_of(bare, **choices)
