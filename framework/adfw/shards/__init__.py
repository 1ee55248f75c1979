"""Inspecting more images than one sitting takes: in shards, by an executor, each shard's table written once."""
