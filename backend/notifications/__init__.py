"""Notifications: what the office changes of a day is told to the technician's phone while its app is closed, by Web Push."""
