"""Training: owns sessions, attendance, hours, supervisors, training bases and internship sites.

It never keeps a person's name or ID number: people are the registry's, known here by their id and by the small
record that the registry's feed gives. Only external experts, who are in no register, have a name here.
"""
