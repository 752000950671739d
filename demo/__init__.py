"""The demo: a fleet of fake cameras, and a bucket to put their pictures in order."""
