"""The web viewer: a login, and behind it every picture of the bucket. Reads; deletes and writes nothing."""
