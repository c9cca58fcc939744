"""`truckroll bench sync`: our sync server beside others on the same work, in the same run. How: see RECORD.md here."""
