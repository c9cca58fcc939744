"""Who may come in and who they are: users, organisations, devices, sessions, links, service keys."""
