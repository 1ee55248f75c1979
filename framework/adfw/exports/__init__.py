"""Detectors outside adfw: one graph from image to score for other runtimes, written only where it decides alike."""
