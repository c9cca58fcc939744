"""`truckroll bench sync`: our server beside others on the same work, in the same run; the record is records/sync.md."""
