"""Equipment of ours that nobody uses any more: expected back by a date, fetched, charged for when it does not come."""
