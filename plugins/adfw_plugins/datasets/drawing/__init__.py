"""Procedural drawings of capsules: a scene, its shading, and defects with exact masks."""
