"""Text encoders: word pieces to hidden states and one vector a sentence."""

from .bert_text_encoder import BertTextEncoder

__all__ = ["BertTextEncoder"]
