"""What every slice stands on: database, facts, events, feed, audit, tasks. It knows no slice."""
