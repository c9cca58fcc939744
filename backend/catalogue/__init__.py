"""What is sold, what it takes to deliver it and what it costs on a date. It knows no customer."""
