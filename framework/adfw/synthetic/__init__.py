"""Defects that nobody photographed: drawn, and pasted into held-out normal images, to fit a threshold on."""
