"""Who is where when: technicians' time, proposals of the optimiser, assignments by hand, sending the day to the phones."""
