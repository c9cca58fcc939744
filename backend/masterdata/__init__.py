"""An operator's master data taken in from one document: who works here, where, when, and with what. It owns no table."""
