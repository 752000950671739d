"""The forwarder: takes what cameras left in the spool to the bucket, and deletes only what S3 confirmed."""
