"""Chaos: a real vsftpd and the real forwarder while the way to S3, the disk or the host fails."""
