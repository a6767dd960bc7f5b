"""Topics: what the documents of a selection are about, decided in the original space and agreed on by many runs."""

from chizai.landscape.topics.model import EVIDENCE, TopicModel, documents_of, model_of, of_texts, topic_model

__all__ = ["EVIDENCE", "TopicModel", "documents_of", "model_of", "of_texts", "topic_model"]
