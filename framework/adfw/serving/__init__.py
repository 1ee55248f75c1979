"""The inspection service; names are imported when they are first used, and none of them imports torch."""
