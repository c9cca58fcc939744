"""Field work: work orders, jobs, visits, what a technician records on site, and what a person must decide about it."""
