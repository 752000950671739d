"""A small S3 server for benchmarks: in memory, on one core, fast enough not to be what is measured.

It keeps S3's semantics (ETags, ListObjectsV2, conditions, multipart, copies, 503 SlowDown) and none of its
access control: signatures are not checked. It delays, throttles, counts and prices what it is asked.
"""
