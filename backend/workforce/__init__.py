"""Who works where and when: territories, technicians with their skills, shifts. It knows no job."""
