"""Images on their way from files to models: decoding, preprocessing, the decode-once store."""
