"""Scheduled jobs: what cron starts on the relay."""
