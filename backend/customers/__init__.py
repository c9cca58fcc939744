"""Who pays and where the service is: accounts and premises."""
